// Is one system better than another? Both answer the same problems, so the difference is taken inside each problem:
// what makes a problem hard for both cancels, and the standard error shrinks by their covariance.
// Source: Miller, "Adding Error Bars to Evals", arXiv:2411.00640, 2024, on paired differences.
import { InputError } from "../core/errors.ts";
import { byCluster, type ClusteredValue, sum } from "./estimates.ts";

export interface PairedDifference {
  /** Mean over problems of (mean of a − mean of b). */
  mean: number;
  /** Standard error of `mean`; 0 for a single problem, where none can be given. */
  se: number;
  /** mean / se; null where se is 0. */
  t: number | null;
  /** Two-sided p-value of t under Student's distribution with problems − 1 degrees of freedom; null where t is. */
  p: number | null;
  /** Number of problems (clusters). */
  problems: number;
}

/**
 * Difference a − b, paired by cluster; null when both sides are empty. Over several seeds give every seed's values
 * with the problem's id as the cluster ("paired by task over 5 seeds"): d_g = mean(a_g) − mean(b_g), mean = Σ d_g / G,
 * se² = Σ (d_g − mean)² / (G (G−1)). With as many values in every cluster this is the cluster-robust standard error
 * of the pooled difference, so seeds need no order; one side may have more of them (a base model evaluated once).
 * A problem on one side only is refused: comparing different problems is not a paired comparison.
 */
export function pairedDifference(
  a: readonly ClusteredValue[],
  b: readonly ClusteredValue[],
): PairedDifference | null {
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
  const problems = left.size;
  if (problems === 0) return null;
  const differences = [...left].map(([cluster, values]) => average(values) - average(right.get(cluster)!));
  const mean = average(differences);
  if (problems < 2) return { mean, se: 0, t: null, p: null, problems };
  const squares = sum(differences.map((difference) => (difference - mean) ** 2));
  const se = Math.sqrt(squares / (problems * (problems - 1)));
  if (se === 0) return { mean, se, t: null, p: null, problems };
  const t = mean / se;
  return { mean, se, t, p: twoSidedP(t, problems - 1), problems };
}

/**
 * P(|T| ≥ |t|) for Student's T with `freedom` > 0 degrees of freedom: I_x(ν/2, 1/2) at x = ν / (ν + t²)
 * (NIST Digital Library of Mathematical Functions, 8.17; Abramowitz and Stegun 26.7.1).
 */
export function twoSidedP(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** Regularised incomplete beta I_x(a, b) by its continued fraction (DLMF 8.17.22), evaluated by Lentz's method. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below this point; above it, use I_x(a, b) = 1 − I_{1−x}(b, a) (DLMF 8.17.4).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return Math.min(1, (Math.exp(logFront) * fraction) / a);
}

/** ln Γ(x) for x > 0: shift to x ≥ 15 by Γ(x+1) = xΓ(x), then Stirling's series (DLMF 5.11.1), error below 1e-14. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 15; y++) shift += Math.log(y);
  const r = 1 / (y * y);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

function average(values: readonly number[]): number {
  return sum(values) / values.length;
}
