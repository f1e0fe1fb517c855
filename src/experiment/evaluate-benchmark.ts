// Any model on any benchmark: multi-turn best-of-N with the selectors asked for, greedy decoding, and all samples of the
// first turn, in a folder that can be continued and compared.
import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { evaluateSamples } from "../evaluation/evaluate-problem.ts";
import type { SampledEvaluation, SampledResults, SelectorName } from "../evaluation/results.ts";
import { sampledResults } from "../evaluation/sampled-results.ts";
import type { Executor } from "../jobs/executor.ts";
import type { Generator, Verifier } from "../models/index.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { canonicalJson, sha256, writeAtomically } from "./files.ts";
import {
  type ModelSource,
  sourceIdentity,
  sourceName,
  withGeneratorOf,
  withVerifierOf,
} from "./model-source.ts";
import { recordsOf, type Settings } from "./problem-records.ts";
import type { Progress } from "./progress.ts";

/** Some problems of a benchmark, and how they were asked for. */
export interface ProblemSet {
  benchmark: string;
  split: Problem["split"];
  problems: readonly Problem[];
}

export interface BenchmarkEvaluation {
  set: ProblemSet;
  model: ModelSource;
  verifier: ModelSource | null;
  /** Turn limit T and N. */
  turns: number;
  samples: number;
  selectors: readonly SelectorName[];
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: number;
  isolation: string;
}

export interface EvaluationServices {
  /** Null where no model folder is to be served. */
  executor: Executor | null;
  sandbox: Sandbox;
  progress: Progress;
  /** Problems in flight. */
  concurrency: number;
}

/** What stands in `results.json`. */
export interface BenchmarkResults {
  benchmark: string;
  split: Problem["split"];
  model: string;
  verifier: string | null;
  seed: number;
  results: SampledResults;
  /** sha256 of the canonical JSON of `results`. */
  digest: string;
}

/** All that determines the records, by the names of the flags. The problems' digest stands for prompts, tests and limits. */
export function evaluationSettings(evaluation: BenchmarkEvaluation, code: string): Settings {
  const { set, model, verifier, ...rest } = evaluation;
  return {
    command: "evaluate",
    benchmark: set.benchmark,
    split: set.split,
    limit: set.problems.length,
    model: sourceIdentity(model),
    verifier: verifier && sourceIdentity(verifier),
    ...rest,
    problems: sha256(canonicalJson(set.problems)),
    code,
  };
}

/** Evaluates or continues in a folder of `openRecordsFolder`. Leaves `evaluation.jsonl` and `results.json` there. */
export async function evaluateBenchmark(
  folder: string,
  evaluation: BenchmarkEvaluation,
  services: EvaluationServices,
): Promise<BenchmarkResults> {
  const { set, model, verifier, turns, samples, selectors, seed } = evaluation;
  const { executor, sandbox, progress, concurrency } = services;
  const { temperature, topP, maxTokens } = evaluation;
  const options = { turns, candidates: samples, temperature, topP, maxTokens, runSeed: seed, selectors };
  const records = await recordsOf<SampledEvaluation, [Generator, Verifier | null]>(
    folder,
    set.problems,
    { name: "evaluation", concurrency, progress, label: `evaluate on ${set.benchmark}` },
    (use) =>
      withGeneratorOf(model, executor, (generator) =>
        withVerifierOf(verifier, executor, (scorer) => use([generator, scorer])),
      ),
    (problem, [generator, scorer]) => evaluateSamples(problem, generator, scorer, sandbox, options),
  );
  const strongTests = set.problems.some((problem) => problem.strongTests !== undefined);
  const results = sampledResults(records, { turns, samples, selectors, strongTests, seed })!;
  const document: BenchmarkResults = {
    benchmark: set.benchmark,
    split: set.split,
    model: sourceName(model),
    verifier: verifier && sourceName(verifier),
    seed,
    results,
    digest: sha256(canonicalJson(results)),
  };
  await writeAtomically(join(folder, "results.json"), `${JSON.stringify(document, null, 2)}\n`);
  return document;
}
