// One warm worker: a jailed Python process that forks a throw-away process per program. This file speaks to it over
// a control channel and one channel per slot, and knows nothing of tests. python/worker.py is the other end.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { WorkError } from "../core/errors.ts";
import { type Layers, ready } from "./handshake.ts";
import type { WorkerIsolation } from "./isolation.ts";
import { readLines, tailOf } from "./streams.ts";
import { type Talk, type Visit, visitFrame } from "./wire.ts";

export interface VisitLimits {
  cpuSeconds: number;
  wallSeconds: number;
  memoryMb: number;
  outputBytes: number;
  /** The largest file that may exist: what it may write, or the largest stdin. */
  fileBytes: number;
  /** More than this on the channel is a flood, and the program is killed. */
  answerBytes: number;
}

/** What one process did. Given only after it, and everything that it started, is gone. */
export interface VisitResult {
  /** What the process wrote on its channel. */
  text: string;
  /** What it wrote to stdout (style "stdio"; empty otherwise). */
  stdout: Buffer;
  /** Exit code, or minus the signal. */
  exit: number;
  /** CPU time in seconds, by the kernel's count. */
  cpuSeconds: number;
  /** The limit that we killed it for. */
  killed?: "cpu" | "wall" | "flood" | "disk";
}

/** Runs one process in the jail. */
export type Run = (visit: Visit, limits: VisitLimits) => Promise<VisitResult>;

export { JailRefused, type Layers } from "./handshake.ts";

/** The worker is gone, and with it the programs it was running: not their fault. */
export class WorkerDied extends Error {}

export interface Worker {
  readonly pid: number;
  readonly layers: Layers;
  /** How many more programs it can take now. Those in the slow lane don't count, as long as there is room for them. */
  free(): number;
  /** Runs one program. The caller makes sure that a slot is free. A visit with a talk is spoken to while it runs. */
  visit(visit: Visit, limits: VisitLimits): Promise<VisitResult>;
  close(): Promise<void>;
  /** Resolves when the worker is gone, whatever the reason. */
  readonly ended: Promise<void>;
}

export interface WorkerOptions {
  python: string;
  /** Programs in its fast lane. The slow lane holds as many more: programs that have used a tenth of a second of CPU. */
  slots: number;
  isolation: WorkerIsolation;
  /** What one program may usually take, for the group's limit; MiB, default 512. */
  memoryMb?: number;
  /** A site folder to load numpy from; none for a lean worker. */
  numpy?: string;
  /** Sees everything that is sent into the jail. For tests. */
  onFrame?: (frame: Buffer) => void;
  /** Called when there is room for one more because a program went to the slow lane. */
  onRoom?: () => void;
  /** Another program than the worker's own, which keeps the same protocol: the code judge. */
  script?: string;
  /** Flags of the interpreter; by default, those of the jail's. */
  flags?: readonly string[];
  env?: Record<string, string>;
}

// The same path from src/sandbox and from dist/sandbox: both lie two levels below the package.
const folder = new URL("../../src/sandbox/python/", import.meta.url);
const graceSeconds = 15;
// As in worker.py: a program that computes may take so many times its wall limit.
const wallStretch = 10;
const lanes = 2;
const closeSeconds = 5;
const defaultMemoryMb = 512;
export const sealBytes = 16;
const markBytes = 8;

interface Slot {
  channel: Duplex;
  chunks: Buffer[];
  received: number;
  running?: {
    limits: VisitLimits;
    resolve: (result: VisitResult) => void;
    reject: (error: Error) => void;
    guard: NodeJS.Timeout;
    flooded: boolean;
    slow: boolean;
    talk: Talk | undefined;
    done?: { exit: number; cpuSeconds: number; killed: string; stdoutBytes: number; seal: Buffer };
  };
}

