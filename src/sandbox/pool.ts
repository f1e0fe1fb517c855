// Warm workers of one kind: bounded concurrency, a new worker for one that died, and every program retried once where the
// failure was ours.
import { setTimeout as sleep } from "node:timers/promises";
import { WorkError } from "../core/errors.ts";
import type { Visit } from "./wire.ts";
import {
  type Layers,
  type Run,
  type VisitLimits,
  type VisitResult,
  type Worker,
  WorkerDied,
} from "./worker.ts";

const retries = 1;
const startAttempts = 3;
const startPauseMs = 200;

export interface Pool {
  layers: Layers;
  run: Run;
  close: () => Promise<void>;
}

/** Keeps `count` workers alive and hands each program to the one with the most room; the others wait in order. */
export async function startPool(
  count: number,
  start: (onRoom: () => void) => Promise<Worker>,
  onWorkers: (living: number) => void = () => {},
): Promise<Pool> {
  const workers = new Set<Worker>();
  const waiting: { take: (worker: Worker) => void; refuse: (error: Error) => void }[] = [];
  let closed = false;

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
    onWorkers(workers.size);
    void worker.ended.then(() => {
      workers.delete(worker);
      onWorkers(workers.size);
      if (!closed) void replace();
    });
    dispatch();
  };

  /** Tries until it has a worker: what keeps one from starting (no descriptor, no memory) may pass. */
  const replace = async () => {
    for (let attempt = 1; !closed; attempt++) {
      try {
        const worker = await start(dispatch);
        if (closed) return void worker.close();
        return keep(worker);
      } catch (error) {
        if (attempt < startAttempts) continue;
        if (workers.size === 0)
          refuseAll(new WorkerDied(`no worker can be started: ${(error as Error).message}`));
        await sleep(startPauseMs);
      }
    }
  };

  const started = await Promise.allSettled(Array.from({ length: count }, () => start(dispatch)));
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
        if (!(error instanceof WorkerDied) || attempt >= retries || closed || "talk" in visit) throw error;
      }
    }
  };

  const [{ layers }] = [...workers] as [Worker];
  return { layers, run, close };
}
