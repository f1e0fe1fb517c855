// Programs without end: 5 % hostile among honest ones of known verdict, through one sandbox. Nothing may be left over (no
// process, descriptor, file or namespace), memory stays flat, and no honest verdict is ever wrong.
// MUCODE_SOAK says how many programs; `npm run soak:sandbox` runs a million and prints the table.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { createSandbox, type Sandbox, type SandboxJob } from "../../src/sandbox/index.ts";
import { childrenOf, descendantsOf } from "../processes.ts";
import type { Attack } from "./attacks/attack.ts";
import { families } from "./attacks/index.ts";
import { foldersOf } from "./folders.ts";
import { onLinux } from "./programs.ts";

const total = Number(process.env.MUCODE_SOAK ?? 10_000);
const hostileEvery = 20;
const inFlight = 24;
const full = total >= 1_000_000;

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;

/** Honest programs, each with the verdict that it must get: right, wrong and failing ones, functions and scripts. */
const honest: ((n: number) => [program: string, verdict: string, stdio?: true])[] = [
  (n) => [`def f(x):\n    return [x, ${n}, sorted({3, 1, x})]`, "passed"],
  (n) => [
    `import re, collections\ndef f(x):\n    words = re.findall("a+", "aa b aaa")\n    return [x, ${n}, sorted({3, 1, x})] if len(words) == 2 else None`,
    "passed",
  ],
  (n) => [
    `class N:\n    def __init__(self, x): self.x = x\ndef f(x): return [N(x).x, ${n}, [1, 3]]`,
    "passed",
  ],
  (n) => [`def f(x):\n    return [x, ${n + 1}, [1, 3]]`, "wrong"],
  (n) => [`def f(x):\n    return [x, ${n}][x + 5]`, "exception"],
  (n) => [`# ${n}\ndef f(x)\n    return x`, "unparsable"],
  (n) => [`print([int(input()), ${n}, [1, 3]])`, "passed", true],
];

function honestJob(n: number): { job: SandboxJob; verdict: string } {
  const [program, verdict, stdio] = honest[n % honest.length]!(n);
  const cases = [{ input: "1\n", output: `[1, ${n}, [1, 3]]\n` }];
  const tests = stdio
    ? { style: "stdio" as const, cases }
    : { style: "function" as const, asserts: [`assert f(1) == [1, ${n}, [1, 3]]`] };
  return { job: { language: "python", program, groups: [tests] }, verdict };
}

// What only eats time and memory comes seldom: it would take most of a soak's hours.
const { exhaustion, ...quickFamilies } = families;
const quickAttacks = Object.values(quickFamilies).flat();
const exhaustionEvery = 10;

function attackOf(k: number): Attack {
  if (k % exhaustionEvery === 0) return exhaustion![(k / exhaustionEvery) % exhaustion!.length]!;
  return quickAttacks[k % quickAttacks.length]!;
}

/** Little of everything, so that a million of them end; what they do when given more is in attacks.test.ts. */
const hostileLimits = { cpuSeconds: 0.03, wallSeconds: 0.2, memoryMb: 96, outputKb: 16 };

function hostileJob(n: number): SandboxJob {
  const { program, style } = attackOf(n / hostileEvery);
  const tests =
    style === "stdio"
      ? { style: "stdio" as const, cases: [{ input: "", output: "the-secret" }] }
      : { style: "function" as const, asserts: ["assert f(1) == 'the-secret'"] };
  return { language: "python", program: `${program}\n# ${n}`, groups: [tests], limits: hostileLimits };
}

interface Look {
  programs: number;
  seconds: number;
  /** MiB, after a collection. */
  callerMb: number;
  workersMb: number;
  processes: number;
  descriptors: number;
  namespaces: number;
}

const megabytes = (pid: number) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) / 256;
const count = (folder: string) => readdirSync(folder).length;

function namespaces(): number {
  const seen = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const kind of ["mnt", "pid", "net", "user"]) {
      try {
        seen.add(readlinkSync(`/proc/${pid}/ns/${kind}`));
      } catch {} // it has just ended
    }
  }
  return seen.size;
}

function look(programs: number, start: number): Look {
  collect();
  const workers = descendantsOf(process.pid).filter((pid) => /worker\.py/.test(commandOf(pid)));
  return {
    programs,
    seconds: Math.round((performance.now() - start) / 1000),
    callerMb: Math.round(megabytes(process.pid)),
    workersMb: Math.round(workers.reduce((sum, pid) => sum + megabytes(pid), 0) * 10) / 10,
    processes: workers.length,
    descriptors: count("/proc/self/fd") + workers.reduce((sum, pid) => sum + count(`/proc/${pid}/fd`), 0),
    namespaces: namespaces(),
  };
}

const commandOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
};

let sandbox: Sandbox | undefined;
afterAll(() => sandbox?.close());

test.runIf(onLinux)(
  `${total} programs, 5 % of them hostile, leave nothing behind and change no verdict`,
  async () => {
    sandbox = await createSandbox({ workers: 2, cacheSize: 0 });
    const wrong: string[] = [];
    let next = 0;
    const start = performance.now();
    const lane = async (until: number) => {
      while (next < until) {
        const n = next++;
        if (n % hostileEvery === 0) {
          const [outcome] = await sandbox!.judge(hostileJob(n));
          if (outcome!.verdict === "passed" || outcome!.verdict === "fault")
            wrong.push(`hostile ${n}: ${JSON.stringify(outcome)}`);
        } else {
          const { job, verdict } = honestJob(n);
          const [outcome] = await sandbox!.judge(job);
          if (outcome!.verdict !== verdict)
            wrong.push(`honest ${n}: ${JSON.stringify(outcome)}, not ${verdict}`);
        }
      }
    };
    const looks: Look[] = [];
    const launchers = new Set<number>();
    for (let tenth = 1; tenth <= 10; tenth++) {
      const until = Math.round((total * tenth) / 10);
      await Promise.all(Array.from({ length: inFlight }, () => lane(until)));
      looks.push(look(next, start));
      for (const pid of childrenOf(process.pid)) launchers.add(pid);
      if (full) console.log(JSON.stringify(looks.at(-1)));
    }
    expect(wrong).toEqual([]);
    const [, second] = looks;
    const last = looks.at(-1)!;
    expect(last.processes).toBe(second!.processes);
    expect(last.descriptors).toBe(second!.descriptors);
    expect(last.workersMb).toBeLessThanOrEqual(1.05 * second!.workersMb);
    // A short run is over before the caller's heap has found its size.
    if (full) expect(last.callerMb).toBeLessThanOrEqual(1.05 * second!.callerMb);
    await sandbox.close();
    expect(descendantsOf(process.pid).filter((pid) => /worker\.py/.test(commandOf(pid)))).toEqual([]);
    // Its own workers' alone: others of this project may be at work on the same machine.
    expect(launchers.size).toBeGreaterThanOrEqual(2);
    expect([...launchers].flatMap(foldersOf)).toEqual([]);
  },
  full ? 10 * 3_600_000 : 600_000,
);
