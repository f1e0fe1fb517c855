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
}

/** The quick study's questions, all at turn 1. */
export function quickContrasts(systems: readonly PooledSystem[]): Contrast[] {
  const find = (recipe: string) => systems.find((system) => system.recipe === recipe)!;
  const [base, rft, relabelled, mucode] = ["base", "rft", "rft-relabelled", "mucode"].map(find);
  const contrast = (name: string, a: [PooledSystem, Mode], b: [PooledSystem, Mode]): Contrast => ({
    name,
    difference: difference({ system: a[0], mode: a[1] }, { system: b[0], mode: b[1] }, 1),
  });
  return [
    contrast("μCode − base, greedy", [mucode!, "greedy"], [base!, "greedy"]),
    contrast("μCode − RFT, greedy", [mucode!, "greedy"], [rft!, "greedy"]),
    contrast("base: PT+LV − PT", [base!, "public+verifier"], [base!, "public"]),
    contrast("base: PT+LV − LV", [base!, "public+verifier"], [base!, "verifier"]),
    contrast("μCode: PT+LV − PT", [mucode!, "public+verifier"], [mucode!, "public"]),
    contrast("μCode: PT+LV − LV", [mucode!, "public+verifier"], [mucode!, "verifier"]),
    contrast("μCode − Multi-STaR², greedy", [mucode!, "greedy"], [relabelled!, "greedy"]),
    contrast("μCode − Multi-STaR², PT+LV", [mucode!, "public+verifier"], [relabelled!, "public+verifier"]),
    contrast("μCode − RFT, PT+LV", [mucode!, "public+verifier"], [rft!, "public+verifier"]),
  ];
}
