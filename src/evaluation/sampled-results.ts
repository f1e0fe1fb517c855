// From the outcomes of every problem to the numbers of `mucode evaluate --benchmark`: the searches' accuracy within t
// turns, and from the one set of first-turn samples exact best-of-n for every n, and pass@k.
import { accuracyByTurn } from "./accuracy.ts";
import { bestOfNAccuracy } from "./best-of-n.ts";
import { meanPassAtK } from "./pass-at-k.ts";
import type {
  Estimate,
  FirstTurnSample,
  SampledAccuracy,
  SampledEvaluation,
  SampledResults,
  SelectorName,
} from "./results.ts";
import { verifierQuality } from "./verifier-quality.ts";

export interface SampledOptions {
  /** Turn limit T of the searches. */
  turns: number;
  /** N. */
  samples: number;
  selectors: readonly SelectorName[];
  /** Whether some problem has strong tests, so that two measures are told apart. */
  strongTests: boolean;
  /** Of the verifier's calibration folds. */
  seed: number;
}

/** Stands for each sample of a prompt that does not fit the model's context, by what all selectors look at. */
const neverWritten: FirstTurnSample = { publicPassed: false, score: 0, correct: false, right: false };

/**
 * A problem whose prompt outgrew the model's context counts as wrong for every turn, n and k. Fractions in [0, 1] with standard errors clustered by problem (`clusteredMean`); null for no evaluation.
 * @throws InputError naming another problem with fewer than N samples, or one whose samples lack what a selector looks at
 */
export function sampledResults(
  evaluations: readonly SampledEvaluation[],
  options: SampledOptions,
): SampledResults | null {
  if (evaluations.length === 0) return null;
  const { turns, samples, selectors, strongTests, seed } = options;
  const all = evaluations.flatMap((one) => one.samples);
  const scored = evaluations.flatMap(({ problem, samples: drawn }) =>
    drawn.flatMap(({ score, right }) => (score === undefined ? [] : [{ problem, score, right }])),
  );
  return {
    problems: evaluations.length,
    turns,
    samples,
    selectors: [...selectors],
    strong: accuracyOf(evaluations, options, "strong"),
    private: strongTests ? accuracyOf(evaluations, options, "private") : null,
    verifier: scored.length > 0 ? verifierQuality(scored, { seed }) : null,
    cut: all.length === 0 ? null : all.filter(({ cut }) => cut).length / all.length,
    withoutText: all.filter(({ without }) => without === "text").length / Math.max(1, all.length),
    withoutProgram: all.filter(({ without }) => without === "program").length / Math.max(1, all.length),
    outgrown: {
      prompts: evaluations.filter(promptOutgrew).length,
      episodes: evaluations.flatMap(({ greedy, bestOfN }) =>
        [greedy, ...Object.values(bestOfN)].filter((end) => end.outgrown),
      ).length,
    },
    faults: evaluations.reduce((total, { faults = 0 }) => total + faults, 0),
    tokens: {
      prompt: evaluations.reduce((total, { tokens }) => total + tokens.prompt, 0),
      completion: evaluations.reduce((total, { tokens }) => total + tokens.completion, 0),
    },
  };
}

function promptOutgrew({ samples, bestOfN }: SampledEvaluation): boolean {
  return samples.length === 0 && Object.values(bestOfN).every(({ outgrown }) => outgrown);
}

function accuracyOf(
  evaluations: readonly SampledEvaluation[],
  { turns, samples, selectors }: SampledOptions,
  tests: "strong" | "private",
): SampledAccuracy {
  const withinTurns = (pick: (one: SampledEvaluation) => SampledEvaluation["greedy"]): Estimate[] => {
    const ends = evaluations.map((one) => {
      const { stopped, [tests]: right } = pick(one);
      return { problem: one.problem, stopped, right };
    });
    return accuracyByTurn(ends, turns)!;
  };
  const drawn = evaluations.map((one) => ({
    problem: one.problem,
    samples: (promptOutgrew(one) ? Array.from({ length: samples }, () => neverWritten) : one.samples).map(
      (sample) => ({ ...sample, right: tests === "strong" ? sample.right : sample.correct }),
    ),
  }));
  const counts = drawn.map(({ problem, samples: of }) => ({
    problem,
    n: of.length,
    c: of.filter(({ right }) => right).length,
  }));
  const bySelector = (estimates: (name: SelectorName) => Estimate[]) =>
    Object.fromEntries(selectors.map((name) => [name, estimates(name)]));
  return {
    greedy: withinTurns((one) => one.greedy),
    search: bySelector((name) => withinTurns((one) => one.bestOfN[name]!)),
    bestOfN: bySelector((name) => bestOfNAccuracy(drawn, name, samples)!),
    passAtK: Array.from({ length: samples }, (_, index) => meanPassAtK(counts, index + 1)!),
  };
}
