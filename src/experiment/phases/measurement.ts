// What a study measures of a system beside the run's own evaluation: more turns, other N, other prompts, another
// verifier. A phase like the others, so that studies which ask the same share it.
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import { evaluateWidths } from "../../evaluation/evaluate-problem.ts";
import type { SelectorName, WidthsEvaluation } from "../../evaluation/results.ts";
import { inParallel } from "../../rollout/collect.ts";
import { canonicalJson, sha256 } from "../files.ts";
import { Journal, readRecords } from "../journal.ts";
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

export interface MeasurementOptions {
  problems: readonly Problem[];
  /** Turn limit T. */
  turns: number;
  /** Every N of best-of-N. */
  widths: readonly number[];
  selectors: readonly SelectorName[];
}

/** Writes `measurement.jsonl`, a `WidthsEvaluation` a problem. */
export function measurementPhase(
  run: RunContext,
  name: string,
  generator: Model,
  verifier: Phase,
  { problems, ...asked }: MeasurementOptions,
): Promise<Phase> {
  const { temperature, concurrency } = run.config.evaluation;
  const { topP, maxTokens } = run.config.rollouts;
  const options = {
    ...{ ...asked, temperature, topP, maxTokens, runSeed: run.config.seed },
    ...repeating(run),
  };
  const parameters = {
    ...options,
    serving: serving(run),
    limits: limitsOf(run),
    ...verifierReading(run),
  };
  const inputs = [generator.digest, verifier.digest, sha256(canonicalJson(problems))];
  const work = async (folder: string) => {
    const file = join(folder, "measurement.jsonl");
    const journal = await Journal.open<WidthsEvaluation>(file, ({ problem }) => problem);
    const progress = run.progress.phase(name, problems.length, "problems", journal.size);
    try {
      await withGenerator(run, generator, (generating) =>
        withVerifier(run, modelOf(verifier), (verifying) =>
          inParallel(problems, concurrency, async (problem) => {
            if (journal.has(problem.id)) return;
            await journal.append(
              problem.id,
              await evaluateWidths(problem, generating, verifying, run.sandbox, options),
            );
            progress.advance();
          }),
        ),
      );
      await journal.finish(problems.map(({ id }) => id));
    } finally {
      await journal.close();
      progress.end();
    }
    const tokens = { ...noTokens };
    for await (const { tokens: used } of readRecords<WidthsEvaluation>(file)) {
      tokens.prompt += used.prompt;
      tokens.completion += used.completion;
    }
    return tokens;
  };
  return run.store.run("measurement", parameters, inputs, work, 1);
}
