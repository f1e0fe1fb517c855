// The engine's environment is really made, from a lock file with one tiny package that needs no network.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ensureEnvironment, mucodeHome } from "../src/jobs/environment.ts";
import { findPython } from "../src/jobs/python.ts";

let folder = "";
const home = () => join(folder, "home");

const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tiny.py", "answer = 42\\n")
    info = "tiny-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "tiny.py,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mucode-environment-"));
  const wheel = join(folder, "tiny-1.0-py3-none-any.whl");
  execFileSync((await findPython()).path, ["-c", makeWheel, wheel]);
  for (const lock of ["requirements.lock", "requirements-cpu.lock"])
    writeFileSync(join(folder, lock), `tiny @ file://${wheel}\n`);
  // The installer that is already there, so that no registry is asked.
  mkdirSync(home());
  const installers = existsSync(mucodeHome())
    ? readdirSync(mucodeHome()).filter((name) => /^uv-[\d.]+$/.test(name))
    : [];
  for (const name of installers) symlinkSync(join(mucodeHome(), name), join(home(), name));
  vi.stubEnv("MUCODE_HOME", home());
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("is made once by two that ask at the same time, then found without a word", async () => {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const [first, second] = await Promise.all([ensureEnvironment(say, folder), ensureEnvironment(say, folder)]);
  expect(second).toEqual(first);
  expect(said.filter((line) => line.startsWith("making the engine's"))).toHaveLength(1);
  expect(said).toContain("another mucode is installing; waiting for it");
  const answer = execFileSync(first.python, ["-c", "import tiny; print(tiny.answer)"], { encoding: "utf8" });
  expect(answer).toBe("42\n");
  const quiet = vi.fn();
  expect(await ensureEnvironment(quiet, folder)).toEqual(first);
  expect(quiet).not.toHaveBeenCalled();
  expect(readdirSync(home()).filter((name) => /partial|lock|downloads/.test(name))).toEqual([]);
}, 60_000);

test("is made anew over what a killed installation left", async () => {
  mkdirSync(join(home(), "engine-0.123.partial", "lib"), { recursive: true });
  const dead = { pid: 2 ** 30, host: hostname(), began: "1" };
  writeFileSync(join(home(), "install.lock"), JSON.stringify(dead));
  const { python } = await ensureEnvironment(() => {}, folder);
  expect(existsSync(python)).toBe(true);
  expect(readdirSync(home()).filter((name) => name.includes("partial"))).toEqual([]);
}, 60_000);

test("is made anew when its interpreter has gone", async () => {
  const { python } = await ensureEnvironment(() => {}, folder);
  rmSync(python);
  await ensureEnvironment(() => {}, folder);
  expect(existsSync(python)).toBe(true);
}, 60_000);

test("a package that cannot be had is one line, and nothing half made is left", async () => {
  rmSync(join(folder, "tiny-1.0-py3-none-any.whl"));
  const error = await ensureEnvironment(() => {}, folder).catch((reason) => reason);
  expect(error.name).toBe("WorkError");
  expect(error.message).toMatch(/^installing Python packages failed: .*tiny/);
  expect(readdirSync(home()).filter((name) => /^engine-/.test(name))).toEqual([]);
}, 60_000);

test("a home that cannot be made is named, with what to set instead", async () => {
  vi.stubEnv("MUCODE_HOME", "/dev/null/home");
  await expect(ensureEnvironment(() => {}, folder)).rejects.toThrow(
    /^a folder cannot be written: set MUCODE_HOME to one that can be \(.*\/dev\/null\/home/,
  );
});
