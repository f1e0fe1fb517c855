// A study: the same configuration under several seeds, pooled. Differences are taken inside each task and seed,
// and tasks are the clusters, so that neither hard tasks nor repeated ones make a difference look surer than it is.
import { join } from "node:path";
import { type ClusteredValue, clusteredMean } from "../evaluation/estimates.ts";
import { type PairedDifference, pairedDifference } from "../evaluation/paired.ts";
import type {
  Estimate,
  Metrics,
  ProblemEvaluation,
  SelectorName,
  SystemResult,
} from "../evaluation/results.ts";
import { selectorNames } from "../evaluation/results.ts";
import type { FinishedRun } from "./finished-run.ts";
import { computeMetrics, readAll } from "./metrics.ts";

/** One way to get an answer from a system: greedily, or by best-of-N with a selector. */
export type Mode = "greedy" | SelectorName;

/** All test outcomes of one recipe over the seeds: the base model, or the iteration that validation selected. */
export interface PooledSystem {
  recipe: string;
  /** Selected iteration by seed. */
  iterations: number[];
  evaluations: ProblemEvaluation[];
  results: SystemResult[];
}

export interface SeedRun {
  metrics: Metrics;
  /** By recipe, the test outcomes of the selected iteration. */
  selected: Map<string, { result: SystemResult; evaluations: ProblemEvaluation[] }>;
}

export async function readSeedRun({ run, systems }: FinishedRun): Promise<SeedRun> {
  const metrics = await computeMetrics(run, systems);
  const selected: SeedRun["selected"] = new Map();
  for (const [index, result] of metrics.results.systems.entries()) {
    if (!result.selected) continue;
    const file = join(systems[index]!.evaluation.folder, "evaluation.jsonl");
    selected.set(result.recipe, { result, evaluations: await readAll<ProblemEvaluation>(file) });
  }
  return { metrics, selected };
}

export function poolSeeds(runs: readonly SeedRun[]): PooledSystem[] {
  const recipes = [...new Set(runs.flatMap(({ selected }) => [...selected.keys()]))];
  return recipes.map((recipe) => {
    const parts = runs.map(({ selected }) => selected.get(recipe)!);
    return {
      recipe,
      iterations: parts.map(({ result }) => result.iteration),
      evaluations: parts.flatMap(({ evaluations }) => evaluations),
      results: parts.map(({ result }) => result),
    };
  });
}

/** 1 where the answer within `turn` turns is right by the strong tests, by task. */
function rightWithin(system: PooledSystem, mode: Mode, turn: number): ClusteredValue[] {
  return system.evaluations.map((evaluation) => {
    const end = mode === "greedy" ? evaluation.greedy : evaluation.bestOfN[mode];
    const right = end.strong && end.stopped !== null && end.stopped <= turn;
    return { cluster: evaluation.problem, value: right ? 1 : 0 };
  });
}

export function accuracyWithin(system: PooledSystem, mode: Mode, turn: number): Estimate {
  return clusteredMean(rightWithin(system, mode, turn))!;
}

/** a − b over the same tasks and seeds. */
export function difference(
  a: { system: PooledSystem; mode: Mode },
  b: { system: PooledSystem; mode: Mode },
  turn: number,
): PairedDifference {
  return pairedDifference(rightWithin(a.system, a.mode, turn), rightWithin(b.system, b.mode, turn))!;
}

export interface Contrast {
  name: string;
  difference: PairedDifference;
  /** The claim that the difference is positive beyond two standard errors is part of the study. */
  claimed: boolean;
}

/** The quick study's questions, all at turn 1. */
export function quickContrasts(systems: readonly PooledSystem[]): Contrast[] {
  const find = (recipe: string) => systems.find((system) => system.recipe === recipe)!;
  const [base, rft, relabelled, mucode] = ["base", "rft", "rft-relabelled", "mucode"].map(find);
  const contrast = (
    name: string,
    a: [PooledSystem, Mode],
    b: [PooledSystem, Mode],
    claimed: boolean,
  ): Contrast => ({
    name,
    difference: difference({ system: a[0], mode: a[1] }, { system: b[0], mode: b[1] }, 1),
    claimed,
  });
  return [
    contrast("μCode − base, greedy", [mucode!, "greedy"], [base!, "greedy"], true),
    contrast("μCode − RFT, greedy", [mucode!, "greedy"], [rft!, "greedy"], true),
    contrast("base: PT+LV − PT", [base!, "public+verifier"], [base!, "public"], true),
    contrast("base: PT+LV − LV", [base!, "public+verifier"], [base!, "verifier"], true),
    contrast("μCode: PT+LV − PT", [mucode!, "public+verifier"], [mucode!, "public"], false),
    contrast("μCode: PT+LV − LV", [mucode!, "public+verifier"], [mucode!, "verifier"], false),
    contrast("μCode − Multi-STaR², greedy", [mucode!, "greedy"], [relabelled!, "greedy"], false),
    contrast(
      "μCode − Multi-STaR², PT+LV",
      [mucode!, "public+verifier"],
      [relabelled!, "public+verifier"],
      false,
    ),
    contrast("μCode − RFT, PT+LV", [mucode!, "public+verifier"], [rft!, "public+verifier"], false),
  ];
}

