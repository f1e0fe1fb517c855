// How fast programs are judged, and what one costs: Pocket-sized programs with four asserts each (one public, three
// private), end to end through the Sandbox interface, beside a bare fork of a warm interpreter, which no design with
// a process per program can beat. Slices alternate and medians are given, because machines are shared.
// Run: npm run bench:sandbox [-- --json --rounds 5 --seconds 1 --workers 1]
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Sandbox } from "../dist/sandbox/index.js";
import { createSandbox, findInterpreter } from "../dist/sandbox/index.js";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
  },
});
const rounds = Number(values.rounds);
const sliceSeconds = Number(values.seconds);
const workers = Number(values.workers);

interface Slice {
  perSecond: number;
  /** CPU of this process and, through the workers' clocks, of everything that they forked; milliseconds a program. */
  cpuMs: number;
}

let serial = 0;
function newProgram(): string {
  serial++;
  return `def f(xs):\n    total = ${serial}\n    for x in xs:\n        if x % 2 == 0:\n            total += x\n    return [total - ${serial}, sorted(xs)]\n`;
}
const groups = [
  { style: "function" as const, asserts: ["assert f([1, 2]) == [2, [1, 2]]"] },
  {
    style: "function" as const,
    asserts: [
      "assert f([]) == [0, []]",
      "assert f([4, 4, 1]) == [8, [1, 4, 4]]",
      "assert f([3]) == [0, [3]]",
    ],
  },
];

/** CPU seconds of the descendants of this process that still run, with those that they have waited for. */
function childCpuSeconds(pid: number): number {
  let ticks = 0;
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean)) {
    const fields = readFileSync(`/proc/${child}/stat`, "utf8").split(") ")[1]!.split(" ");
    for (const field of fields.slice(11, 15)) ticks += Number(field);
    ticks += 100 * childCpuSeconds(Number(child));
  }
  return ticks / 100;
}

async function slice(sandbox: Sandbox): Promise<Slice> {
  const cpu = process.cpuUsage();
  const childCpu = childCpuSeconds(process.pid);
  const start = performance.now();
  const end = start + sliceSeconds * 1000;
  let done = 0;
  const lane = async () => {
    while (performance.now() < end) {
      const outcomes = await sandbox.judge({ language: "python", program: newProgram(), groups });
      if (outcomes.some(({ verdict }) => verdict !== "passed")) throw new Error(JSON.stringify(outcomes));
      done++;
    }
  };
  await Promise.all(Array.from({ length: 8 * workers }, lane));
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuMs = ((used.user + used.system) / 1000 + (childCpuSeconds(process.pid) - childCpu) * 1000) / done;
  return { perSecond: done / seconds, cpuMs };
}

const bareFork = `
import os, sys, time, bisect, collections, datetime, decimal, random, re, statistics, typing, dataclasses, gc
gc.collect(); gc.freeze()
end, done, start = time.perf_counter() + float(sys.argv[1]), 0, time.perf_counter()
while time.perf_counter() < end:
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitpid(pid, 0)
    done += 1
used = os.times()
print(done / (time.perf_counter() - start), 1000 * sum(used[:4]) / done)
`;

function bareForkSlice(python: string): Slice {
  const output = execFileSync(python, ["-S", "-c", bareFork, String(sliceSeconds)], { encoding: "utf8" });
  const [perSecond, cpuMs] = output.split(" ").map(Number) as [number, number];
  return { perSecond, cpuMs };
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

const { path: python, version } = await findInterpreter();
const jail = await createSandbox({ workers, cacheSize: 0 });
const unsafe = await createSandbox({ workers, cacheSize: 0, isolation: "none-unsafe" });
const slices: Record<"jail" | "unsafe" | "bareFork", Slice[]> = { jail: [], unsafe: [], bareFork: [] };
for (let round = 0; round < rounds; round++) {
  slices.jail.push(await slice(jail));
  slices.unsafe.push(await slice(unsafe));
  slices.bareFork.push(bareForkSlice(python));
}
await Promise.all([jail.close(), unsafe.close()]);

const summary = (all: Slice[]) => ({
  perSecond: Math.round(median(all.map((one) => one.perSecond))),
  cpuMs: Number(median(all.map((one) => one.cpuMs)).toFixed(2)),
});
const result = {
  workers,
  python: version,
  load: Number(loadavg()[0]!.toFixed(2)),
  jail: summary(slices.jail),
  unsafe: summary(slices.unsafe),
  bareFork: summary(slices.bareFork),
};
// By CPU, which a busy neighbour disturbs least.
const ratio = (other: { cpuMs: number }) => Number((other.cpuMs / result.jail.cpuMs).toFixed(3));
const ratios = { bareFork: ratio(result.bareFork), isolation: ratio(result.unsafe) };

if (values.json) {
  process.stdout.write(`${JSON.stringify({ ratios, ...result })}\n`);
} else {
  process.stdout.write(`${workers} worker(s), Python ${version}, load of the machine ${result.load}\n`);
  for (const [name, label] of [
    ["jail", "judged in the jail"],
    ["unsafe", "the same without isolation"],
    ["bareFork", "bare fork, one after another"],
  ] as const) {
    process.stdout.write(
      `${label.padEnd(30)} ${String(result[name].perSecond).padStart(6)} /s ${result[name].cpuMs.toFixed(2).padStart(7)} ms CPU each\n`,
    );
  }
  process.stdout.write(
    `CPU of a bare fork / of a judged program: ${ratios.bareFork}; without / with isolation: ${ratios.isolation}\n`,
  );
}
