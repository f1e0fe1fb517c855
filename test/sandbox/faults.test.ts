// What goes wrong around the sandbox: every job that was accepted gets exactly one verdict or one fault, and the pool
// is back soon after: the time allowed is for a machine that is busy with other tests.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { createSandbox, type Outcome, type Sandbox } from "../../src/sandbox/index.ts";
import { childrenOf, descendantsOf } from "../processes.ts";
import { ask, expectHonestPass, onLinux, quick } from "./programs.ts";

const passed = { verdict: "passed", passed: 1, total: 1 };
const answer = (sandbox: Sandbox, n: number, seconds = 0): Promise<Outcome[]> =>
  ask(
    sandbox,
    `import time\ndef f(x):\n  time.sleep(${seconds})\n  return x + ${n}`,
    [[`assert f(1) == ${n + 1}`]],
    { ...quick, cpuSeconds: 5, wallSeconds: 60 },
  );

describe.runIf(onLinux)("the pool", () => {
  let sandbox: Sandbox | undefined;
  afterEach(() => sandbox?.close());

  async function start(workers: number): Promise<number[]> {
    const before = new Set(childrenOf(process.pid));
    sandbox = await createSandbox({ workers, cacheSize: 0 });
    return childrenOf(process.pid).filter((pid) => !before.has(pid));
  }

  test("gives each of 1,000 concurrent callers its own verdict", async () => {
    await start(2);
    const outcomes = await Promise.all(Array.from({ length: 1000 }, (_, n) => answer(sandbox!, n)));
    expect(outcomes).toEqual(Array.from({ length: 1000 }, () => [passed]));
  }, 120_000);

  test.each(["the worker's launcher", "the jail's own first process"])(
    "loses no job when %s is killed among them, and is back soon",
    async (which) => {
      const launchers = await start(1);
      const jobs = Array.from({ length: 40 }, (_, n) => answer(sandbox!, n, 0.02));
      await sleep(100);
      const victim = which.includes("launcher") ? launchers[0]! : descendantsOf(launchers[0]!)[0]!;
      process.kill(victim, "SIGKILL");
      const killed = performance.now();
      await expectHonestPass(sandbox!, 1);
      const back = performance.now() - killed;
      const outcomes = await Promise.all(jobs);
      expect(outcomes.map(([outcome]) => outcome!.verdict)).toEqual(jobs.map(() => "passed"));
      // The honest program waited its turn behind the 40; a quiet machine needs a fraction of this.
      expect(back).toBeLessThan(5000);
    },
  );

  test("has a new worker, and the next verdict of it, in under a second", async () => {
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      const launchers = await start(1);
      await expectHonestPass(sandbox!, 1);
      process.kill(launchers[0]!, "SIGKILL");
      const killed = performance.now();
      await expectHonestPass(sandbox!, 1);
      waits.push(performance.now() - killed);
      await sandbox!.close();
    }
    // The median: a tenth of a second on a quiet machine, and one round may fall into somebody else's busy moment.
    expect(waits.sort((a, b) => a - b)[2]).toBeLessThan(1000);
  });

  test("survives worker after worker: each job ends once, as passed or as a fault of ours", async () => {
    await start(2);
    const before = new Set(childrenOf(process.pid));
    let ended = 0;
    const jobs = Array.from({ length: 60 }, async (_, n) => {
      const outcome = await answer(sandbox!, n, 0.05);
      ended++;
      return outcome;
    });
    for (let round = 0; round < 6; round++) {
      await sleep(150);
      const workers = childrenOf(process.pid).filter((pid) => round === 0 || !before.has(pid));
      if (workers[0] !== undefined) process.kill(workers[0], "SIGKILL");
    }
    const verdicts = (await Promise.all(jobs)).map(([outcome]) => outcome!.verdict);
    expect(ended).toBe(60);
    expect(new Set([...verdicts, "passed", "fault"])).toEqual(new Set(["passed", "fault"]));
    await expectHonestPass(sandbox!);
  });
});

