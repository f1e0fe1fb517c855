// Algorithm 1, lines 4 to 8: train the verifier on everything so far, score every answer with it, let the recipe's
// expert relabel every state, and fine-tune the base model on the result.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { verifierInput } from "../../core/conversation.ts";
import type { PhaseTokens } from "../../evaluation/results.ts";
import type { TrainSpec } from "../../jobs/executor.ts";
import { distinctAnswers } from "../../learning/candidates.ts";
import { labelledAnswers, preferencePairs } from "../../learning/pairs.ts";
import type { Recipe } from "../../learning/recipe.ts";
import { relabel } from "../../learning/relabel.ts";
import { inParallel } from "../../rollout/collect.ts";
import { finetuneSpec, type TrainingFiles, verifierSpec } from "../../training/specs.ts";
import { Journal, writeRecords } from "../journal.ts";
import { exists, noTokens, type Phase } from "../phase-store.ts";
import { modelOf, type RunContext, serving, withVerifier } from "../run-context.ts";
import { eachProblem, eachScoredProblem, type ScoreRow } from "./history.ts";

const digests = (phases: readonly Phase[]) => phases.map((phase) => phase.digest);

/** Line 5: R_φ, from the base model, on all rollouts so far. Writes `data.jsonl` and `model/`. */
export function verifierPhase(run: RunContext, name: string, history: readonly Phase[]): Promise<Phase> {
  const { config } = run;
  const inputs = [run.base.digest, run.problemsDigest, ...digests(history)];
  const parameters = { ...config.verifier, seed: config.seed, device: config.engine.device };
  return run.store.run(
    "verifier",
    parameters,
    inputs,
    async (folder) => {
      const data = join(folder, "data.jsonl");
      await writeRecords(data, verifierRows(run, history));
      return train(run, name, folder, data, (files) => verifierSpec(files, config.verifier));
    },
    1,
  );
}

async function* verifierRows(run: RunContext, history: readonly Phase[]): AsyncGenerator<object> {
  const { loss, pairs } = run.config.verifier;
  for await (const { problem, rollouts } of eachProblem(run, history)) {
    const answers = distinctAnswers(rollouts);
    yield* loss === "bce"
      ? labelledAnswers(problem, answers)
      : preferencePairs(problem, answers, pairs, run.config.seed);
  }
}

/** Scores D(x) of every training problem with the newest verifier. Writes `scores.jsonl`. */
export function scorePhase(
  run: RunContext,
  name: string,
  verifier: Phase,
  history: readonly Phase[],
): Promise<Phase> {
  const inputs = [verifier.digest, run.problemsDigest, ...digests(history)];
  return run.store.run(
    "scores",
    { serving: serving(run) },
    inputs,
    async (folder) => {
      const journal = await Journal.open<ScoreRow>(join(folder, "scores.jsonl"), ({ problem }) => problem);
      const problems = run.problems.train;
      const progress = run.progress.phase(name, problems.length, "problems", journal.size);
      const concurrency = run.config.evaluation.concurrency;
      try {
        await withVerifier(run, modelOf(verifier), (served) =>
          inParallel(eachProblem(run, history), concurrency, async ({ problem, rollouts }) => {
            if (journal.has(problem.id)) return;
            const answers = await Promise.all(
              distinctAnswers(rollouts).map(async (answer) => ({
                ...answer,
                score: await served.score(verifierInput(problem, answer.completion)),
              })),
            );
            await journal.append(problem.id, { problem: problem.id, answers });
            progress.advance();
          }),
        );
        await journal.finish(problems.map(({ id }) => id));
      } finally {
        await journal.close();
        progress.end();
      }
      return noTokens;
    },
    1,
  );
}

/** Lines 6 and 7: the expert (Eq. 4) and D* (Eq. 5). Writes `sft.jsonl`. */
export function relabelPhase(
  run: RunContext,
  recipe: Recipe,
  scores: Phase | null,
  history: readonly Phase[],
): Promise<Phase> {
  const { seed } = run.config;
  const inputs = [scores?.digest ?? "unscored", run.problemsDigest, ...digests(history)];
  return run.store.run("relabel", { recipe: recipe.name, seed }, inputs, async (folder) => {
    async function* rows() {
      for await (const { problem, rollouts, answers } of eachScoredProblem(run, history, scores))
        yield* relabel(recipe, problem, rollouts, answers, seed);
    }
    await writeRecords(join(folder, "sft.jsonl"), rows());
    return noTokens;
  });
}

/** Line 8: π_θ, from the base model, on D*. Writes `model/`. */
export function finetunePhase(run: RunContext, name: string, sft: Phase): Promise<Phase> {
  const { config } = run;
  const parameters = { ...config.finetune, seed: config.seed, device: config.engine.device };
  const data = join(sft.folder, "sft.jsonl");
  const work = (folder: string) =>
    train(run, name, folder, data, (files) => finetuneSpec(files, config.finetune));
  return run.store.run("finetune", parameters, [run.base.digest, sft.digest], work, 1);
}

async function train(
  run: RunContext,
  name: string,
  folder: string,
  data: string,
  specFor: (files: TrainingFiles) => TrainSpec,
): Promise<PhaseTokens> {
  const { seed, engine } = run.config;
  const output = join(folder, "model");
  // The engine renames a whole model into place: one that is there was finished just before the run was killed.
  if (await exists(output)) return { ...noTokens, training: await trainedTokens(output) };
  const spec = specFor({ base: run.base.folder, data, output, seed, device: engine.device });
  let step = 0;
  let progress: ReturnType<typeof run.progress.phase> | undefined;
  const result = await run.executor.train(spec, (now) => {
    progress ??= run.progress.phase(name, now.steps, "steps");
    progress.advance(now.step - step);
    progress.note(`loss ${now.loss.toFixed(3)}`);
    step = now.step;
  });
  progress?.end();
  return { ...noTokens, training: result.tokens };
}

async function trainedTokens(model: string): Promise<number> {
  const text = await readFile(join(model, "training.json"), "utf8");
  return (JSON.parse(text) as { tokens: number }).tokens;
}
