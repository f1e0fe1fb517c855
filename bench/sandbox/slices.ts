// One slice of time of one way of judging, with what it cost: programs a second, and CPU of everything that took part.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Sandbox, SandboxJob } from "../../dist/sandbox/index.js";

export interface Slice {
  perSecond: number;
  /** CPU of the caller and of everything that it started, milliseconds a program. */
  cpuMs: number;
  /** CPU that others used meanwhile, in cores. */
  others: number;
}

/** CPU seconds of the descendants of this process that still run, with those that they have waited for. */
function childCpuSeconds(pid: number): number {
  let ticks = 0;
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean)) {
    try {
      const fields = readFileSync(`/proc/${child}/stat`, "utf8").split(") ")[1]!.split(" ");
      for (const field of fields.slice(11, 15)) ticks += Number(field);
      ticks += 100 * childCpuSeconds(Number(child));
    } catch {} // it has just ended
  }
  return ticks / 100;
}

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** A slice with this process and all that it started confined to the machine's first `cores` cores. */
export async function onCores(cores: number, slice: () => Promise<Slice>): Promise<Slice> {
  const confine = (last: number) => {
    for (const pid of [process.pid, ...descendants(process.pid)])
      execFileSync("taskset", ["-a", "-c", "-p", `0-${last}`, String(pid)]);
  };
  confine(cores - 1);
  const result = await slice();
  confine(cpus().length - 1);
  return result;
}

/** CPU seconds that the whole machine has been busy. */
function machineSeconds(): number {
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user! + nice! + system! + irq! + softirq!) / 100;
}

async function measured(work: () => Promise<number>): Promise<Slice> {
  const cpu = process.cpuUsage();
  const childCpu = childCpuSeconds(process.pid);
  const machine = machineSeconds();
  const start = performance.now();
  const done = await work();
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const own = (used.user + used.system) / 1e6 + childCpuSeconds(process.pid) - childCpu;
  const others = Math.max(0, (machineSeconds() - machine - own) / seconds);
  return { perSecond: done / seconds, cpuMs: (1000 * own) / done, others };
}

let serial = 0;

/** Judges new programs for a slice of time, `lanes` at once. Throws where one does not get the verdict expected. */
export function sandboxSlice(
  sandbox: Sandbox,
  seconds: number,
  lanes: number,
  job: (serial: number) => { job: SandboxJob; verdict: string },
): Promise<Slice> {
  return measured(async () => {
    const end = performance.now() + seconds * 1000;
    let done = 0;
    const lane = async () => {
      while (performance.now() < end) {
        const next = job(serial++);
        const outcomes = await sandbox.judge(next.job);
        if (outcomes[0]!.verdict !== next.verdict)
          throw new Error(`${next.verdict} expected: ${JSON.stringify(outcomes)}\n${next.job.program}`);
        done++;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return done;
  });
}

const ways = new URL("../../bench/sandbox/ways.py", import.meta.url).pathname;

/** The same for one of the ways in ways.py. */
export async function otherSlice(
  way: string,
  python: string,
  seconds: number,
  programs: string,
  packages: string,
): Promise<Slice> {
  const machine = machineSeconds();
  const output = execFileSync(python, ["-S", ways, way, String(seconds), programs, packages], {
    encoding: "utf8",
  });
  const [done, took, cpu] = output.trim().split(" ").map(Number) as [number, number, number];
  return {
    perSecond: done / took,
    cpuMs: (1000 * cpu) / done,
    others: Math.max(0, (machineSeconds() - machine - cpu) / took),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
