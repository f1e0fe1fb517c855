// What a configuration may learn from and be tested on, and the one line where its data is missing.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { choiceName, openChoice, placed } from "./benchmark-choice.ts";

let folder: string;
const before = process.env.MUCODE_DATA;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-choice-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.MUCODE_DATA;
  else process.env.MUCODE_DATA = before;
});

test.skipIf(before === undefined)("MBPP and HumanEval have the paper's splits", async () => {
  const mbpp = await openChoice("mbpp");
  const sizes = (["train", "validation", "test"] as const).map((split) => mbpp.problems(split).length);
  expect(sizes).toEqual([374, 90, 500]);
  const other = await openChoice({ train: "mbpp", test: "humaneval" });
  expect(other.problems("train")).toEqual(mbpp.problems("train"));
  expect(other.problems("test")).toHaveLength(164);
  expect(other.problems("test")[0]!.id).toBe("HumanEval/0");
});

test("missing data is one line that says how to get it", async () => {
  process.env.MUCODE_DATA = folder;
  await expect(openChoice("mbpp")).rejects.toThrow(
    /^benchmark "mbpp": .*mbpp\.jsonl is missing; "mucode data get mbpp" fetches it, .*MUCODE_DATA/,
  );
  await expect(openChoice({ train: "pocket", test: "humaneval" })).rejects.toThrow(/"humaneval"/);
});

test("a file is taken from beside the configuration, and its folder is in no name", () => {
  writeFileSync(join(folder, "mine.jsonl"), "");
  const choice = placed({ train: "mine.jsonl", test: "humaneval" }, join(folder, "a.yaml"));
  expect(choice).toEqual({ train: join(folder, "mine.jsonl"), test: "humaneval" });
  expect(choiceName(choice)).toBe("humaneval (trained on mine.jsonl)");
  expect(choiceName("pocket")).toBe("pocket");
});
