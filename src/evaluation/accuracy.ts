// Accuracy of episodes: within t turns, and over several samples (pass@k).
import { InputError } from "../core/errors.ts";
import { clusteredMean } from "./estimates.ts";
import {
  type Estimate,
  type ProblemEvaluation,
  type SelectorName,
  selectorNames,
  type TurnwiseAccuracy,
} from "./results.ts";

/** How one episode (greedy, or one multi-turn best-of-N search) ended. */
export interface EpisodeEnd {
  problem: string;
  /** First turn (1-based) whose selected program passed the public tests; null when none did. */
  stopped: number | null;
  /** Whether that program is right by the tests that count. */
  right: boolean;
}

/**
 * Accuracy within t = 1 … `turns` turns, clustered by problem; null for no episodes. Cumulative: turn t counts the
 * episodes that stopped at turn ≤ t with a right program, over all episodes. The first program that passes the
 * public tests is the one scored (paper, Algorithm 2), so an episode that stopped on a wrong program,
 * or never stopped, counts as a failure at every t.
 */
export function accuracyByTurn(episodes: readonly EpisodeEnd[], turns: number): Estimate[] | null {
  if (episodes.length === 0) return null;
  return Array.from({ length: turns }, (_, index) => {
    const within = episodes.map(({ problem, stopped, right }) => ({
      cluster: problem,
      value: right && stopped !== null && stopped <= index + 1 ? 1 : 0,
    }));
    return clusteredMean(within)!;
  });
}

/** A system's accuracies from its evaluation of every test problem (several lines of a problem: several seeds). */
export function systemAccuracy(
  evaluations: readonly ProblemEvaluation[],
  turns: number,
): { greedy: TurnwiseAccuracy; selectors: Record<SelectorName, TurnwiseAccuracy> } | null {
  if (evaluations.length === 0) return null;
  const turnwise = (
    pick: (evaluation: ProblemEvaluation) => ProblemEvaluation["greedy"],
  ): TurnwiseAccuracy => {
    const measure = (tests: "strong" | "private") =>
      accuracyByTurn(
        evaluations.map((evaluation) => {
          const end = pick(evaluation);
          return { problem: evaluation.problem, stopped: end.stopped, right: end[tests] };
        }),
        turns,
      )!;
    return { strong: measure("strong"), private: measure("private") };
  };
  const selectors = selectorNames.map((name) => [name, turnwise((evaluation) => evaluation.bestOfN[name])]);
  return { greedy: turnwise((evaluation) => evaluation.greedy), selectors: Object.fromEntries(selectors) };
}

/**
 * pass@k: the chance that at least one of k samples, drawn without replacement from n of which c are right, is right.
 *
 *   1 − C(n−c, k) / C(n, k) = 1 − Π_{i=n−c+1…n} (1 − k/i)
 *
 * unbiased for independent samples (Chen et al., arXiv:2107.03374, equation 1); the product avoids large binomials.
 * Integers with 0 ≤ c ≤ n and 1 ≤ k ≤ n.
 */
export function passAtK(n: number, c: number, k: number): number {
  if (![n, c, k].every(Number.isInteger) || c < 0 || c > n || k < 1 || k > n)
    throw new InputError("pass@k", `needs 0 <= c <= n and 1 <= k <= n, got n=${n} c=${c} k=${k}`);
  if (n - c < k) return 1;
  let noneRight = 1;
  for (let i = n - c + 1; i <= n; i++) noneRight *= 1 - k / i;
  return 1 - noneRight;
}
