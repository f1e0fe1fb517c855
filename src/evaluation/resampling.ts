// Tests and intervals for a paired difference that trust no formula for its distribution: drawing the problems
// anew (bootstrap), and swapping the two systems inside problems (permutation).
import { InputError } from "../core/errors.ts";
import { deriveSeed, drawIndex, randomStream } from "../core/seed.ts";
import { fairBinomialAtMost } from "./distributions.ts";
import { byCluster, type ClusteredValue, roundingShare, sum } from "./estimates.ts";
import { pairByProblem } from "./paired.ts";

export interface BootstrapInterval {
  /** Ends of the interval for the mean difference. */
  low: number;
  high: number;
  /** Its nominal coverage, such as 0.95. */
  level: number;
  /** Two-sided p-value of "no difference", consistent with the interval. */
  p: number;
  resamples: number;
}

export interface BootstrapOptions {
  /** Seeds the draws through `deriveSeed(seed, "bootstrap")`. */
  seed: number;
  /** Default 10,000. */
  resamples?: number;
  /** Coverage inside (0, 1), default 0.95. */
  level?: number;
}

/**
 * Paired bootstrap of the mean difference a − b: problems are drawn with replacement, each with all its seeds on both sides
 * (the cluster bootstrap; Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8), B times.
 * With θ*_b the mean of the drawn problems' differences d_g, the interval is that of percentiles: the ⌈B·q⌉-th
 * smallest θ* at q = (1 ∓ level)/2 (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3). The
 * p-value is the level at which the interval would end at 0,
 *
 *   p = min(1, 2 · (1 + min(#{θ* ≤ 0}, #{θ* ≥ 0})) / (B + 1)),
 *
 * never 0, because B draws can't show less than 1/(B+1) (Davison and Hinkley, section 4.2). For few problems (below about
 * 30) percentile intervals are too narrow; `pairedDifference` and `permutationP` are then the better witnesses.
 * Null when both sides are empty.
 * @throws InputError for a problem on one side only, or options out of range
 */
export function pairedBootstrap(
  a: readonly ClusteredValue[],
  b: readonly ClusteredValue[],
  { seed, resamples = 10_000, level = 0.95 }: BootstrapOptions,
): BootstrapInterval | null {
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new InputError("paired bootstrap", `needs at least one resample, got ${resamples}`);
  if (!(level > 0 && level < 1))
    throw new InputError("paired bootstrap", `needs a level inside (0, 1), got ${level}`);
  const differences = Float64Array.from(pairByProblem(a, b), ({ difference }) => difference);
  const problems = differences.length;
  if (problems === 0) return null;
  // Sums that should be 0 differ from it by rounding; what is smaller than this is 0.
  const zero = roundingShare * sum([...differences].map(Math.abs));
  const random = randomStream(deriveSeed(seed, "bootstrap"));
  const means = new Float64Array(resamples);
  let [atMost, atLeast] = [0, 0];
  for (let draw = 0; draw < resamples; draw++) {
    let total = 0;
    for (let i = 0; i < problems; i++) total += differences[drawIndex(random, problems)]!;
    if (total <= zero) atMost++;
    if (total >= -zero) atLeast++;
    means[draw] = Math.abs(total) <= zero ? 0 : total / problems;
  }
  means.sort();
  const percentile = (q: number) =>
    means[Math.min(resamples - 1, Math.max(0, Math.ceil(resamples * q) - 1))]!;
  return {
    low: percentile((1 - level) / 2),
    high: percentile((1 + level) / 2),
    level,
    p: Math.min(1, (2 * (1 + Math.min(atMost, atLeast))) / (resamples + 1)),
    resamples,
  };
}

/**
 * McNemar's exact test for binary outcomes, one a problem and side: of the n = onlyA + onlyB problems on which the sides
 * differ, each is as likely to fall to either side when there is no difference, so
 *
 *   p = min(1, 2 · P(X ≤ min(onlyA, onlyB))),  X binomial(n, ½);  1 for n = 0
 *
 * (McNemar, Psychometrika 12, 1947; the exact form is the sign test). Counts are whole numbers ≥ 0.
 */
export function mcnemarExact(onlyA: number, onlyB: number): number {
  if (![onlyA, onlyB].every((count) => Number.isSafeInteger(count) && count >= 0))
    throw new InputError("McNemar's test", `needs two counts from 0, got ${onlyA} and ${onlyB}`);
  return Math.min(1, 2 * fairBinomialAtMost(Math.min(onlyA, onlyB), onlyA + onlyB));
}

/**
 * Exact two-sided paired permutation test for outcomes of 0 or 1 with any number of seeds a problem: without a difference
 * the sides could be swapped inside each problem, so every pattern of signs of the d_g = mean(a_g) − mean(b_g) is
 * equally likely (Fisher, "The Design of Experiments", 1935, section 21; problems are swapped whole, since seeds of
 * a problem depend on each other):
 *
 *   p = #{s ∈ {−1, 1}^G : |Σ s_g d_g| ≥ |Σ d_g|} / 2^G
 *
 * Not sampled: the d_g are multiples of 1/q, so the distribution of the sum is built problem by problem over whole numbers.
 * With one outcome a problem and side this is `mcnemarExact`. Null when both sides are empty.
 * @throws InputError for a value that is not 0 or 1, or a problem on one side only
 */
export function permutationP(a: readonly ClusteredValue[], b: readonly ClusteredValue[]): number | null {
  for (const { cluster, value } of [...a, ...b]) {
    if (value !== 0 && value !== 1)
      throw new InputError("permutation test", `needs outcomes of 0 or 1, problem "${cluster}" has ${value}`);
  }
  const pairs = pairByProblem(a, b);
  if (pairs.length === 0) return null;
  const [left, right] = [byCluster(a), byCluster(b)];
  const q = [...left.values(), ...right.values()].map(({ length }) => length).reduce(leastCommonMultiple, 1);
  const steps = pairs.map(({ difference }) => Math.round(difference * q));
  const sizes = steps.map(Math.abs).filter((size) => size > 0);
  const unit = sizes.reduce(greatestCommonDivisor, 0) || 1;
  const observed = Math.abs(sum(steps)) / unit;
  // chances[s]: probability that the problems given a plus sign have sizes that add up to s.
  const whole = sum(sizes) / unit;
  const chances = new Float64Array(whole + 1);
  chances[0] = 1;
  let reached = 0;
  for (const size of sizes) {
    const step = size / unit;
    reached += step;
    for (let s = reached; s >= 0; s--)
      chances[s] = chances[s]! / 2 + (s >= step ? chances[s - step]! / 2 : 0);
  }
  let p = 0;
  for (let s = 0; s <= whole; s++) if (Math.abs(2 * s - whole) >= observed) p += chances[s]!;
  return Math.min(1, p);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
