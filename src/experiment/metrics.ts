// From the files of a run to its `metrics.json`: the estimates of every system, which iteration model selection
// picks, and what each phase cost.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { outgrownEpisodes, systemAccuracy } from "../evaluation/accuracy.ts";
import { clusteredMean } from "../evaluation/estimates.ts";
import type {
  Estimate,
  Metrics,
  ProblemEvaluation,
  RelabelQuality,
  SystemResult,
} from "../evaluation/results.ts";
import { verifierQuality } from "../evaluation/verifier-quality.ts";
import type { SftRow } from "../learning/relabel.ts";
import { costsOf, phasesOf, type System } from "./expert-iteration.ts";
import { canonicalJson, sha256 } from "./files.ts";
import { readRecords } from "./journal.ts";
import type { Phase } from "./phase-store.ts";
import type { TargetRow, ValidationRow } from "./phases/evaluation.ts";
import type { ScoreRow } from "./phases/history.ts";
import type { RunContext } from "./run-context.ts";

export async function computeMetrics(run: RunContext, systems: readonly System[]): Promise<Metrics> {
  const results: Metrics["results"] = {
    benchmark: run.benchmark,
    testProblems: run.problems.test.length,
    trainProblems: run.problems.train.length,
    systems: selectIterations(await Promise.all(systems.map((system) => systemResult(run, system)))),
    costs: costsOf(systems),
    losses: await lossCurves(systems),
  };
  const seconds = Object.fromEntries(
    phasesOf(systems).map(({ name, phase }) => [name, phase.record.seconds]),
  );
  const { name, seed } = run.config;
  return { name, seed, results, digest: sha256(canonicalJson(results)), seconds };
}

export async function readAll<T>(file: string): Promise<T[]> {
  const records: T[] = [];
  for await (const record of readRecords<T>(file)) records.push(record);
  return records;
}

async function systemResult(run: RunContext, system: System): Promise<SystemResult> {
  const { folder } = system.evaluation;
  const evaluations = await readAll<ProblemEvaluation>(join(folder, "evaluation.jsonl"));
  const validation = await readAll<ValidationRow>(join(folder, "validation.jsonl"));
  const accuracy = systemAccuracy(evaluations, run.config.evaluation.turns)!;
  const outgrown = outgrownEpisodes(evaluations);
  const programs = evaluations.flatMap(({ problem, candidates }) =>
    candidates.map(({ score, strong }) => ({ problem, score, right: strong })),
  );
  return {
    recipe: system.recipe,
    iteration: system.iteration,
    greedy: accuracy.greedy,
    bestOfN: { candidates: run.config.evaluation.candidates, selectors: accuracy.selectors },
    ...(outgrown && { outgrown }),
    verifier: verifierQuality(programs, { seed: run.config.seed }),
    relabel: system.made ? await relabelQuality(system.made) : null,
    validation: share(validation.map(({ problem, greedy }) => [problem, greedy.private])),
    selected: false,
  };
}

const noEstimate: Estimate = { mean: 0, se: 0, problems: 0 };

function share(values: [problem: string, holds: boolean][]): Estimate {
  return clusteredMean(values.map(([cluster, holds]) => ({ cluster, value: holds ? 1 : 0 }))) ?? noEstimate;
}

/** How right the targets are: per problem, the share of relabelled states whose target passes all tests. */
async function relabelQuality(made: {
  scores: Phase;
  relabel: Phase;
  targets: Phase;
}): Promise<RelabelQuality> {
  const targets = await readAll<TargetRow>(join(made.targets.folder, "targets.jsonl"));
  // By problem, not by state: the states of a problem share targets, and hard problems have more states.
  const accuracy = targets.flatMap(({ problem, targets: rows }) => {
    const total = rows.reduce((states, { weight }) => states + weight, 0);
    const right = rows.reduce((states, { strong, weight }) => states + (strong ? weight : 0), 0);
    return total === 0 ? [] : [{ cluster: problem, value: right / total }];
  });
  const solvable: [string, boolean][] = [];
  for await (const { problem, answers } of readRecords<ScoreRow>(join(made.scores.folder, "scores.jsonl")))
    solvable.push([problem, answers.some(({ correct }) => correct)]);
  let examples = 0;
  let states = 0;
  for await (const row of readRecords<SftRow>(join(made.relabel.folder, "sft.jsonl"))) {
    examples++;
    states += row.weight;
  }
  return {
    accuracy: clusteredMean(accuracy) ?? noEstimate,
    solvable: share(solvable),
    states,
    examples,
    targets: targets.reduce((total, { targets: rows }) => total + rows.length, 0),
  };
}

/** Algorithm 1's output: of each recipe the iteration with the best validation accuracy; the earlier one on a tie. */
export function selectIterations(systems: SystemResult[]): SystemResult[] {
  const best = new Map<string, SystemResult>();
  for (const system of systems) {
    const leader = best.get(system.recipe);
    if (!leader || system.validation.mean > leader.validation.mean) best.set(system.recipe, system);
  }
  return systems.map((system) => ({ ...system, selected: best.get(system.recipe) === system }));
}

async function lossCurves(systems: readonly System[]): Promise<Metrics["results"]["losses"]> {
  const curves: Metrics["results"]["losses"] = {};
  for (const { name, phase } of phasesOf(systems)) {
    if (phase.kind !== "verifier" && phase.kind !== "finetune") continue;
    const text = await readFile(join(phase.folder, "model", "training.json"), "utf8");
    const { curve } = JSON.parse(text) as { curve: { step: number; loss: number }[] };
    curves[name] = curve.map(({ step, loss }) => [step, loss]);
  }
  return curves;
}
