// Pools of workers by what is loaded into them: lean Python from the start; numpy, scripts and the judge of tests that
// are code when the first program needs them.
import { availableParallelism } from "node:os";
import { InputError } from "../core/errors.ts";
import { defaultLimits } from "../core/problem.ts";
import { openCodeJudge } from "./code-judge.ts";
import { checkInterpreter, findInterpreter } from "./interpreter.ts";
import { type Isolation, isolationOf, type WorkerIsolation } from "./isolation.ts";
import type { SandboxOptions } from "./local-sandbox.ts";
import { findNumpy, needsNumpy } from "./numpy.ts";
import { type Pool, startPool } from "./pool.ts";
import type { SandboxJob } from "./sandbox.ts";
import { startPortableWorker, startScriptWorker } from "./wasm/wasm-worker.ts";
import { type Layers, type Run, startWorker, WorkerDied } from "./worker.ts";

/** Where a job runs, and what its processes can do. */
export interface Kind {
  pool: Pool;
  /** How many cases of a script one process may be given. */
  casesPerProcess: number;
  /** Whether a process can be asked call by call. */
  talks: boolean;
}

export interface Pools {
  for: (job: SandboxJob) => Promise<Kind>;
  codeJudge: Run;
  layers: Layers & { isolation: Isolation };
  close: () => Promise<void>;
}

/** More cases would let one process write too much before it is ended. */
const casesPerProcess = 32;

export async function openPools(options: SandboxOptions): Promise<Pools> {
  const count = natural("workers", options.workers ?? Math.min(4, availableParallelism()), 1, 256);
  const slots = natural("slots", options.slots ?? 4, 1, 16);
  const isolation = isolationOf(options.isolation ?? "strict");
  const judgePython =
    options.judgePython === undefined
      ? undefined
      : await checkInterpreter(options.judgePython, 'sandbox option "judgePython"');
  const frames = options.onFrame && { onFrame: options.onFrame };
  const scripts = atFirstUse(() => startPool(count, () => startScriptWorker(frames)));
  const python =
    isolation === "portable"
      ? await openPortable(count, options, frames)
      : await openNative(count, slots, isolation, options, frames);
  const codeJudge = openCodeJudge({
    python: judgePython ?? options.python,
    slots: Math.min(16, count * slots),
    startPool,
  });
  return {
    for: async (job) =>
      job.language === "python"
        ? python.for(job)
        : { pool: await scripts.get(), casesPerProcess: 1, talks: false },
    codeJudge: codeJudge.run,
    layers: { isolation, ...python.layers },
    close: async () => {
      await Promise.all([python.close(), codeJudge.close(), closeMade(scripts)]);
    },
  };
}

type PythonPools = Omit<Pools, "codeJudge" | "layers"> & { layers: Layers };
type Frames = { onFrame: (frame: Buffer) => void } | undefined;

async function openPortable(count: number, options: SandboxOptions, frames: Frames): Promise<PythonPools> {
  const pool = await startPool(count, () => startPortableWorker(frames), options.onWorkers);
  const kind = { pool, casesPerProcess: 1, talks: false };
  return { for: async () => kind, layers: pool.layers, close: pool.close };
}

async function openNative(
  count: number,
  slots: number,
  isolation: WorkerIsolation,
  options: SandboxOptions,
  frames: Frames,
): Promise<PythonPools> {
  const { path: python } = await findInterpreter(options.python);
  const memoryMb = options.limits?.memoryMb ?? defaultLimits.memoryMb;
  const start = (onRoom: () => void, more: { numpy?: string } = {}) =>
    startWorker({ python, slots, isolation, memoryMb, onRoom, ...frames, ...more });
  // Looked for when the first program needs it; an option is checked at once.
  const numpy = atFirstUse(() => findNumpy(python, options.numpyPython));
  if (options.numpyPython !== undefined) await numpy.get();
  const lean = await startPool(count, start, options.onWorkers);
  const withNumpy = atFirstUse(async () => {
    const found = await numpy.get();
    if (!found) return undefined;
    return startPool(count, (onRoom) => start(onRoom, { numpy: found.site })).catch((error: Error) => {
      throw new WorkerDied(`no worker with numpy can be started: ${error.message}`);
    });
  });
  return {
    for: async (job) => {
      const special = needsNumpy(job.program, job.packages) ? await withNumpy.get() : undefined;
      return { pool: special ?? lean, casesPerProcess, talks: true };
    },
    layers: lean.layers,
    close: async () => {
      await Promise.all([lean.close(), closeMade(withNumpy)]);
    },
  };
}

async function closeMade(pool: { made: () => Promise<Pool | undefined> | undefined }): Promise<void> {
  await (await pool.made()?.catch(() => undefined))?.close();
}

/** An option that is a natural number in its bounds. Throws InputError. */
export function natural(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InputError(
      `sandbox option "${name}"`,
      `an integer from ${least} to ${most} was expected, seen ${value}`,
    );
  }
  return value;
}

/** Makes the value at the first call; a failure is forgotten, so that the next call tries again. */
export function atFirstUse<T>(make: () => Promise<T>): {
  get: () => Promise<T>;
  made: () => Promise<T> | undefined;
} {
  let value: Promise<T> | undefined;
  return {
    get: () => {
      if (!value) {
        value = make();
        value.catch(() => {
          value = undefined;
        });
      }
      return value;
    },
    made: () => value,
  };
}