const percent = (value: number) => (100 * value).toFixed(1);
const withError = ({ mean, se }: { mean: number; se: number }) => `${percent(mean)} ± ${percent(se)}`;
const signed = (value: number) => `${value < 0 ? "−" : "+"}${percent(Math.abs(value))}`;

/** The study as Markdown, every number as it came out. */
export function renderStudy(
  systems: readonly PooledSystem[],
  runs: readonly SeedRun[],
  turns: number,
): string {
  const { benchmark, testProblems, trainProblems } = runs[0]!.metrics.results;
  const seeds = runs.map(({ metrics }) => metrics.seed);
  const turnNumbers = Array.from({ length: turns }, (_, index) => index + 1);
  const candidates = systems[0]!.results[0]!.bestOfN.candidates;
  const lines = [
    `Seeds ${seeds.join(", ")}; ${testProblems} ${benchmark} test tasks, ${trainProblems} training tasks. Percent ± standard error,`,
    "clustered by task over all seeds; right means that public, private and strong tests pass. Of each recipe the",
    "iteration with the best greedy accuracy on the validation tasks.",
    "",
    "## Greedy accuracy within t turns, and best of N",
    "",
    row([
      "system",
      "iteration by seed",
      ...turnNumbers.map((t) => `greedy T${t}`),
      ...turnNumbers.map((t) => `best of ${candidates}, PT+LV, T${t}`),
    ]),
    rule(2 + 2 * turns),
    ...systems.map((system) =>
      row([
        system.recipe,
        system.iterations.join(" "),
        ...turnNumbers.map((t) => withError(accuracyWithin(system, "greedy", t))),
        ...turnNumbers.map((t) => withError(accuracyWithin(system, "public+verifier", t))),
      ]),
    ),
    "",
    `## Selectors, best of ${candidates} at turn 1`,
    "",
    row(["system", ...selectorNames]),
    rule(1 + selectorNames.length),
    ...systems.map((system) =>
      row([system.recipe, ...selectorNames.map((name) => withError(accuracyWithin(system, name, 1)))]),
    ),
    "",
    "## Differences at turn 1, paired by task",
    "",
    row(["difference", "points", "standard error", "z", "p", "beyond two standard errors"]),
    rule(6),
    ...quickContrasts(systems).map(({ name, difference: { mean, se, t, p } }) =>
      row([
        name,
        signed(mean),
        percent(se),
        t === null ? "" : t.toFixed(1),
        p === null ? "" : p < 0.001 ? "< 0.001" : p.toFixed(3),
        mean > 2 * se ? "yes" : "no",
      ]),
    ),
    "",
    "## What was learned from, by seed",
    "",
    row([
      "system",
      "targets right, %",
      "problems solved, %",
      "examples",
      "distinct targets",
      "verifier AUC within prompt",
      "AUC overall",
    ]),
    rule(7),
    ...systems.map(({ recipe, results }) =>
      row([
        recipe,
        each(results, ({ relabel }) => (relabel ? percent(relabel.accuracy.mean) : "–")),
        each(results, ({ relabel }) => (relabel ? percent(relabel.solvable.mean) : "–")),
        each(results, ({ relabel }) => (relabel ? String(relabel.examples) : "–")),
        each(results, ({ relabel }) => (relabel ? String(relabel.targets) : "–")),
        each(results, ({ verifier }) => verifier?.aucWithin?.mean.toFixed(3) ?? "–"),
        each(results, ({ verifier }) => verifier?.aucOverall?.toFixed(3) ?? "–"),
      ]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

const row = (cells: string[]) => `| ${cells.join(" | ")} |`;
const rule = (columns: number) => row(Array.from({ length: columns }, () => "---"));
const each = <T>(items: readonly T[], text: (item: T) => string) => items.map(text).join(" ");
