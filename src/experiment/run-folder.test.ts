// A run's folder belongs to one run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { InputError } from "../core/errors.ts";
import { parseConfig } from "./config-file.ts";
import { changedSettings, makeRunFolder } from "./run-folder.ts";

const place = mkdtempSync(join(tmpdir(), "mucode-folder-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const config = (text: string) => parseConfig(text, "run.yaml");
/** A folder whose run was made with these settings. */
const runOf = (name: string, text: string): string => {
  const folder = join(place, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.yaml"), stringify(config(text)));
  return folder;
};

test("the same configuration continues a run, and a folder without one begins it", async () => {
  const folder = runOf("same", "name: small\nseed: 7");
  expect(await changedSettings(config("name: small\nseed: 7"), folder)).toEqual([]);
  expect(await changedSettings(config("name: small"), join(place, "none"))).toEqual([]);
});

test("changed settings are named with what they were", async () => {
  const folder = runOf("changed", "name: small\nrollouts: { samples: 4 }");
  expect(await changedSettings(config("name: small\nseed: 2\nlimit: { train: 3 }"), folder)).toEqual([
    "seed: 1 → 2",
    "limit.train: not set → 3",
    "rollouts.samples: 4 → 15",
  ]);
});

test.each([
  ["name: other", 'name: "small" → "other"'],
  ["name: small\nmodel: elsewhere", 'model: "pocket" → "elsewhere"'],
  ["name: small\nbenchmark: { problems: my.jsonl }", 'benchmark: "pocket" → {"problems":"my.jsonl"}'],
])("another run is refused: %s", async (text, difference) => {
  const folder = runOf("taken", "name: small");
  const refusal = changedSettings(config(text), folder);
  await expect(refusal).rejects.toBeInstanceOf(InputError);
  await expect(refusal).rejects.toThrow(
    `${folder}: is the run "small" on pocket, and this configuration differs in ${difference}; choose another --out`,
  );
});

test("a configuration that can't be read is no run to protect", async () => {
  const folder = runOf("damaged", "name: small");
  writeFileSync(join(folder, "config.yaml"), "name: [");
  expect(await changedSettings(config("name: other"), folder)).toEqual([]);
});

test.skipIf(process.platform !== "linux")("a place that takes no folder is one line, at once", () => {
  expect(() => makeRunFolder("/proc/x/y")).toThrow(
    "/proc/x/y: can't be made: the system takes no folder there",
  );
});

test("a file where the folder should be is one line", () => {
  writeFileSync(join(place, "file"), "");
  for (const path of [join(place, "file"), join(place, "file", "below")])
    expect(() => makeRunFolder(path)).toThrow(
      `${path}: is a file, or lies below one; --out must name a folder`,
    );
});
