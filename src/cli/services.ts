// What a command needs to do real work: the engine's environment, the executor, the sandbox and the progress
// display. Closed in every case, also when the command fails or is interrupted.
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Config } from "../experiment/config.ts";
import type { EvaluationServices } from "../experiment/evaluate-benchmark.ts";
import { type Progress, silent } from "../experiment/progress.ts";
import type { RunServices } from "../experiment/run.ts";
import { engineProgram, ensureEnvironment, findEnvironment, localExecutor } from "../jobs/index.ts";
import { createSandbox } from "../sandbox/index.ts";
import type { BenchmarkFlags } from "./benchmark-flags.ts";
import { environmentRecord } from "./environment-record.ts";
import { plainProgress, terminalProgress } from "./progress.ts";

export async function withServices<T>(
  config: Config,
  folder: string,
  quiet: boolean,
  work: (services: RunServices) => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const environment = await ensureEnvironment((line) => quiet || process.stderr.write(`${line}\n`));
  const slots = config.engine.slots ?? (environment.gpu ? 1 : Math.max(1, cpus().length));
  const { workers, isolation, ...limits } = config.sandbox;
  const sandbox = await createSandbox({ workers, isolation, limits, judgePython: environment.python });
  const executor = localExecutor({
    program: engineProgram(environment.python, config.engine.threads),
    log: join(folder, "engine.log"),
    slots,
  });
  const display = progressDisplay(quiet);
  try {
    return await work({
      executor,
      sandbox,
      slots,
      progress: display.progress,
      environment: environmentRecord(environment.python),
    });
  } finally {
    display.stop();
    await executor.close();
    await sandbox.close();
  }
}

/**
 * What it takes to evaluate on a benchmark: the sandbox, and the executor where a model folder is to be served; only then
 * is the engine's environment installed.
 */
export async function withEvaluationServices<T>(
  engine: boolean,
  folder: string,
  flags: Pick<BenchmarkFlags, "isolation" | "workers" | "judgePython" | "concurrency"> & {
    quiet?: true | undefined;
  },
  work: (services: EvaluationServices) => Promise<T>,
): Promise<T> {
  const quiet = flags.quiet === true;
  const say = (line: string) => quiet || process.stderr.write(`${line}\n`);
  const environment = engine ? await ensureEnvironment(say) : await findEnvironment();
  const judgePython = flags.judgePython ?? environment?.python;
  const sandbox = await createSandbox({
    isolation: flags.isolation ?? "strict",
    ...(flags.workers !== undefined && { workers: flags.workers }),
    ...(judgePython !== undefined && { judgePython }),
  });
  const executor =
    engine && environment
      ? localExecutor({
          program: engineProgram(environment.python, 1),
          log: join(folder, "engine.log"),
          slots: 1,
        })
      : null;
  const display = progressDisplay(quiet);
  try {
    const concurrency = flags.concurrency ?? 16;
    return await work({ executor, sandbox, progress: display.progress, concurrency });
  } finally {
    display.stop();
    await executor?.close();
    await sandbox.close();
  }
}

/** Draws on a terminal, tells the ends of phases elsewhere; `stop` takes away what is drawn. */
export function progressDisplay(quiet: boolean): { progress: Progress; stop(): void } {
  if (quiet) return { progress: silent, stop() {} };
  if (process.stderr.isTTY) {
    const progress = terminalProgress();
    return { progress, stop: () => progress.stop() };
  }
  return { progress: plainProgress((line) => process.stderr.write(`${line}\n`)), stop() {} };
}
