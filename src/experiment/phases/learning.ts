// Algorithm 1, lines 4 to 8: train the verifier on everything so far, score every answer with it, let the recipe's
// expert relabel every state, and fine-tune the base model on the result.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { verifierInput } from "../../core/conversation.ts";
import { InputError } from "../../core/errors.ts";
import type { PhaseTokens } from "../../evaluation/results.ts";
import type { TrainSpec } from "../../jobs/executor.ts";
import { distinctAnswers } from "../../learning/candidates.ts";
import { labelledAnswers, preferencePairs } from "../../learning/pairs.ts";
import type { Recipe } from "../../learning/recipe.ts";
import { relabel } from "../../learning/relabel.ts";
import { inParallel } from "../../rollout/collect.ts";
import { outgrownNote } from "../../rollout/context-limit.ts";
import { finetuneSpec, type TrainingFiles, verifierSpec } from "../../training/specs.ts";
import { Journal, writeRecords } from "../journal.ts";
import { exists, noTokens, type Phase } from "../phase-store.ts";
import { modelOf, type RunContext, serving, verifierReading, withVerifier } from "../run-context.ts";
import { eachProblem, eachProblemInRounds, type ScoreRow } from "./history.ts";

const digests = (phases: readonly Phase[]) => phases.map((phase) => phase.digest);

/** Line 5: R_φ, from the base model, on all rollouts so far. Writes `data.jsonl` and `model/`. */
export function verifierPhase(run: RunContext, name: string, history: readonly Phase[]): Promise<Phase> {
  const { config } = run;
  const inputs = [run.base.digest, run.digests.train, ...digests(history)];
  // Which rollouts it learns from is said by the inputs.
  const { refresh: _, input: __, ...training } = config.verifier;
  const { seed, engine } = config;
  const parameters = { ...training, ...verifierReading(run), seed, device: engine.device };
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

/** @throws InputError where there is nothing to learn from, before a training is started on it */
async function* verifierRows(run: RunContext, history: readonly Phase[]): AsyncGenerator<object> {
  const { loss, pairs, input } = run.config.verifier;
  const seen = { rows: 0, rollouts: 0, right: 0, outgrown: 0 };
  for await (const { problem, rollouts } of eachProblem(run, history)) {
    const answers = distinctAnswers(rollouts, ({ program, completion }) =>
      input === "code" ? program : completion,
    );
    const rows =
      loss === "bce"
        ? labelledAnswers(problem, answers)
        : preferencePairs(problem, answers, pairs, run.config.seed);
    yield* rows;
    seen.rows += rows.length;
    seen.rollouts += rollouts.length;
    seen.right += rollouts.filter(({ turns }) => turns.some(({ correct }) => correct)).length;
    seen.outgrown += rollouts.filter(({ stop }) => stop === "context-limit").length;
  }
  if (seen.rows === 0) throw nothingToLearn(run, seen);
}

function nothingToLearn(
  { benchmark, problems, config }: RunContext,
  { rollouts, right, outgrown }: { rollouts: number; right: number; outgrown: number },
): InputError {
  const lacks = config.verifier.loss === "bce" ? "a program" : "both a right and a wrong program";
  const cut = outgrown > 0 ? `; ${outgrownNote(outgrown)}` : "";
  return new InputError(
    benchmark,
    `none of the ${problems.train.length} training problems has ${lacks} (right: ${right} of ${rollouts} rollouts${cut}), ` +
      "so there is nothing to train a verifier on; use easier problems, more samples or a stronger model",
  );
}

/** Scores D(x) of every training problem with the newest verifier. Writes `scores.jsonl`. */
export function scorePhase(
  run: RunContext,
  name: string,
  verifier: Phase,
  history: readonly Phase[],
): Promise<Phase> {
  const inputs = [verifier.digest, run.digests.train, ...digests(history)];
  return run.store.run(
    "scores",
    { serving: serving(run), ...verifierReading(run) },
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

/**
 * Lines 6 and 7: the expert (Eq. 4) and D* (Eq. 5). Writes `sft.jsonl`.
 *
 * @param scores of each iteration so far; none for a recipe that uses no scores
 */
export function relabelPhase(
  run: RunContext,
  recipe: Recipe,
  scores: readonly Phase[],
  history: readonly Phase[],
): Promise<Phase> {
  const { seed } = run.config;
  const parts = recipe.keepsLabels
    ? history.map((rollouts, index) => ({ history: [rollouts], scores: scores[index] ?? null }))
    : [{ history, scores: scores.at(-1) ?? null }];
  const judged = parts.map((part) => part.scores?.digest ?? "unscored");
  const inputs = [...judged, run.digests.train, ...digests(history)];
  return run.store.run(
    "relabel",
    { recipe: recipe.name, code: run.recipesCode, seed },
    inputs,
    async (folder) => {
      let count = 0;
      async function* rows() {
        for await (const { problem, rounds } of eachProblemInRounds(run, parts)) {
          const examples = relabel(recipe, problem, rounds, seed);
          count += examples.length;
          yield* examples;
        }
      }
      await writeRecords(join(folder, "sft.jsonl"), rows());
      if (count === 0) throw nothingToImitate(run, recipe);
      return noTokens;
    },
  );
}

function nothingToImitate({ benchmark, problems }: RunContext, { name, keeps }: Recipe): InputError {
  return new InputError(
    benchmark,
    `the recipe ${name} keeps ${keeps}, and the ${problems.train.length} training problems have none, ` +
      "so there is nothing to imitate; use easier problems, more samples, a stronger model or another recipe",
  );
}

/** Line 8: π_θ, from the base model, on D*. Writes `model/`. */
export function finetunePhase(run: RunContext, name: string, sft: Phase): Promise<Phase> {
  const { config } = run;
  const { sharePrefixes, ...training } = config.finetune;
  const sharing = sharePrefixes ? { sharePrefixes } : {};
  const parameters = { ...training, ...sharing, seed: config.seed, device: config.engine.device };
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
