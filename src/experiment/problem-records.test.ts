// Whose folder it is: settings bind whoever continues, once there is a record that was made with them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordsFolder } from "./problem-records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-records-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const begun = { benchmark: "ten.jsonl", turns: 3, problems: "a1" };
const saved = () => JSON.parse(readFileSync(join(folder, "settings.json"), "utf8"));

test.each([["engine.log"], ["evaluation.jsonl.partial"]])(
  "a start that failed before any record (%s is empty) binds nobody",
  async (left) => {
    await openRecordsFolder(folder, begun);
    writeFileSync(join(folder, left), "");
    await openRecordsFolder(folder, { ...begun, turns: 6 });
    expect(saved()).toEqual({ ...begun, turns: 6 });
  },
);

test.each(["evaluation.jsonl.partial", "evaluation.jsonl", "draws.jsonl", "results.json"])(
  "with %s the settings must be the same",
  async (made) => {
    await openRecordsFolder(folder, begun);
    writeFileSync(join(folder, made), "{}\n");
    await openRecordsFolder(folder, begun);
    await expect(openRecordsFolder(folder, { ...begun, turns: 6 })).rejects.toThrow(
      `${folder}: was begun with turns 3, now it is 6; give the same flags`,
    );
    expect(saved()).toEqual(begun);
  },
);

test("problems that changed are told in words, not by their digests", async () => {
  await openRecordsFolder(folder, begun);
  writeFileSync(join(folder, "evaluation.jsonl"), "{}\n");
  await expect(openRecordsFolder(folder, { ...begun, problems: "b2" })).rejects.toThrow(
    `${folder}: was begun when the problems of ten.jsonl were others: the file, --prompts or a limit has changed`,
  );
});
