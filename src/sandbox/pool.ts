// Local warm workers behind the Sandbox interface: bounded concurrency, a new worker for one that died, every program
// retried once where the failure was ours, results remembered by content.
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { InputError, WorkError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { defaultLimits, type Limits, testCount } from "../core/problem.ts";
import { type ParsedAssert, parseAssert } from "./assert.ts";
import { LruCache } from "./cache.ts";
import { findInterpreter } from "./interpreter.ts";
import { judge, prepareGroup } from "./judge.ts";
import type { Sandbox, SandboxJob } from "./sandbox.ts";
import type { Visit } from "./wire.ts";
import {
  type Isolation,
  startWorker,
  type VisitLimits,
  type VisitResult,
  type Worker,
  WorkerDied,
} from "./worker.ts";

export interface SandboxOptions {
  /** Warm workers, each one process tree; default: one per core, at most 4. */
  workers?: number;
  /** Programs in flight per worker, so that one that sleeps or loops does not hold up the rest; default 4. */
  slots?: number;
  /** Interpreter of the programs; default: the system's python3. */
  python?: string;
  /** "jail" (default) refuses to start where a layer of the jail can't be made. */
  isolation?: Isolation;
  /** Limits of jobs that name none of their own, over those of core/problem.ts. */
  limits?: Partial<Limits>;
  /** Results remembered by program, tests and limits; default 10,000; 0 remembers nothing. */
  cacheSize?: number;
  /** Sees every frame that is sent into the jail. For audits and tests. */
  onFrame?: (frame: Buffer) => void;
}

const retries = 1;
const startAttempts = 3;

/** Starts the workers. Throws WorkError, with the fix in its message, where the jail can't be made. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const count = natural("workers", options.workers ?? Math.min(4, availableParallelism()), 1, 256);
  const slots = natural("slots", options.slots ?? 4, 1, 16);
  const capacity = natural("cacheSize", options.cacheSize ?? 10_000, 0, Number.MAX_SAFE_INTEGER);
  const { path: python } = await findInterpreter(options.python);
  const isolation = options.isolation ?? "jail";
  const start = () =>
    startWorker({ python, slots, isolation, ...(options.onFrame && { onFrame: options.onFrame }) });
  const pool = await startPool(count, start);
  const results = new LruCache<Promise<Outcome[]>>(capacity);
  const parsed = new LruCache<ParsedAssert>(20_000);

  const parse = (text: string): ParsedAssert => {
    const known = parsed.get(text);
    if (known) return known;
    const test = parseAssert(text);
    parsed.set(text, test);
    return test;
  };

  const judgeNow = async (job: SandboxJob, limits: Limits): Promise<Outcome[]> => {
    const groups = job.groups.map((tests) => prepareGroup(tests, parse));
    try {
      return await judge(job.program, groups, limits, pool.run);
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      const failure = { test: -1, error: error.message };
      return job.groups.map((tests) => ({ verdict: "fault", passed: 0, total: testCount(tests), failure }));
    }
  };

  return {
    judge: (job) => {
      const limits = checkedLimits({ ...defaultLimits, ...options.limits, ...job.limits });
      const key = contentKey([job.program, job.groups, limits]);
      const known = results.get(key);
      if (known) return known;
      const answer = judgeNow(job, limits);
      results.set(key, answer);
      const forget = () => results.delete(key);
      // A fault is ours and wall time is the machine's: neither belongs to the program.
      answer.then((outcomes) => outcomes.some(dependsOnMachine) && forget(), forget);
      return answer;
    },
    close: pool.close,
  };
}

function dependsOnMachine(outcome: Outcome): boolean {
  return outcome.verdict === "fault" || outcome.verdict === "wall-time";
}

function contentKey(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64");
}

function natural(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InputError(
      `sandbox option "${name}"`,
      `an integer from ${least} to ${most} was expected, seen ${value}`,
    );
  }
  return value;
}

function checkedLimits(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value)) {
      throw new InputError(`limit "${name}"`, `a positive number was expected, seen ${value}`);
    }
  }
  return limits;
}

interface Pool {
  run: (visit: Visit, limits: VisitLimits) => Promise<VisitResult>;
  close: () => Promise<void>;
}

/** Keeps `count` workers alive and hands each program to the one with the most room; the others wait in order. */
async function startPool(count: number, start: () => Promise<Worker>): Promise<Pool> {
  const workers = new Set<Worker>();
  const waiting: { take: (worker: Worker) => void; refuse: (error: Error) => void }[] = [];
  let closed = false;
  let broken: Error | undefined;

  const dispatch = () => {
    while (waiting.length > 0) {
      let best: Worker | undefined;
      for (const worker of workers) if (worker.free() > (best?.free() ?? 0)) best = worker;
      if (!best) break;
      waiting.shift()!.take(best);
    }
  };

  const refuseAll = (error: Error) => {
    for (const { refuse } of waiting.splice(0)) refuse(error);
  };

  const keep = (worker: Worker) => {
    workers.add(worker);
    void worker.ended.then(() => {
      workers.delete(worker);
      if (!closed) void replace();
    });
    dispatch();
  };

  const replace = async () => {
    for (let attempt = 1; !closed; attempt++) {
      try {
        const worker = await start();
        if (closed) return void worker.close();
        return keep(worker);
      } catch (error) {
        if (attempt < startAttempts) continue;
        if (workers.size > 0) return;
        broken = new WorkerDied(`no worker can be started any more: ${(error as Error).message}`);
        return refuseAll(broken);
      }
    }
  };

  const started = await Promise.allSettled(Array.from({ length: count }, start));
  for (const result of started) if (result.status === "fulfilled") keep(result.value);
  const refusal = started.find((result) => result.status === "rejected");
  const close = async () => {
    closed = true;
    refuseAll(new WorkerDied("the sandbox was closed"));
    await Promise.all([...workers].map((worker) => worker.close()));
  };
  if (refusal) {
    await close();
    throw refusal.reason;
  }

  const visitOnce = (visit: Visit, limits: VisitLimits) =>
    new Promise<VisitResult>((resolve, reject) => {
      if (closed) return reject(new WorkError("the sandbox is closed"));
      if (broken) return reject(broken);
      // The slot is taken in the same turn, so that dispatch never counts it twice.
      const take = (worker: Worker) => worker.visit(visit, limits).then(resolve, reject).finally(dispatch);
      waiting.push({ take, refuse: reject });
      dispatch();
    });

  const run: Pool["run"] = async (visit, limits) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await visitOnce(visit, limits);
      } catch (error) {
        if (!(error instanceof WorkerDied) || attempt >= retries || closed) throw error;
      }
    }
  };

  return { run, close };
}
