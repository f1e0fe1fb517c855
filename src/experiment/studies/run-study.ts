// Running a study: what is missing of its systems and measurements is made, everything else is reused. All studies of
// a folder share one store of phases, so that what two studies, two settings or two recipes have in common is made once.
import { lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { openBenchmark } from "../../benchmarks/catalog.ts";
import { InputError } from "../../core/errors.ts";
import type { Problem } from "../../core/problem.ts";
import type { ProblemEvaluation, SystemResult, WidthsEvaluation } from "../../evaluation/results.ts";
import type { ShownCost, ShownStudy } from "../../report/index.ts";
import { isFile, sourcesOf } from "../benchmark-choice.ts";
import { type Config, configSchema } from "../config.ts";
import { phasesOf, type System } from "../expert-iteration.ts";
import { canonicalJson } from "../files.ts";
import { readAll, selectIterations } from "../metrics.ts";
import type { Phase } from "../phase-store.ts";
import { measurementPhase } from "../phases/measurement.ts";
import type { Progress } from "../progress.ts";
import { type RunServices, trainSystems } from "../run.ts";
import { modelOf, type RunContext } from "../run-context.ts";
import { lockRun } from "../run-lock.ts";
import type { MeasuredSystem } from "./measured-system.ts";
import { poolSeeds, shownContrast, shownFigure, shownTable } from "./pool.ts";
import type { Measurement, Settings, Study, StudySystem } from "./study.ts";

/** Where a study's runs lie, and the phases that it shares with others. */
export interface StudyFolders {
  study: string;
  phases: string;
}

/** The systems of a study that one run makes: those with equal settings. */
export interface Variant {
  /** Folder name; empty where nothing is set. */
  name: string;
  config: Config;
  systems: StudySystem[];
}

export interface StudyRun {
  study: Study;
  config: Config;
  seeds: readonly number[];
  folders: StudyFolders;
  /** For the page: what makes or continues it. */
  command: string;
}

/** @throws InputError where the configuration lacks what the study needs */
export function checkStudy(study: Study, config: Config): void {
  const lack = study.lacks?.(config);
  if (lack) throw new InputError(`study ${study.name}`, lack);
  const testless = Object.values(study.measurements ?? {}).some((one) => one.testless);
  if (testless && isFile(sourcesOf(config.benchmark).test))
    throw new InputError(
      `study ${study.name}`,
      "needs testless prompts: it knows those of published benchmarks, not of a problems file",
    );
}

/** The runs of a study: its systems by their settings, each run with the recipes and iterations that they need. */
export function variantsOf(study: Study, config: Config): Variant[] {
  const groups = new Map<string, { settings: Settings; systems: StudySystem[] }>();
  for (const system of study.systems) {
    const settings = system.settings ?? {};
    const key = canonicalJson(settings);
    const group = groups.get(key);
    if (group) group.systems.push(system);
    else groups.set(key, { settings, systems: [system] });
  }
  return [...groups.values()].map(({ settings, systems }) => {
    const iterations: Record<string, number> = {};
    for (const { recipe, iterations: wanted = 1 } of systems)
      iterations[recipe] = Math.max(iterations[recipe] ?? 1, wanted);
    const trained = Object.keys(iterations).filter((recipe) => recipe !== "base");
    const rounds = trained.map((recipe) => iterations[recipe]!);
    const same = rounds.every((one) => one === rounds[0]);
    const merged = {
      ...merge(config, settings),
      recipes: trained.length > 0 ? trained : ["base"],
      iterations: same ? (rounds[0] ?? 1) : Object.fromEntries(trained.map((one) => [one, iterations[one]])),
    };
    return { name: nameOf(settings), config: configSchema.parse(merged), systems };
  });
}

function merge(config: Settings, settings: Settings): Settings {
  const merged = { ...config };
  for (const [key, value] of Object.entries(settings)) {
    const below = merged[key];
    merged[key] = isMap(value) && isMap(below) ? merge(below, value) : value;
  }
  return merged;
}

const isMap = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `verifier.loss=bce`. */
function nameOf(settings: Settings, path = ""): string {
  return Object.entries(settings)
    .map(([key, value]) =>
      isMap(value) ? nameOf(value, `${path}${key}.`) : `${path}${key}=${String(value)}`,
    )
    .join(",");
}

/** Makes or continues everything that the study needs, and gives its numbers. */
export async function runStudy(asked: StudyRun, services: RunServices): Promise<ShownStudy> {
  const { study, config, seeds, folders, command } = asked;
  checkStudy(study, config);
  const measured: MeasuredSystem[] = [];
  const phases = new Map<string, Phase>();
  let setting: RunContext | undefined;
  for (const seed of seeds) {
    for (const variant of variantsOf(study, config)) {
      const folder = runFolder(folders, variant, seed);
      shareStore(folder, folders.phases);
      const unlock = lockRun(folder);
      try {
        const label = variant.name === "" ? `seed ${seed}` : `seed ${seed}, ${variant.name}`;
        const seeded = { ...services, progress: prefixed(services.progress, label) };
        const { run, systems, metrics } = await trainSystems({ ...variant.config, seed }, folder, seeded);
        setting ??= run;
        const results = metrics.results.systems;
        for (const system of variant.systems) {
          const one = await measureSystem(asked, run, system, { systems, results });
          measured.push(one.system);
          // By their names: every run sees the store by a path of its own.
          for (const phase of one.phases) phases.set(basename(phase.folder), phase);
        }
      } finally {
        unlock();
      }
    }
  }
  const { turns, candidates } = config.evaluation;
  const { tables, contrasts, figure } = study.content({ turns, candidates });
  const pooled = poolSeeds(inOrder(measured, study));
  const { benchmark, problems } = setting!;
  return {
    name: study.name,
    question: study.question,
    command,
    configuration: config.name,
    benchmark,
    seeds: [...seeds],
    problems: {
      train: problems.train.length,
      validation: problems.validation.length,
      test: problems.test.length,
    },
    tables: await Promise.all(tables.map((table) => shownTable(pooled, table))),
    contrasts: await Promise.all(contrasts.map((contrast) => shownContrast(pooled, contrast))),
    figure: await shownFigure(pooled, figure),
    costs: costsByKind([...phases.values()]),
    notes: [...(study.notes ?? [])],
  };
}

export const runFolder = ({ study }: StudyFolders, variant: Variant, seed: number) =>
  join(study, variant.name, `seed-${seed}`);

const prefixed = (progress: Progress, label: string): Progress => ({
  phase: (name, ...rest) => progress.phase(`${label}: ${name}`, ...rest),
});

const inOrder = (measured: readonly MeasuredSystem[], study: Study) =>
  study.systems.flatMap(({ name }) => measured.filter((one) => one.name === name));

/**
 * Makes a run's folder with its phases in the common store. A folder that has phases of its own keeps them: it was made
 * before there was a store.
 */
function shareStore(folder: string, phases: string): void {
  mkdirSync(folder, { recursive: true });
  mkdirSync(phases, { recursive: true });
  const own = join(folder, "phases");
  if (lstatSync(own, { throwIfNoEntry: false })) return;
  symlinkSync(relative(dirname(own), phases), own);
}

/** The system that validation selects of its iterations, or the one that was asked for, with the study's measurements. */
async function measureSystem(
  { study }: StudyRun,
  run: RunContext,
  asked: StudySystem,
  { systems, results }: { systems: readonly System[]; results: readonly SystemResult[] },
): Promise<{ system: MeasuredSystem; phases: Phase[] }> {
  const { name, recipe, iterations = 1, iteration } = asked;
  const within = (one: { recipe: string; iteration: number }) =>
    one.recipe === recipe && one.iteration <= iterations;
  const result = selectIterations(results.filter(within)).find((one) =>
    iteration === undefined ? one.selected : one.iteration === iteration,
  )!;
  const system = systems.find((one) => one.recipe === recipe && one.iteration === result.iteration)!;
  const base = systems.find((one) => one.recipe === "base")!;
  const measured: Record<string, WidthsEvaluation[]> = {};
  const wanted = Object.entries(study.measurements ?? {}).filter(
    ([, measurement]) => measurement.systems?.includes(name) ?? true,
  );
  const measurements = await Promise.all(
    wanted.map(([label, measurement]) =>
      measure(run, `${name}: measure ${label}`, measurement, system, base),
    ),
  );
  for (const [index, phase] of measurements.entries())
    measured[wanted[index]![0]] = await readAll<WidthsEvaluation>(join(phase.folder, "measurement.jsonl"));
  const evaluations = await readAll<ProblemEvaluation>(join(system.evaluation.folder, "evaluation.jsonl"));
  const history = systems.filter((one) => one.recipe === recipe && one.iteration <= system.iteration);
  const { config, problems } = run;
  const { seed } = config;
  // The iterations that weren't selected were made too, to be chosen among.
  const made = phasesOf([base, ...systems.filter(within)]).map(({ phase }) => phase);
  return {
    system: { name, seed, run: { config, problems }, system, base, history, result, evaluations, measured },
    phases: [...made, ...measurements],
  };
}

async function measure(
  run: RunContext,
  name: string,
  measurement: Measurement,
  system: System,
  base: System,
): Promise<Phase> {
  const { evaluation } = run.config;
  const { turns = evaluation.turns, widths = [evaluation.candidates], selectors } = measurement;
  const generator = system.made ? modelOf(system.made.finetune) : run.base;
  const verifier = measurement.verifier === "base" ? base.verifier : system.verifier;
  const problems = measurement.testless ? await testlessProblems(run) : run.problems.test;
  return measurementPhase(run, name, generator, verifier, { problems, turns, widths, selectors });
}

/** The test problems without tests in their prompts. */
async function testlessProblems({ config, problems }: RunContext): Promise<Problem[]> {
  const benchmark = await openBenchmark(sourcesOf(config.benchmark).test, { testless: true });
  const testless = new Map(benchmark.problems("test").map((problem) => [problem.id, problem]));
  return problems.test.map(({ id }) => testless.get(id)!);
}

function costsByKind(phases: readonly Phase[]): ShownCost[] {
  const kinds = new Map<string, ShownCost>();
  for (const { kind, record } of phases) {
    const cost = kinds.get(kind) ?? {
      kind,
      phases: 0,
      seconds: 0,
      tokens: { prompt: 0, completion: 0, training: 0 },
    };
    cost.phases++;
    cost.seconds += record.seconds;
    for (const which of ["prompt", "completion", "training"] as const)
      cost.tokens[which] += record.tokens[which];
    kinds.set(kind, cost);
  }
  return [...kinds.values()];
}
