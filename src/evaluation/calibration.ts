// From a verifier's score to a probability of being right, and how far that probability can be believed.
// Scores are Bradley-Terry logits (paper, equation 3): σ(s⁺ − s⁻) is the modelled chance that one program of a
// problem beats another of it. The loss doesn't change when a constant is added to all scores of a problem, so a
// single score's zero means nothing, and σ(s) is no probability of being right. A probability is therefore
// fitted: P(right) = σ(slope · s + offset), Platt scaling, which keeps the order of scores. Each problem's programs get
// theirs from a fit to other problems, so that the calibration measured is the one to expect on new problems.
import { WorkError } from "../core/errors.ts";
import { deriveSeed, randomStream, shuffled } from "../core/seed.ts";
import { sum } from "./estimates.ts";
import type { Calibration } from "./results.ts";
import { requireFinite, type ScoredProgram } from "./scored-program.ts";

/** A probability that a program is right, and whether it is. */
export interface Prediction {
  /** In [0, 1]. */
  probability: number;
  right: boolean;
}

export interface Platt {
  slope: number;
  offset: number;
}

/** σ(x) = 1 / (1 + e^−x), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/**
 * Maximum likelihood fit of P(right) = σ(slope · score + offset) to smoothed targets, (r+1)/(r+2) for the r right programs
 * and 1/(w+2) for the w wrong ones, which keeps the fit finite where scores separate them fully (Platt,
 * "Probabilistic Outputs for Support Vector Machines", 1999). By damped Newton steps on standardised scores (Lin, Lin and
 * Weng, "A Note on Platt's Probabilistic Outputs", Machine Learning 68, 2007). Equal scores give slope 0.
 * @throws WorkError for no programs, or for a score that is not finite
 */
export function fitPlatt(programs: readonly Pick<ScoredProgram, "score" | "right">[]): Platt {
  if (programs.length === 0) throw new WorkError("no scored programs to fit a probability to");
  requireFinite(programs);
  const scores = programs.map(({ score }) => score);
  const center = sum(scores) / scores.length;
  const spread = Math.sqrt(sum(scores.map((score) => (score - center) ** 2)) / scores.length);
  const xs = scores.map((score) => (spread > 0 ? (score - center) / spread : 0));
  const rightCount = programs.filter(({ right }) => right).length;
  const [high, low] = [(rightCount + 1) / (rightCount + 2), 1 / (programs.length - rightCount + 2)];
  const targets = programs.map(({ right }) => (right ? high : low));
  const loss = (a: number, b: number) => sum(xs.map((x, i) => crossEntropy(a * x + b, targets[i]!)));

  let [a, b] = [0, Math.log((rightCount + 1) / (programs.length - rightCount + 1))];
  let current = loss(a, b);
  for (let step = 0; step < 100; step++) {
    // A ridge of 1e-12 keeps the Hessian invertible where all scores are equal.
    let [aa, ab, bb, ga, gb] = [1e-12, 0, 1e-12, 0, 0];
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i]!;
      const p = sigmoid(a * x + b);
      const [error, weight] = [p - targets[i]!, p * (1 - p)];
      ga += error * x;
      gb += error;
      aa += weight * x * x;
      ab += weight * x;
      bb += weight;
    }
    if (Math.abs(ga) + Math.abs(gb) < 1e-10 * programs.length) break;
    const determinant = aa * bb - ab * ab;
    const [da, db] = [(bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant];
    let size = 1;
    let next = loss(a - da, b - db);
    while (next > current && size > 1e-6) {
      size /= 2;
      next = loss(a - size * da, b - size * db);
    }
    if (!(next <= current)) break;
    // Equal in doubles: the likelihood is flat here, and Newton's last step is still the better place.
    const flat = next === current;
    [a, b, current] = [a - size * da, b - size * db, next];
    if (flat) break;
  }
  return spread > 0 ? { slope: a / spread, offset: b - (a * center) / spread } : { slope: 0, offset: b };
}

/** −t ln σ(z) − (1−t) ln(1−σ(z)), without overflow. */
function crossEntropy(z: number, target: number): number {
  return z >= 0 ? (1 - target) * z + Math.log1p(Math.exp(-z)) : -target * z + Math.log1p(Math.exp(z));
}

/**
 * Probabilities by cross-fitted Platt scaling, in the order of `programs`: problems are dealt into `folds` parts (shuffled by
 * `deriveSeed(seed, "platt")`, over sorted ids), and each part is predicted by `fitPlatt` of all others. Null for
 * fewer than two problems, where nothing is left to fit to.
 * @throws WorkError for a score that is not finite
 */
export function plattPredictions(
  programs: readonly ScoredProgram[],
  { seed = 0, folds = 5 }: { seed?: number; folds?: number } = {},
): Prediction[] | null {
  requireFinite(programs);
  const problems = [...new Set(programs.map(({ problem }) => problem))].sort();
  if (problems.length < 2) return null;
  const parts = Math.min(folds, problems.length);
  const dealt = shuffled(problems, randomStream(deriveSeed(seed, "platt")));
  const part = new Map(dealt.map((problem, index) => [problem, index % parts]));
  // Sorted, so that the order of rows can't change a sum.
  const sorted = programs.toSorted((x, y) => x.score - y.score || Number(x.right) - Number(y.right));
  const fits = Array.from({ length: parts }, (_, index) =>
    fitPlatt(sorted.filter(({ problem }) => part.get(problem) !== index)),
  );
  return programs.map(({ problem, score, right }) => {
    const { slope, offset } = fits[part.get(problem)!]!;
    return { probability: sigmoid(slope * score + offset), right };
  });
}

/**
 * Reliability curve and expected calibration error over at most `bins` bins of equal mass:
 *
 *   ECE = Σ_b (n_b / n) · |mean probability of b − share of right programs in b|
 *
 * (Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al., ICML 2017; equal mass: Nixon et al., "Measuring Calibration in Deep
 * Learning", 2019.) Sorted by probability, the i-th of n goes to bin ⌊(i − ½) · bins / n⌋; equal probabilities stay together,
 * in the bin of their middle, so that the order of rows changes nothing; empty bins are left out.
 * Bins of n_b programs show a difference of about 0.4/√n_b by chance alone, so the ECE of a perfect verifier is
 * above 0. `brier` = Σ (probability − right)² / n has no bins (Brier 1950). Null for no predictions.
 */
export function calibrationOf(predictions: readonly Prediction[], bins = 10): Calibration | null {
  const count = predictions.length;
  if (count === 0) return null;
  const sorted = predictions.toSorted(
    (x, y) => x.probability - y.probability || Number(x.right) - Number(y.right),
  );
  const groups = new Map<number, Prediction[]>();
  for (let start = 0, end = 0; start < count; start = end) {
    while (end < count && sorted[end]!.probability === sorted[start]!.probability) end++;
    const bin = Math.floor((((start + end) / 2) * bins) / count);
    const members = groups.get(bin) ?? [];
    groups.set(bin, members);
    for (let i = start; i < end; i++) members.push(sorted[i]!);
  }
  const reliability = [...groups.values()].map((members) => ({
    count: members.length,
    predicted: sum(members.map(({ probability }) => probability)) / members.length,
    right: members.filter(({ right }) => right).length / members.length,
  }));
  const gap = sum(reliability.map((bin) => bin.count * Math.abs(bin.predicted - bin.right)));
  const squares = sum(sorted.map(({ probability, right }) => (probability - (right ? 1 : 0)) ** 2));
  return { ece: gap / count, brier: squares / count, reliability };
}
