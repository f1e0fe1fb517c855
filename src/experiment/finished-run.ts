// Reading a finished run again, to draw its report anew, to evaluate its systems in another way, or to compare
// runs. Nothing is computed: a phase that is missing is an error that says how to finish the run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError, WorkError } from "../core/errors.ts";
import type { Executor } from "../jobs/executor.ts";
import type { Sandbox } from "../sandbox/index.ts";
import type { Config } from "./config.ts";
import { readSavedConfig } from "./config-file.ts";
import { expertIteration, type System } from "./expert-iteration.ts";
import { silent } from "./progress.ts";
import { openRun, type RunServices } from "./run.ts";
import type { RunContext } from "./run-context.ts";

export interface FinishedRun {
  config: Config;
  run: RunContext;
  systems: System[];
  environment: RunServices["environment"];
}

const idle = () => Promise.reject(new WorkError("a finished run starts no work"));
const noExecutor: Executor = { serve: idle, train: idle, close: async () => {} };
const noSandbox: Sandbox = { judge: idle, close: async () => {} };

/** @throws InputError when the folder is no run, or the run is not finished */
export async function readFinishedRun(folder: string): Promise<FinishedRun> {
  const environment = readEnvironment(folder);
  const config = await readSavedConfig(join(folder, "config.yaml"));
  const services = { executor: noExecutor, sandbox: noSandbox, progress: silent, slots: 1, environment };
  const run = await openRun(config, folder, services, true);
  return { config, run, systems: await expertIteration(run, async () => {}), environment };
}

function readEnvironment(folder: string): RunServices["environment"] {
  const file = join(folder, "environment.json");
  let environment: RunServices["environment"];
  try {
    environment = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOENT"
      ? new InputError(folder, "is not a run directory (it has no environment.json)")
      : new InputError(file, "can't be read as JSON; mucode train writes it anew");
  }
  if (typeof environment?.code !== "string")
    throw new InputError(file, 'has no "code"; mucode train writes it anew');
  return environment;
}
