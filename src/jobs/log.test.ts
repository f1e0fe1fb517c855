// The log stays bounded and remembers the last words.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLog } from "./log.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("keeps about twice the limit, the newest at the end", () => {
  const path = join(folder, "deep", "engine.log");
  const log = openLog(path, 1000);
  for (let line = 0; line < 500; line++) log.write(`line ${line} ${"é".repeat(20)}\n`);
  expect(readdirSync(join(folder, "deep")).sort()).toEqual(["engine.log", "engine.log.1"]);
  for (const file of [path, `${path}.1`]) expect(statSync(file).size).toBeLessThan(1100);
  expect(readFileSync(path, "utf8")).toContain("line 499 ");
});

test("appends to what an earlier process wrote", () => {
  const path = join(folder, "engine.log");
  openLog(path).write("first\n");
  openLog(path).write("second\n");
  expect(readFileSync(path, "utf8")).toBe("first\nsecond\n");
});

test("quotes the last three lines that say something, even when they came in pieces", () => {
  const log = openLog(join(folder, "engine.log"));
  expect(log.lastWords()).toBe("");
  for (const piece of ["one\ntwo\n\nth", "ree\n", "  Error: four \n\n"]) log.write(piece);
  expect(log.lastWords()).toBe("two | three | Error: four");
});

test("goes on, and remembers, when nothing can be written any more", () => {
  const log = openLog(join(folder, "gone", "engine.log"));
  rmSync(join(folder, "gone"), { recursive: true });
  log.write("last words\n");
  expect(log.lastWords()).toBe("last words");
});
