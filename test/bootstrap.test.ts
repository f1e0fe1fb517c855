// The first step of every command, in a copy of this checkout: what is missing is made once, whoever asks and dies.
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const copy = mkdtempSync(join(tmpdir(), "mucode-bootstrap-"));
const script = join(copy, "scripts", "bootstrap.mjs");
const bootstrap = () => promisify(execFile)(process.execPath, [script]);
const leftovers = () => readdirSync(copy).filter((name) => name.endsWith(".partial"));

beforeAll(() => {
  // These folders are what the script itself needs of the sources.
  const sources = [join("src", "core"), join("src", "jobs"), "scripts"];
  for (const name of [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
    ...sources,
  ]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const name of ["node_modules", "engine"]) symlinkSync(join(root, name), join(copy, name));
});
afterAll(() => rmSync(copy, { recursive: true }));

test("a run that is killed leaves nothing that the next one trips over", async () => {
  const killed = spawn(process.execPath, [script], { stdio: "ignore", detached: true });
  while (leftovers().length === 0) await sleep(5);
  process.kill(-killed.pid!, "SIGKILL"); // With its compiler.
  await sleep(50);
  expect(existsSync(join(copy, "dist"))).toBe(false);
  expect(leftovers()).toHaveLength(1);
  const { stderr } = await bootstrap();
  expect(stderr).toBe("bootstrap: compiling\n");
  expect(existsSync(join(copy, "dist", "jobs", "environment.js"))).toBe(true);
  expect(leftovers()).toEqual([]);
}, 60_000);

test("is silent and quick when there is nothing to do", async () => {
  const began = performance.now();
  const { stdout, stderr } = await bootstrap();
  expect(stdout + stderr).toBe("");
  expect(performance.now() - began).toBeLessThan(1500);
});

test("a changed source is compiled again, by two runs at once without harm", async () => {
  writeFileSync(join(copy, "src", "core", "added.ts"), "// Only here.\nexport const added = 1;\n");
  await Promise.all([bootstrap(), bootstrap()]);
  expect(existsSync(join(copy, "dist", "core", "added.js"))).toBe(true);
  expect(leftovers()).toEqual([]);
  expect((await bootstrap()).stderr).toBe("");
}, 60_000);

test("sources that do not compile are shown, and what was compiled before stays", async () => {
  writeFileSync(join(copy, "src", "core", "added.ts"), "// Only here.\nexport const added: string = 1;\n");
  const error = await bootstrap().catch((reason) => reason);
  expect(error).toMatchObject({ code: 1 });
  expect(error.stderr).toContain("src/core/added.ts(2,14): error TS2322");
  expect(existsSync(join(copy, "dist", "core", "added.js"))).toBe(true);
}, 60_000);