// In a process of its own, which takes all its descriptors away and then kills its only worker.
const starved = `
import { openSync, closeSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createSandbox } from ${JSON.stringify(join(import.meta.dirname, "..", "..", "dist", "sandbox", "index.js"))};
const sandbox = await createSandbox({ workers: 1, cacheSize: 0 });
const job = (n) => sandbox.judge({ language: "python", program: "def f(x): return x + " + n,
  groups: [{ style: "function", asserts: ["assert f(1) == " + (n + 1)] }] });
const worker = Number(execFileSync("/bin/sh", ["-c", "cat /proc/" + process.pid + "/task/*/children"], { encoding: "utf8" }).trim().split(" ")[0]);
const taken = [];
try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
process.kill(worker, "SIGKILL");
await new Promise((resolve) => setTimeout(resolve, 100));
const during = (await Promise.all([1, 2, 3].map(job))).map(([one]) => one.verdict);
for (const descriptor of taken) closeSync(descriptor);
const freed = performance.now();
let after;
do { after = (await job(4))[0].verdict; } while (after === "fault");
console.log(JSON.stringify({ during, after, seconds: (performance.now() - freed) / 1000 }));
await sandbox.close();
`;

test.runIf(onLinux)(
  "without descriptors every job is a fault, and with them again the pool is back",
  async () => {
    const script = [
      "-c",
      'ulimit -n 128 && exec "$0" --input-type=module -e "$1"',
      process.execPath,
      starved,
    ];
    const { stdout } = await promisify(execFile)("/bin/sh", script);
    const { during, after, seconds } = JSON.parse(stdout);
    expect(during).toEqual(["fault", "fault", "fault"]);
    expect(after).toBe("passed");
    expect(seconds).toBeLessThan(5);
  },
);

// In a mount namespace of its own, where nothing more can be written anywhere.
const full = `
import { writeFileSync } from "node:fs";
import { createSandbox } from "/mnt/dist/sandbox/index.js";
for (const folder of ["/tmp", "/dev/shm"]) try { writeFileSync(folder + "/filler", Buffer.alloc(1 << 20)); } catch {}
const verdicts = {};
for (const isolation of ["strict", "fork"]) {
  const sandbox = await createSandbox({ workers: 1, cacheSize: 0, isolation });
  const writing = "def f(x):\\n    with open('a', 'w') as file: file.write('x' * 4096)\\n    return x + 1";
  const judge = (program) => sandbox.judge({ language: "python", program, groups: [{ style: "function", asserts: ["assert f(1) == 2"] }] });
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => judge("def f(x): return x + 1 # " + n)));
  const [wrote] = await judge(writing);
  verdicts[isolation] = [...new Set(outcomes.map(([one]) => one.verdict)), wrote.verdict];
  await sandbox.close();
}
console.log(JSON.stringify(verdicts));
`;

test.runIf(onLinux && process.getuid?.() === 0)(
  "where every disk is full, programs are judged all the same",
  async () => {
    const tiny = "mount -t tmpfs -o size=64k,mode=1777 tmpfs";
    const script = [
      "-m",
      "/bin/sh",
      "-c",
      // The project may lie in the folder that is about to be covered.
      `mount --bind "$2" /mnt && ${tiny} /dev/shm && ${tiny} /tmp && cd / && exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      full,
      join(import.meta.dirname, "..", ".."),
    ];
    const { stdout } = await promisify(execFile)("unshare", script);
    // Strict has a scratch of its own; in fork the program meets the full disk, and the fault is named as its own.
    expect(JSON.parse(stdout)).toEqual({ strict: ["passed", "passed"], fork: ["passed", "exception"] });
  },
);

test("no part of the sandbox reads the wall clock, so that its jumps change nothing", () => {
  const folder = join(import.meta.dirname, "..", "..", "src", "sandbox");
  // A service's Retry-After may be a date, which only the clock can turn into a pause.
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => /(?<!\.test)\.(ts|py)$/.test(name) && !name.endsWith("targets.ts"),
  );
  expect(files.length).toBeGreaterThan(20);
  const reading = files.filter((name) =>
    /Date\.now|new Date\(\)|time\.time\(|datetime\.now/.test(readFileSync(join(folder, name), "utf8")),
  );
  expect(reading).toEqual([]);
});
