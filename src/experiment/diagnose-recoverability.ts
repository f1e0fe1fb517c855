// The draws that recoverability is estimated from: for each problem programs from the empty history, and episodes that go
// on for as long as programs fail the public tests.
import { join } from "node:path";
import { stateAfter } from "../core/conversation.ts";
import type { Problem } from "../core/problem.ts";
import { deriveSeed } from "../core/seed.ts";
import {
  type Drawn,
  type RecoverabilityRecord,
  type RecoverabilityResults,
  recoverability,
} from "../evaluation/recoverability.ts";
import type { Generator } from "../models/index.ts";
import { unlessOutgrown } from "../rollout/context-limit.ts";
import { isCorrect, problemEnvironment } from "../rollout/environment.ts";
import { runEpisode } from "../rollout/episode.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { BenchmarkEvaluation, EvaluationServices } from "./evaluate-benchmark.ts";
import { canonicalJson, sha256, writeAtomically } from "./files.ts";
import { sourceIdentity, sourceName, withGeneratorOf } from "./model-source.ts";
import { recordsOf, type Settings } from "./problem-records.ts";

/** `samples` programs from the empty history and as many episodes, of each problem; `temperature` is above 0. */
export type RecoverabilityDiagnosis = Omit<BenchmarkEvaluation, "verifier" | "selectors">;

/** As evaluationSettings. */
export function diagnosisSettings(diagnosis: RecoverabilityDiagnosis, code: string): Settings {
  const { set, model, ...rest } = diagnosis;
  return {
    command: "diagnose recoverability",
    benchmark: set.benchmark,
    split: set.split,
    limit: set.problems.length,
    model: sourceIdentity(model),
    ...rest,
    problems: sha256(canonicalJson(set.problems)),
    code,
  };
}

/** Draws or continues in a folder of `openRecordsFolder`. Leaves `draws.jsonl` and `recoverability.json` there. */
export async function diagnoseRecoverability(
  folder: string,
  diagnosis: RecoverabilityDiagnosis,
  { executor, sandbox, progress, concurrency }: EvaluationServices,
): Promise<RecoverabilityResults> {
  const { set, model, turns, samples, temperature, seed } = diagnosis;
  const records = await recordsOf<RecoverabilityRecord, Generator>(
    folder,
    set.problems,
    { name: "draws", concurrency, progress, label: `draw on ${set.benchmark}` },
    (use) => withGeneratorOf(model, executor, use),
    (problem, generator) => drawProblem(problem, generator, sandbox, diagnosis),
  );
  const document: RecoverabilityResults = {
    benchmark: set.benchmark,
    split: set.split,
    model: sourceName(model),
    turns,
    samples,
    temperature,
    seed,
    results: recoverability(records)!,
  };
  await writeAtomically(join(folder, "recoverability.json"), `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

async function drawProblem(
  problem: Problem,
  generator: Generator,
  sandbox: Sandbox,
  { turns, samples, temperature, topP, maxTokens, seed: runSeed }: RecoverabilityDiagnosis,
): Promise<RecoverabilityRecord> {
  const environment = problemEnvironment(problem, sandbox, false);
  const sampling = { temperature, topP, maxTokens };
  const fresh = async (): Promise<Drawn[]> => {
    const seed = deriveSeed(runSeed, "recoverability/fresh", problem.id);
    const completions = await unlessOutgrown(
      generator.generate(stateAfter(problem, []), samples, sampling, seed),
    );
    if (completions === null) return Array.from({ length: samples }, () => null);
    return Promise.all(
      completions.map(async ({ text }) => isCorrect((await environment.step(text)).judgement)),
    );
  };
  const episode = async (sample: number): Promise<Drawn[]> => {
    const options = { turns, sampling: [sampling], runSeed, purpose: "recoverability/episode" };
    const rollout = await runEpisode(problem, sample, generator, environment, options);
    const drawn = rollout.turns.map(({ correct }) => correct);
    return rollout.stop === "context-limit" ? [...drawn, null] : drawn;
  };
  const [first, ...episodes] = await Promise.all([
    fresh(),
    ...Array.from({ length: samples }, (_, sample) => episode(sample)),
  ]);
  return { problem: problem.id, fresh: first, episodes };
}