/** Starts a worker and waits until it is ready. Throws WorkError that names the step that failed and the fix. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const child = spawnWorker(options);
  // Where this process has no descriptor left, there is no child and there are no pipes: the error comes by an event.
  if (child.pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once("error", resolve));
    throw new WorkError(`the sandbox's worker can't be started: ${error.message}`);
  }
  const control = child.stdio[3] as Duplex;
  const slots: Slot[] = Array.from({ length: lanes * options.slots }, (_, i) => ({
    channel: child.stdio[4 + i] as Duplex,
    chunks: [],
    received: 0,
  }));
  const errors = tailOf(child.stderr!);
  let gone = false;
  let onLine: (line: string) => void = () => {};
  readLines(control, (line) => onLine(line));
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      gone = true;
      for (const slot of slots)
        fail(slot, new WorkerDied(`the sandbox's worker died: ${errors() || "killed"}`));
      for (const stream of [control, ...slots.map((slot) => slot.channel)]) stream.destroy();
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  for (const stream of [control, ...slots.map((slot) => slot.channel)])
    stream.on("error", () => child.kill("SIGKILL"));

  const { layers, raise } = await ready(child, ended, errors, (listener) => {
    onLine = listener;
  });
  let usualMemoryMb = options.memoryMb ?? defaultMemoryMb;

  onLine = (line) => {
    const [word, index, exit, cpu, killed, stdoutBytes, seal] = line.split(" ");
    const slot = slots[Number(index)];
    if (word === "slow" && slot) {
      if (slot.running) slot.running.slow = true;
      return options.onRoom?.();
    }
    if (word !== "done" || !slot?.running || seal === undefined) return void child.kill("SIGKILL");
    slot.running.done = {
      exit: Number(exit),
      cpuSeconds: Number(cpu) / 1e6,
      killed: killed!,
      stdoutBytes: Number(stdoutBytes),
      seal: Buffer.from(seal, "hex"),
    };
    settle(slot);
  };
  slots.forEach((slot, index) => {
    slot.channel.on("data", (chunk: Buffer) => {
      const running = slot.running;
      slot.chunks.push(chunk);
      slot.received += chunk.length;
      if (running?.talk) {
        // What has been heard is not kept, but for the seal, which the talk takes for the beginning of a frame.
        const whole = chunk.length < sealBytes ? Buffer.concat(slot.chunks) : chunk;
        slot.chunks = [whole.subarray(-sealBytes)];
        if (!running.flooded) running.talk.receive(chunk);
      }
      if (
        running &&
        slot.received > running.limits.answerBytes + running.limits.outputBytes &&
        !running.done
      ) {
        if (!running.flooded) control.write(`kill ${index}\n`);
        running.flooded = true;
        slot.chunks = [Buffer.concat(slot.chunks).subarray(-sealBytes)];
      }
      if (running?.done) settle(slot);
    });
  });

  return {
    pid: child.pid!,
    layers,
    ended,
    free: () => {
      if (gone) return 0;
      const running = slots.filter((slot) => slot.running);
      const fast = running.filter((slot) => !slot.running!.slow).length;
      return Math.max(0, Math.min(options.slots - fast, slots.length - running.length));
    },
    visit: (visit, limits) =>
      new Promise((resolve, reject) => {
        const index = slots.findIndex((slot) => !slot.running);
        const slot = slots[index];
        if (gone || !slot) return reject(new WorkerDied("the sandbox's worker has no free slot"));
        if (limits.memoryMb > usualMemoryMb) {
          raise((limits.memoryMb - usualMemoryMb) * slots.length);
          usualMemoryMb = limits.memoryMb;
        }
        // The worker enforces the limits; a worker that does not answer at all is replaced.
        const guard = setTimeout(
          () => child.kill("SIGKILL"),
          (wallStretch * limits.wallSeconds + graceSeconds) * 1000,
        );
        const talk = "talk" in visit ? visit.talk : undefined;
        slot.running = { limits, resolve, reject, guard, flooded: false, slow: false, talk };
        slot.chunks = [];
        slot.received = 0;
        const mark = randomBytes(markBytes);
        const frame = visitFrame(visit, mark);
        options.onFrame?.(frame);
        const { cpuSeconds, wallSeconds, memoryMb, outputBytes, fileBytes } = limits;
        const words = [
          "run",
          index,
          cpuSeconds,
          wallSeconds,
          Math.ceil(memoryMb),
          Math.ceil(outputBytes),
          Math.ceil(fileBytes),
          visit.style,
          mark.toString("hex"),
        ];
        slot.channel.write(frame);
        control.write(`${words.join(" ")}\n`);
        const current = slot.running;
        const speak = (write: () => void) => void (slot.running === current && !current.done && write());
        talk?.open({
          send: (frame) =>
            speak(() => {
              options.onFrame?.(frame);
              slot.channel.write(frame);
            }),
          end: () => speak(() => control.write(`kill ${index}\n`)),
        });
      }),
    close: async () => {
      // The end of the control channel ends the worker, and its outermost process cleans up after it.
      control.end();
      const late = setTimeout(() => child.kill("SIGKILL"), closeSeconds * 1000);
      await ended;
      clearTimeout(late);
    },
  };
}

const oneThread = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

function spawnWorker(options: WorkerOptions): ChildProcess {
  const pipes = Array.from({ length: lanes * options.slots + 1 }, () => "pipe" as const);
  // A fixed hash seed: the order of a set of strings, and so a verdict, must not depend on which worker ran it.
  const flags = options.flags ?? ["-s", "-S", "-B", "-X", "utf8", "-W", "ignore"];
  const arguments_ = [...flags, fileURLToPath(new URL(options.script ?? "worker.py", folder))];
  const more = JSON.stringify({ memoryMb: options.memoryMb ?? defaultMemoryMb, numpy: options.numpy });
  return spawn(
    options.python,
    [...arguments_, String(process.pid), String(lanes * options.slots), options.isolation, more],
    {
      stdio: ["ignore", "ignore", "pipe", ...pipes],
      // A thread pool in the warm process would not survive its forks; what is linked at the start, no fork has to link.
      env: {
        PYTHONHASHSEED: "0",
        MALLOC_ARENA_MAX: "1",
        LD_BIND_NOW: "1",
        ...(options.numpy && oneThread),
        ...options.env,
      },
      cwd: "/",
    },
  );
}

function fail(slot: Slot, error: Error): void {
  const running = slot.running;
  if (!running) return;
  delete slot.running;
  clearTimeout(running.guard);
  running.reject(error);
}

/** Ends a visit once the seal has arrived: the worker made it after the process was gone, so nothing can follow. */
function settle(slot: Slot): void {
  const running = slot.running;
  const done = running?.done;
  if (!running || !done) return;
  const data = slot.chunks.length === 1 ? slot.chunks[0]! : Buffer.concat(slot.chunks);
  slot.chunks = [data];
  if (!data.subarray(-sealBytes).equals(done.seal)) return;
  delete slot.running;
  clearTimeout(running.guard);
  const end = data.length - sealBytes;
  const start = Math.max(0, end - done.stdoutBytes);
  const result: VisitResult = {
    text: running.flooded ? "" : data.toString("utf8", 0, start),
    stdout: running.flooded ? Buffer.alloc(0) : data.subarray(start, end),
    exit: done.exit,
    cpuSeconds: done.cpuSeconds,
  };
  if (running.flooded) result.killed = "flood";
  else if (done.killed === "cpu" || done.killed === "wall" || done.killed === "disk")
    result.killed = done.killed;
  running.resolve(result);
}
