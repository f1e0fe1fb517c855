// Measuring a system: greedy and best-of-N on the test problems, greedy on the validation problems (for model
// selection), and how many of a recipe's targets are truly right. None of this feeds back into training.
import { join } from "node:path";
import { evaluateGreedy, evaluateProblem } from "../../evaluation/evaluate-problem.ts";
import type { ProblemEvaluation } from "../../evaluation/results.ts";
import type { SftRow } from "../../learning/relabel.ts";
import { inParallel } from "../../rollout/collect.ts";
import { outgrownNote } from "../../rollout/context-limit.ts";
import { isStronglyCorrect, problemEnvironment } from "../../rollout/environment.ts";
import { Journal, readRecords, writeRecords } from "../journal.ts";
import { noTokens, type Phase } from "../phase-store.ts";
import {
  limitsOf,
  type Model,
  modelOf,
  type RunContext,
  repeating,
  serving,
  verifierReading,
  withGenerator,
  withVerifier,
} from "../run-context.ts";

/** One line of `validation.jsonl`. */
export interface ValidationRow {
  problem: string;
  greedy: ProblemEvaluation["greedy"];
}

const byId = (record: { problem: string }) => record.problem;

/** Writes `evaluation.jsonl` (test problems) and `validation.jsonl`. */
export function evaluationPhase(
  run: RunContext,
  name: string,
  generator: Model,
  verifier: Phase,
): Promise<Phase> {
  const { turns, candidates, temperature, concurrency } = run.config.evaluation;
  const { topP, maxTokens } = run.config.rollouts;
  const options = {
    ...{ turns, candidates, temperature, topP, maxTokens, runSeed: run.config.seed },
    ...repeating(run),
  };
  const parameters = {
    ...options,
    serving: serving(run),
    limits: limitsOf(run),
    ...verifierReading(run),
  };
  const inputs = [generator.digest, verifier.digest, run.digests.measured];
  const { test, validation } = run.problems;
  return run.store.run(
    "evaluation",
    parameters,
    inputs,
    async (folder) => {
      const file = join(folder, "evaluation.jsonl");
      const tested = await Journal.open<ProblemEvaluation>(file, byId);
      const validated = await Journal.open<ValidationRow>(join(folder, "validation.jsonl"), byId);
      const done = tested.size + validated.size;
      const progress = run.progress.phase(name, test.length + validation.length, "problems", done);
      let outgrown = 0;
      const count = ({ greedy, bestOfN }: Pick<ProblemEvaluation, "greedy"> & Partial<ProblemEvaluation>) => {
        outgrown += [greedy, ...Object.values(bestOfN ?? {})].filter((end) => end.outgrown).length;
        if (outgrown > 0) progress.note(outgrownNote(outgrown));
      };
      try {
        if (validated.size > 0)
          for await (const row of readRecords<ValidationRow>(validated.file)) count(row);
        if (tested.size > 0) for await (const row of readRecords<ProblemEvaluation>(file)) count(row);
        await withGenerator(run, generator, (generating) =>
          withVerifier(run, modelOf(verifier), async (verifying) => {
            await inParallel(validation, concurrency, async (problem) => {
              if (validated.has(problem.id)) return;
              const greedy = await evaluateGreedy(problem, generating, run.sandbox, options);
              await validated.append(problem.id, { problem: problem.id, greedy });
              progress.advance();
              count({ greedy });
            });
            await inParallel(test, concurrency, async (problem) => {
              if (tested.has(problem.id)) return;
              const record = await evaluateProblem(problem, generating, verifying, run.sandbox, options);
              await tested.append(problem.id, record);
              progress.advance();
              count(record);
            });
          }),
        );
        await validated.finish(validation.map(({ id }) => id));
        await tested.finish(test.map(({ id }) => id));
      } finally {
        await validated.close();
        await tested.close();
        progress.end();
      }
      const tokens = { ...noTokens };
      for await (const { tokens: used } of readRecords<ProblemEvaluation>(file)) {
        tokens.prompt += used.prompt;
        tokens.completion += used.completion;
      }
      return tokens;
    },
    1,
  );
}

/** One line of `targets.jsonl`: the targets of one problem, judged by all tests. */
export interface TargetRow {
  problem: string;
  targets: { completion: string; strong: boolean; private: boolean; weight: number }[];
}

/** Judges every distinct target of `sft.jsonl`, the strong tests included. Writes `targets.jsonl`. */
export function targetPhase(run: RunContext, sft: Phase): Promise<Phase> {
  const parameters = { limits: limitsOf(run) };
  return run.store.run("targets", parameters, [sft.digest, run.digests.train], async (folder) => {
    const weights = await targetWeights(join(sft.folder, "sft.jsonl"));
    const rows = new Map<string, TargetRow>();
    await inParallel(run.problems.train, run.config.evaluation.concurrency, async (problem) => {
      const environment = problemEnvironment(problem, run.sandbox, true);
      const targets = [...(weights.get(problem.id) ?? [])].map(async ([completion, weight]) => {
        const { judgement } = await environment.step(completion);
        const right = judgement.public.verdict === "passed" && judgement.private.verdict === "passed";
        return { completion, strong: isStronglyCorrect(judgement), private: right, weight };
      });
      rows.set(problem.id, { problem: problem.id, targets: await Promise.all(targets) });
    });
    await writeRecords(
      join(folder, "targets.jsonl"),
      run.problems.train.map(({ id }) => rows.get(id)!),
    );
    return noTokens;
  });
}

/** Per problem, how many states each target answers. */
async function targetWeights(file: string): Promise<Map<string, Map<string, number>>> {
  const weights = new Map<string, Map<string, number>>();
  for await (const row of readRecords<SftRow>(file)) {
    const targets = weights.get(row.problem) ?? new Map<string, number>();
    const completion = row.completion[0]!.content;
    targets.set(completion, (targets.get(completion) ?? 0) + row.weight);
    weights.set(row.problem, targets);
  }
  return weights;
}
