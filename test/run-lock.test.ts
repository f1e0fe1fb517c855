// One process at a time works on a run: processes that take the lock at once, some of them killed while they hold it.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockRun } from "../src/experiment/run-lock.ts";
import { repository, strike } from "./run-process.ts";

let folder = "";
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-run-lock-"));
});
afterEach(async () => {
  for (const child of children) await kill(child);
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

const compiled = pathToFileURL(join(repository, "dist", "experiment", "run-lock.js")).href;
const contender = join(repository, "test", "fixtures", "lock-contender.mjs");
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function contend(): ChildProcess {
  const child = spawn(process.execPath, [contender, compiled, folder], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  strike(child.pid!);
  await gone;
}

const entries = () => statSync(join(folder, "entries"), { throwIfNoEntry: false })?.size ?? 0;
const overlaps = () =>
  existsSync(join(folder, "overlaps")) ? readFileSync(join(folder, "overlaps"), "utf8") : "";
const locks = () => readdirSync(folder).filter((name) => name.startsWith("run.lock"));

test.each([
  [2, 0],
  [2, 8],
  [4, 12],
])(
  "%i processes are never inside together, %i of them killed and replaced",
  async (count, kills) => {
    for (let i = 0; i < count; i++) contend();
    while (entries() < 5) await pause(5);
    for (let killed = 0; killed < kills; killed++) {
      await pause(40 + Math.random() * 60);
      const victim = children.shift()!;
      await kill(victim);
      contend();
    }
    const before = entries();
    const deadline = Date.now() + 2500;
    while (Date.now() < deadline) await pause(50);
    expect(entries()).toBeGreaterThan(before + 5);
    for (const child of children) expect(child.exitCode).toBeNull();
    expect(overlaps()).toBe("");
    for (const child of children) await kill(child);
    // Whatever the killed ones left behind, the next one gets in, and leaves nothing.
    lockRun(folder)();
    expect(locks()).toEqual([]);
  },
  60_000,
);

test("a living holder is named, and its lock stays", () => {
  const unlock = lockRun(folder);
  const held = locks();
  expect(() => lockRun(folder)).toThrow(`${folder}: process ${process.pid} is working on this run`);
  expect(locks()).toEqual(held);
  unlock();
  const again = lockRun(folder);
  // Given back already: this must not give back another's.
  unlock();
  expect(() => lockRun(folder)).toThrow("is working on this run");
  again();
});

test("a process whose number belongs to another one now does not hold", () => {
  const unlock = lockRun(folder);
  const [name] = locks() as [string];
  unlock();
  // The same number, with another time of beginning.
  const earlier = name.replace(/-\d+-/, "-1-");
  expect(earlier).not.toBe(name);
  writeFileSync(join(folder, earlier), "");
  lockRun(folder)();
  expect(locks()).toEqual([]);
});
