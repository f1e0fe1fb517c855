// One warm worker: a jailed Python process that forks a throw-away process per program. This file speaks to it over
// a control channel and one channel per slot, and knows nothing of tests. python/worker.py is the other end.
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { WorkError } from "../core/errors.ts";
import { type Visit, visitFrame } from "./wire.ts";

/** "jail": every layer or none at all. "none-unsafe": no isolation, only resource limits. */
export type Isolation = "jail" | "none-unsafe";

export interface VisitLimits {
  cpuSeconds: number;
  wallSeconds: number;
  memoryMb: number;
  outputBytes: number;
  /** More than this on the channel is a flood, and the program is killed. */
  answerBytes: number;
}

/** What one process did. Given only after it, and everything that it started, is gone. */
export interface VisitResult {
  /** What the process wrote on its channel. */
  text: string;
  /** What it wrote to stdout (style "stdio"; empty otherwise). */
  stdout: string;
  /** Exit code, or minus the signal. */
  exit: number;
  /** CPU time in seconds, by the kernel's count. */
  cpuSeconds: number;
  /** The limit that we killed it for. */
  killed?: "cpu" | "wall" | "flood";
}

/** The worker is gone, and with it the programs it was running: not their fault. */
export class WorkerDied extends Error {}

/** A layer of the jail can't be made here. There is no weaker jail to fall back on. */
export class JailRefused extends WorkError {
  readonly step: string;
  /** What the system said. */
  readonly reason: string;
  /** What to do about it, where that is known. */
  readonly fix: string;
  constructor(step: string, reason: string, fix: string) {
    super(`the jail for programs can't be made: step "${step}" failed (${reason})${fix && `; ${fix}`}`);
    this.name = "JailRefused";
    this.step = step;
    this.reason = reason;
    this.fix = fix;
  }
}

export interface Worker {
  readonly pid: number;
  /** How many more programs it can take now. */
  free(): number;
  /** Runs one program. The caller makes sure that a slot is free. */
  visit(visit: Visit, limits: VisitLimits): Promise<VisitResult>;
  close(): Promise<void>;
  /** Resolves when the worker is gone, whatever the reason. */
  readonly ended: Promise<void>;
}

export interface WorkerOptions {
  python: string;
  slots: number;
  isolation: Isolation;
  /** Sees everything that is sent into the jail. For tests. */
  onFrame?: (frame: Buffer) => void;
}

// The same path from src/sandbox and from dist/sandbox: both lie two levels below the package.
const program = fileURLToPath(new URL("../../src/sandbox/python/worker.py", import.meta.url));
const startSeconds = 60;
const graceSeconds = 15;
const sealBytes = 16;

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
    done?: { exit: number; cpuSeconds: number; killed: string; stdoutBytes: number; seal: Buffer };
  };
}

/** Starts a worker and waits until it is ready. Throws WorkError that names the step that failed and the fix. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const child = spawnWorker(options);
  const control = child.stdio[3] as Duplex;
  const slots: Slot[] = Array.from({ length: options.slots }, (_, i) => ({
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

  await ready(child, ended, errors, (listener) => {
    onLine = listener;
  });

  onLine = (line) => {
    const [word, index, exit, cpu, killed, stdoutBytes, seal] = line.split(" ");
    const slot = slots[Number(index)];
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
      slot.chunks.push(chunk);
      slot.received += chunk.length;
      const running = slot.running;
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
    ended,
    free: () => (gone ? 0 : slots.filter((slot) => !slot.running).length),
    visit: (visit, limits) =>
      new Promise((resolve, reject) => {
        const index = slots.findIndex((slot) => !slot.running);
        const slot = slots[index];
        if (gone || !slot) return reject(new WorkerDied("the sandbox's worker has no free slot"));
        // The worker enforces the limits; a worker that does not answer at all is replaced.
        const guard = setTimeout(() => child.kill("SIGKILL"), (limits.wallSeconds + graceSeconds) * 1000);
        slot.running = { limits, resolve, reject, guard, flooded: false };
        slot.chunks = [];
        slot.received = 0;
        const frame = visitFrame(visit);
        options.onFrame?.(frame);
        const { cpuSeconds, wallSeconds, memoryMb, outputBytes } = limits;
        const words = [
          "run",
          index,
          cpuSeconds,
          wallSeconds,
          Math.ceil(memoryMb),
          Math.ceil(outputBytes),
          visit.style,
        ];
        slot.channel.write(frame);
        control.write(`${words.join(" ")}\n`);
      }),
    close: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

function spawnWorker(options: WorkerOptions): ChildProcess {
  const pipes = Array.from({ length: options.slots + 1 }, () => "pipe" as const);
  // A fixed hash seed: the order of a set of strings, and so a verdict, must not depend on which worker ran it.
  const arguments_ = ["-s", "-S", "-B", "-X", "utf8", "-W", "ignore", program];
  return spawn(
    options.python,
    [...arguments_, String(process.pid), String(options.slots), options.isolation],
    {
      stdio: ["ignore", "ignore", "pipe", ...pipes],
      env: { PYTHONHASHSEED: "0" },
      cwd: "/",
    },
  );
}

function ready(
  child: ChildProcess,
  ended: Promise<void>,
  errors: () => string,
  listen: (listener: (line: string) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: WorkError) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(error);
    };
    const late = new WorkError(`the sandbox did not start within ${startSeconds} s`);
    const timer = setTimeout(() => refuse(late), startSeconds * 1000);
    void ended.then(() =>
      refuse(new WorkError(`the sandbox did not start: ${errors() || "its worker died"}`)),
    );
    listen((line) => {
      const message = JSON.parse(line) as { event: string; step?: string; error?: string; fix?: string };
      if (message.event === "ready") {
        clearTimeout(timer);
        resolve();
      } else {
        refuse(
          new JailRefused(message.step ?? "start", message.error ?? "no reason given", message.fix ?? ""),
        );
      }
    });
  });
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
    stdout: running.flooded ? "" : data.toString("utf8", start, end),
    exit: done.exit,
    cpuSeconds: done.cpuSeconds,
  };
  if (running.flooded) result.killed = "flood";
  else if (done.killed === "cpu" || done.killed === "wall") result.killed = done.killed;
  running.resolve(result);
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
}

/** The last words of a stream. */
function tailOf(stream: Readable): () => string {
  let tail = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    tail = (tail + text).slice(-2000);
  });
  return () => tail.trim().split("\n").at(-1) ?? "";
}
