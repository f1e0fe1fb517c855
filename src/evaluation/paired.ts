// Is one system better than another? Both answer the same problems, so the difference is taken inside each problem:
// what makes a problem hard for both cancels, and the standard error shrinks by their covariance.
// Source: Miller, "Adding Error Bars to Evals", arXiv:2411.00640, 2024, on paired differences.
import { InputError } from "../core/errors.ts";
import { twoSidedP } from "./distributions.ts";
import { byCluster, type ClusteredValue, largest, sum, withoutRounding } from "./estimates.ts";

export interface PairedDifference {
  /** Mean over problems of (mean of a − mean of b). */
  mean: number;
  /** Standard error of `mean`; 0 for a single problem, where none can be given, and where all differences are the same. */
  se: number;
  /** mean / se; null where se is 0. */
  t: number | null;
  /** Two-sided p-value of t under Student's distribution with problems − 1 degrees of freedom; null where t is. */
  p: number | null;
  /** Number of problems (clusters). */
  problems: number;
}

/** One problem's means on both sides. */
export interface ProblemPair {
  problem: string;
  a: number;
  b: number;
  /** a − b; 0 where they differ by rounding alone. */
  difference: number;
}

/**
 * The means of both sides by problem (cluster), sorted by its id. Seeds of a side are averaged, so they need no order, and
 * one side may have more of them.
 * @throws InputError naming a problem that only one side has
 */
export function pairByProblem(a: readonly ClusteredValue[], b: readonly ClusteredValue[]): ProblemPair[] {
  const [left, right] = [byCluster(a), byCluster(b)];
  for (const [here, there] of [
    [left, right],
    [right, left],
  ] as const) {
    for (const cluster of here.keys()) {
      if (!there.has(cluster))
        throw new InputError("paired difference", `problem "${cluster}" has values on one side only`);
    }
  }
  return [...left].map(([problem, values]) => {
    const pair = { a: average(values), b: average(right.get(problem)!) };
    const scale = Math.max(Math.abs(pair.a), Math.abs(pair.b));
    return { problem, ...pair, difference: withoutRounding(pair.a - pair.b, scale) };
  });
}

/**
 * Difference a − b, paired by cluster; null when both sides are empty. Over several seeds give every seed's values
 * with the problem's id as the cluster ("paired by task over 5 seeds"): d_g = mean(a_g) − mean(b_g), mean = Σ d_g / G,
 * se² = Σ (d_g − mean)² / (G (G−1)). With as many values in every cluster this is the cluster-robust standard error
 * of the pooled difference, so seeds need no order; one side may have more of them (a base model evaluated once).
 * Mean and error are 0 where they are rounding alone (`withoutRounding`, by the largest of the problems' means).
 * A problem on one side only is refused: comparing different problems is not a paired comparison.
 */
export function pairedDifference(
  a: readonly ClusteredValue[],
  b: readonly ClusteredValue[],
): PairedDifference | null {
  const pairs = pairByProblem(a, b);
  const differences = pairs.map(({ difference }) => difference);
  const problems = differences.length;
  if (problems === 0) return null;
  const scale = largest(pairs.flatMap((pair) => [pair.a, pair.b]));
  const mean = withoutRounding(average(differences), scale);
  if (problems < 2) return { mean, se: 0, t: null, p: null, problems };
  const squares = sum(differences.map((difference) => (difference - mean) ** 2));
  const se = withoutRounding(Math.sqrt(squares / (problems * (problems - 1))), scale);
  if (se === 0) return { mean, se, t: null, p: null, problems };
  const t = mean / se;
  return { mean, se, t, p: twoSidedP(t, problems - 1), problems };
}

function average(values: readonly number[]): number {
  return sum(values) / values.length;
}
