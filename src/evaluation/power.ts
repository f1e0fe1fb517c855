// How many problems and seeds show a difference of a given size? And, the other way round, what could a
// comparison that found nothing have seen? To be asked before an experiment, with a pilot's variances.
// Source of the model and of the formula for n: Miller, "Adding Error Bars to Evals", arXiv:2411.00640, 2024, on
// power analysis; it is the paired form of the usual n = (z_{1−α/2} + z_{power})² σ² / δ² (Cohen, "Statistical Power
// Analysis for the Behavioral Sciences", 1988).
import { InputError } from "../core/errors.ts";
import { normalBelow, normalQuantile } from "./distributions.ts";
import { byCluster, type ClusteredValue, sum } from "./estimates.ts";
import { pairByProblem } from "./paired.ts";

/**
 * Where the variance of a paired difference comes from. The difference seen on a problem is d_g = δ + u_g + noise: u_g, how
 * much more this problem favours one system than others do, and the noise of the seeds.
 */
export interface DifferenceVariance {
  /** ω² = Var(u_g): more seeds don't lower it, only more problems do. */
  between: number;
  /** σ_A² and σ_B²: variance between seeds of one problem, averaged over problems. */
  withinA: number;
  withinB: number;
}

/** Seeds (independent answers to a problem) of each side, from 1. */
export interface Seeds {
  a: number;
  b: number;
}

export interface PowerOptions {
  /** Two-sided significance level α inside (0, 1), default 0.05. */
  level?: number;
  /** Chance to see the difference, inside (0, 1), default 0.8. */
  power?: number;
}

/**
 * The variances from a pilot, unbiased but for the floor at 0:
 *
 *   σ_A² = mean over problems of s²(seeds of a),   ω² = s²(d_g) − σ_A² · mean(1/K_A,g) − σ_B² · mean(1/K_B,g)
 *
 * A side with one seed a problem can't tell noise from u_g: its σ² is then 0 and stands in ω², which is right for
 * designs with one seed, and otherwise promises too little of seeds. Null for fewer than two problems.
 * @throws InputError naming a problem that only one side has
 */
export function differenceVariance(
  a: readonly ClusteredValue[],
  b: readonly ClusteredValue[],
): DifferenceVariance | null {
  const pairs = pairByProblem(a, b);
  if (pairs.length < 2) return null;
  const [noiseA, noiseB] = [seedNoise(a), seedNoise(b)];
  const total = variance(pairs.map(({ difference }) => difference));
  const between = Math.max(0, total - noiseA.ofMean - noiseB.ofMean);
  return { between, withinA: noiseA.within, withinB: noiseB.within };
}

/** σ², and what it adds to the variance of a problem's mean, averaged over problems. */
function seedNoise(values: readonly ClusteredValue[]): { within: number; ofMean: number } {
  const problems = [...byCluster(values).values()];
  const repeated = problems.filter((seeds) => seeds.length > 1);
  if (repeated.length === 0) return { within: 0, ofMean: 0 };
  const within = sum(repeated.map(variance)) / repeated.length;
  return { within, ofMean: (within * sum(problems.map((seeds) => 1 / seeds.length))) / problems.length };
}

/** s² = Σ (x − mean)² / (n − 1). */
function variance(values: readonly number[]): number {
  const mean = sum(values) / values.length;
  return sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
}

/**
 * Problems needed to see a true difference δ ≠ 0:
 *
 *   n = ⌈ (z_{1−α/2} + z_{power})² · (ω² + σ_A²/K_A + σ_B²/K_B) / δ² ⌉, at least 2
 *
 * by the normal approximation, so for small n one or two problems more.
 * For single outcomes of 0 or 1 without a pilot: ω² = (share of problems on which the systems differ) − δ².
 */
export function problemsNeeded(
  difference: number,
  parts: DifferenceVariance,
  seeds: Seeds,
  options: PowerOptions = {},
): number {
  requireDifference(difference);
  return Math.max(2, roundedUp((reach(options) ** 2 * problemVariance(parts, seeds)) / difference ** 2));
}

/**
 * Seeds needed on each side, K_A = K_B = K, with n problems: K = ⌈ (σ_A² + σ_B²) / (n δ² / (z_{1−α/2} + z_{power})² − ω²) ⌉, the same
 * equation solved for K. Null where the bracket is not positive: no number of seeds shows it, more problems would.
 */
export function seedsNeeded(
  difference: number,
  parts: DifferenceVariance,
  problems: number,
  options: PowerOptions = {},
): number | null {
  requireDifference(difference);
  const room = (requireCount("problems", problems) * difference ** 2) / reach(options) ** 2 - parts.between;
  const noise = parts.withinA + parts.withinB;
  if (noise === 0) return room >= 0 ? 1 : null;
  return room > 0 ? Math.max(1, roundedUp(noise / room)) : null;
}

/** The smallest true difference that n problems show with the given power: δ = (z_{1−α/2} + z_{power}) · √(Var(d) / n). */
export function detectableDifference(
  parts: DifferenceVariance,
  problems: number,
  seeds: Seeds,
  options: PowerOptions = {},
): number {
  return reach(options) * Math.sqrt(problemVariance(parts, seeds) / requireCount("problems", problems));
}

/**
 * Chance that a true difference δ is seen at level α, to either side: Φ(|δ|/se − z_{1−α/2}) + Φ(−|δ|/se − z_{1−α/2}) with
 * se² = (ω² + σ_A²/K_A + σ_B²/K_B) / n; for se = 0, 1 where δ is not 0 and α where it is.
 */
export function powerOf(
  difference: number,
  parts: DifferenceVariance,
  problems: number,
  seeds: Seeds,
  level = 0.05,
): number {
  const critical = normalQuantile(1 - inside("level", level) / 2);
  const se = Math.sqrt(problemVariance(parts, seeds) / requireCount("problems", problems));
  if (difference === 0) return level;
  if (se === 0) return 1;
  const shift = Math.abs(difference) / se;
  return normalBelow(shift - critical) + normalBelow(-shift - critical);
}

function problemVariance({ between, withinA, withinB }: DifferenceVariance, seeds: Seeds): number {
  return between + withinA / requireCount("seeds", seeds.a) + withinB / requireCount("seeds", seeds.b);
}

/** z_{1−α/2} + z_{power}: how many standard errors a difference must be long. */
function reach({ level = 0.05, power = 0.8 }: PowerOptions): number {
  return normalQuantile(1 - inside("level", level) / 2) + normalQuantile(inside("power", power));
}

/** The next whole number, but not for what lies above one by rounding alone. */
function roundedUp(value: number): number {
  return Math.ceil(value * (1 - 1e-12));
}

function inside(name: string, value: number): number {
  if (!(value > 0 && value < 1)) throw new InputError("power", `needs a ${name} inside (0, 1), got ${value}`);
  return value;
}

function requireCount(name: string, value: number): number {
  if (!(Number.isInteger(value) && value >= 1))
    throw new InputError("power", `needs a whole number of ${name} from 1, got ${value}`);
  return value;
}

function requireDifference(value: number): void {
  if (!Number.isFinite(value) || value === 0)
    throw new InputError("power", `needs a difference other than 0, got ${value}`);
}
