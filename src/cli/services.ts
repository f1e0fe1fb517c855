// What a command needs to do real work: the engine's environment, the executor, the sandbox and the progress
// display. Closed in every case, also when the command fails or is interrupted.
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Config } from "../experiment/config.ts";
import { type Progress, silent } from "../experiment/progress.ts";
import type { RunServices } from "../experiment/run.ts";
import { engineProgram, ensureEnvironment, localExecutor } from "../jobs/index.ts";
import { createSandbox } from "../sandbox/index.ts";
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
  const { workers, ...limits } = config.sandbox;
  const sandbox = await createSandbox({ workers, limits });
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

function progressDisplay(quiet: boolean): { progress: Progress; stop(): void } {
  if (quiet) return { progress: silent, stop() {} };
  if (process.stderr.isTTY) {
    const progress = terminalProgress();
    return { progress, stop: () => progress.stop() };
  }
  return { progress: plainProgress((line) => process.stderr.write(`${line}\n`)), stop() {} };
}
