// The bounded queue between the network and the sandbox. A job is taken or refused at once; one that was taken is judged,
// or dropped while it still waits (its caller left, the service closes), and never forgotten.
import { InputError } from "../../core/errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Sandbox, SandboxJob } from "../sandbox.ts";
import type { Metrics } from "./metrics.ts";

/** The service closes: the job was not judged, and another server may do it. */
export class Closing extends Error {}
/** The caller left before the job began. */
export class CallerGone extends Error {}

/** A job that was taken. */
export interface Place {
  /** Rejects with Closing, CallerGone, or as the sandbox does. Need not be awaited. */
  readonly outcomes: Promise<Outcome[]>;
  /** Gives the job up if it still waits; one that runs goes on. */
  drop(): void;
}

export interface JobQueue {
  readonly waiting: number;
  readonly inFlight: number;
  /** Whether `take` would refuse. */
  full(): boolean;
  /** Undefined where the queue is full. */
  take(job: SandboxJob): Place | undefined;
  /** Waits, first come first served, until less than half of the queue is taken; single jobs have the other half. */
  takeInTurn(job: SandboxJob, signal: AbortSignal): Promise<Place>;
  /** Seconds until there will likely be room. */
  pauseSeconds(): number;
  /** Gives up all that waits and takes no more. Resolves when nothing is in flight any more. */
  close(): Promise<void>;
  /** Gives up on what is in flight too. */
  abandon(): void;
}

interface Entry {
  job: SandboxJob;
  resolve: (outcomes: Outcome[]) => void;
  reject: (error: Error) => void;
}

interface Turn {
  admit: () => void;
  refuse: (error: Error) => void;
}

export interface QueueOptions {
  judge: Sandbox["judge"];
  /** Jobs given to the sandbox at once, at least 1. */
  atOnce: number;
  /** Jobs that may wait beyond those, at least 1. */
  capacity: number;
  metrics: Metrics;
}

export function createJobQueue({ judge, atOnce, capacity, metrics }: QueueOptions): JobQueue {
  const waiting = new Set<Entry>();
  const running = new Set<Entry>();
  const turns = new Set<Turn>();
  const share = Math.max(1, Math.floor(capacity / 2));
  let closing = false;
  let meanSeconds = 0.05;
  let onIdle = () => {};

  const run = async (entry: Entry) => {
    waiting.delete(entry);
    running.add(entry);
    const began = performance.now();
    let verdict = "error";
    try {
      const outcomes = await judge(entry.job);
      verdict = outcomes.find((outcome) => outcome.verdict !== "passed")?.verdict ?? "passed";
      entry.resolve(outcomes);
    } catch (error) {
      if (error instanceof InputError) verdict = "malformed";
      entry.reject(error as Error);
    }
    const seconds = (performance.now() - began) / 1000;
    meanSeconds += (seconds - meanSeconds) / 16;
    metrics.finished(verdict, seconds);
    running.delete(entry);
    advance();
    if (running.size === 0) onIdle();
  };

  const advance = () => {
    for (const entry of waiting) {
      if (running.size >= atOnce) break;
      void run(entry);
    }
    for (const turn of turns) {
      if (waiting.size >= share) break;
      turns.delete(turn);
      turn.admit();
    }
  };

  const full = () => running.size >= atOnce && waiting.size >= capacity;

  const take = (job: SandboxJob): Place | undefined => {
    if (closing) throw new Closing();
    if (full()) return undefined;
    metrics.accepted();
    let entry!: Entry;
    const outcomes = new Promise<Outcome[]>((resolve, reject) => {
      entry = { job, resolve, reject };
    });
    outcomes.catch(() => {});
    waiting.add(entry);
    advance();
    return { outcomes, drop: () => giveUp(entry, new CallerGone()) };
  };

  const giveUp = (entry: Entry, reason: Error) => {
    if (!waiting.delete(entry)) return;
    metrics.dropped();
    entry.reject(reason);
    advance();
  };

  const takeInTurn = (job: SandboxJob, signal: AbortSignal) =>
    new Promise<Place>((resolve, reject) => {
      if (closing) return reject(new Closing());
      if (signal.aborted) return reject(new CallerGone());
      const leave = () => {
        turns.delete(turn);
        reject(new CallerGone());
      };
      const turn: Turn = {
        admit: () => {
          signal.removeEventListener("abort", leave);
          resolve(take(job)!);
        },
        refuse: reject,
      };
      signal.addEventListener("abort", leave, { once: true });
      turns.add(turn);
      advance();
    });

  return {
    get waiting() {
      return waiting.size;
    },
    get inFlight() {
      return running.size;
    },
    full,
    take,
    takeInTurn,
    pauseSeconds: () => Math.min(60, Math.max(1, Math.ceil((waiting.size * meanSeconds) / atOnce / 2))),
    close: () => {
      closing = true;
      for (const { refuse } of turns) refuse(new Closing());
      turns.clear();
      for (const entry of waiting) giveUp(entry, new Closing());
      return running.size === 0 ? Promise.resolve() : new Promise((resolve) => (onIdle = resolve));
    },
    abandon: () => {
      for (const { reject } of running) reject(new Closing());
    },
  };
}
