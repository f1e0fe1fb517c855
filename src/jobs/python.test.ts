// Which interpreter is chosen, with fake ones that say what a real one would.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPython } from "./python.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-python-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An executable that answers as Python `version` installed at `real` would. */
function interpreter(place: string, version: number[], real = join(folder, place)): string {
  const path = join(folder, place);
  mkdirSync(join(path, ".."), { recursive: true });
  const answer = JSON.stringify({ path: real, version, hasPip: true, hasVenv: true });
  writeFileSync(path, `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(path, 0o755);
  return path;
}

const searching = (...folders: string[]) => ({
  PATH: folders.map((name) => join(folder, name)).join(delimiter),
});

test("takes the first suitable one of the search path, the plain name before versioned ones", async () => {
  interpreter("a/python3.12", [3, 12, 1]);
  const plain = interpreter("b/python3", [3, 11, 2]);
  expect((await findPython(searching("a", "b"))).path).toBe(plain);
});

test("passes over those that are too old, too new or broken", async () => {
  interpreter("a/python3", [3, 8, 0]);
  interpreter("b/python3", [3, 99, 0]);
  writeFileSync(join(folder, "b", "python3.14"), "not a program");
  chmodSync(join(folder, "b", "python3.14"), 0o755);
  const good = interpreter("b/python3.13", [3, 13, 0]);
  expect((await findPython(searching("a", "b"))).path).toBe(good);
});

test("asks shims last, and sees through them", async () => {
  interpreter("shims/python3", [3, 12, 0], "/real/python3.12");
  expect((await findPython(searching("shims"))).path).toBe("/real/python3.12");
  const plain = interpreter("bin/python3.11", [3, 11, 0]);
  expect((await findPython(searching("shims", "bin"))).path).toBe(plain);
});

test("says what was seen when there is none", async () => {
  const old = interpreter("a/python3", [3, 10, 1]);
  const message = `no Python 3.11 to 3.14 found (${old} is 3.10.1): install one, e.g. apt install python3 python3-venv`;
  await expect(findPython(searching("a"))).rejects.toThrow(message);
});

test("obeys MUCODE_PYTHON, and refuses one that will not do", async () => {
  interpreter("a/python3", [3, 12, 0]);
  const chosen = interpreter("b/python", [3, 11, 0]);
  const old = interpreter("c/python", [3, 9, 0]);
  expect((await findPython({ ...searching("a"), MUCODE_PYTHON: chosen })).path).toBe(chosen);
  await expect(findPython({ ...searching("a"), MUCODE_PYTHON: old })).rejects.toThrow(
    `MUCODE_PYTHON=${old}: expected Python 3.11 to 3.14, but it is 3.9.0`,
  );
  await expect(findPython({ MUCODE_PYTHON: join(folder, "none") })).rejects.toThrow("it does not run");
});
