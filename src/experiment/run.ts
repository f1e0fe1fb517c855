// A run: one configuration in one directory. The directory can be deleted, moved or continued by the same
// command; `phases/` holds what was computed, the rest shows it by recipe and iteration.
import { lstat, mkdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { stringify } from "yaml";
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import { Slots } from "../core/slots.ts";
import type { Metrics } from "../evaluation/results.ts";
import type { Executor } from "../jobs/executor.ts";
import { renderReport, renderTable } from "../report/index.ts";
import { checkTests, type Sandbox } from "../sandbox/index.ts";
import { choiceName, openChoice } from "./benchmark-choice.ts";
import type { Config } from "./config.ts";
import { expertIteration, type System } from "./expert-iteration.ts";
import { writeAtomically } from "./files.ts";
import { computeMetrics } from "./metrics.ts";
import { modelFolderOf } from "./model-defaults.ts";
import { openModel } from "./model-folder.ts";
import { PhaseStore } from "./phase-store.ts";
import type { Progress } from "./progress.ts";
import { reportInput } from "./report-input.ts";
import { digestsOf, type Model, type RunContext, type Splits } from "./run-context.ts";

export interface RunServices {
  executor: Executor;
  sandbox: Sandbox;
  progress: Progress;
  /** Models served or trained at once. */
  slots: number;
  /** Versions, hardware, commit; goes to `environment.json`. `code` and `recipes` also enter the names of phases. */
  environment: Record<string, unknown> & { code: string; recipes: string };
}

/** The problems that a configuration asks for. Throws InputError where one can't be judged. */
export async function splitsOf(config: Config): Promise<Splits> {
  const benchmark = await openChoice(config.benchmark);
  const split = (name: Problem["split"]) => {
    const problems = benchmark.problems(name).slice(0, config.limit[name]);
    if (problems.length === 0) throw new InputError(benchmark.name, `has no problem of the split "${name}"`);
    return problems;
  };
  const splits = { train: split("train"), validation: split("validation"), test: split("test") };
  for (const problem of Object.values(splits).flat()) checkProblem(problem, benchmark.place?.(problem.id));
  return splits;
}

/** Throws InputError naming the problem, and the place and field where it has one, whose tests can't be judged. */
export function checkProblem(problem: Problem, place?: string): void {
  const { publicTests, privateTests, strongTests } = problem;
  for (const [group, tests] of Object.entries({
    public: publicTests,
    private: privateTests,
    strong: strongTests,
  })) {
    if (tests)
      checkTests("python", tests, place === undefined ? problem.id : `${place}: field "tests.${group}"`);
  }
}

/** The base model that a configuration names. Throws InputError where the folder can't be one. */
export function baseModel(config: Config): Promise<Model> {
  return openModel(modelFolderOf(config));
}

export async function openRun(
  config: Config,
  folder: string,
  services: RunServices,
  finishedOnly = false,
): Promise<RunContext> {
  const problems = await splitsOf(config);
  const base = await baseModel(config);
  await mkdir(join(folder, "phases"), { recursive: true });
  const slots = new Slots(services.slots);
  return {
    config,
    // Not its path, which is this machine's: results of one run are the same everywhere.
    benchmark: choiceName(config.benchmark),
    problems,
    digests: digestsOf(problems),
    recipesCode: services.environment.recipes,
    base,
    store: new PhaseStore(join(folder, "phases"), services.environment.code, slots, finishedOnly),
    executor: services.executor,
    sandbox: services.sandbox,
    slots: slots.total,
    progress: services.progress,
  };
}

/** Runs or continues; at the end `metrics.json`, `table.txt` and `report.html` stand in the folder. */
export async function train(config: Config, folder: string, services: RunServices): Promise<Metrics> {
  return (await trainSystems(config, folder, services)).metrics;
}

/** The same for those who go on to work with the systems. */
export async function trainSystems(
  config: Config,
  folder: string,
  services: RunServices,
): Promise<{ run: RunContext; systems: System[]; metrics: Metrics }> {
  const run = await openRun(config, folder, services);
  await writeAtomically(join(folder, "config.yaml"), stringify(config));
  await writeAtomically(
    join(folder, "environment.json"),
    `${JSON.stringify(services.environment, null, 2)}\n`,
  );
  const systems = await expertIteration(run, (system) => showSystem(folder, system));
  return { run, systems, metrics: await publish(run, folder, systems, services.environment) };
}

/** Writes what a finished run shows: metrics, table and report. */
export async function publish(
  run: RunContext,
  folder: string,
  systems: readonly System[],
  environment: Record<string, unknown>,
): Promise<Metrics> {
  const metrics = await computeMetrics(run, systems);
  const report = renderReport(await reportInput(run, systems, metrics, environment));
  await writeAtomically(join(folder, "report.html"), report);
  await writeAtomically(join(folder, "table.txt"), `${renderTable(metrics)}\n`);
  await writeAtomically(join(folder, "metrics.json"), `${JSON.stringify(metrics, null, 2)}\n`);
  return metrics;
}

/** Shows the phases of a system as `RECIPE/iteration-K/…`. */
async function showSystem(folder: string, system: System): Promise<void> {
  const { recipe, iteration, rollouts, verifier, evaluation, made } = system;
  const place = join(folder, recipe, `iteration-${iteration}`);
  await mkdir(place, { recursive: true });
  const show = (name: string, target: string) => link(join(place, name), target);
  await show("evaluation.jsonl", join(evaluation.folder, "evaluation.jsonl"));
  await show("validation.jsonl", join(evaluation.folder, "validation.jsonl"));
  await show("rollouts.jsonl", join(rollouts.folder, "rollouts.jsonl"));
  await show("verifier", join(verifier.folder, "model"));
  if (!made) return;
  await show("scores.jsonl", join(made.scores.folder, "scores.jsonl"));
  await show("sft.jsonl", join(made.relabel.folder, "sft.jsonl"));
  await show("targets.jsonl", join(made.targets.folder, "targets.jsonl"));
  await show("generator", join(made.finetune.folder, "model"));
}

/** A relative symbolic link, made anew when it points elsewhere. */
async function link(path: string, target: string): Promise<void> {
  const wanted = relative(dirname(path), target);
  const there = await lstat(path).catch(() => null);
  if (there?.isSymbolicLink() && (await readlink(path)) === wanted) return;
  if (there) await rm(path, { recursive: true });
  await symlink(wanted, path);
}
