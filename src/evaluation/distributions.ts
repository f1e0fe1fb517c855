// The few probability laws that tests and sample sizes need: Student's, the binomial and the normal one.
// Formulas by number are those of the NIST Digital Library of Mathematical Functions (DLMF).
import { InputError } from "../core/errors.ts";

/**
 * P(|T| ≥ |t|) for Student's T with `freedom` > 0 degrees of freedom: I_x(ν/2, 1/2) at x = ν / (ν + t²)
 * (DLMF 8.17; Abramowitz and Stegun 26.7.1).
 */
export function twoSidedP(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/**
 * t with P(T ≤ t) = p for Student's T with `freedom` > 0 degrees of freedom and 0 < p < 1, by halving an interval that is first
 * doubled until it holds t; as narrow as doubles allow.
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1 && freedom > 0))
    throw new InputError(
      "Student's quantile",
      `needs 0 < p < 1 and freedom > 0, got p=${p} freedom=${freedom}`,
    );
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  const above = (t: number) => twoSidedP(t, freedom) / 2;
  let [low, high] = [0, 1];
  while (above(high) > 1 - p) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (above(middle) > 1 - p) low = middle;
    else high = middle;
  }
}

/** P(X ≤ k) for X binomial(n, ½): I_{1/2}(n−k, k+1) (DLMF 8.17.5). Integers with n ≥ 0; 0 below k = 0, 1 from k = n. */
export function fairBinomialAtMost(k: number, n: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(0.5, n - k, k + 1);
}

/**
 * Φ(x) of the standard normal law. Inside |x| < 4 the series Φ(x) = ½ + φ(x) Σ x^(2k+1) / (1·3·…·(2k+1)), outside
 * it the continued fraction of the tail, φ(x) / (x + 1/(x + 2/(x + 3/…))) (DLMF 7.6.2 and 7.9.3).
 */
export function normalBelow(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 4) {
    let term = x;
    let total = x;
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(total); k += 2) {
      term *= (x * x) / k;
      total += term;
    }
    return 0.5 + density * total;
  }
  let fraction = Math.abs(x);
  for (let k = 80; k >= 1; k--) fraction = Math.abs(x) + k / fraction;
  const tail = density / fraction;
  return x < 0 ? tail : 1 - tail;
}

/** z with Φ(z) = p, for 0 < p < 1, by halving the interval [−39, 39] until it is as narrow as doubles allow. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1))
    throw new InputError("normal quantile", `needs a probability inside (0, 1), got ${p}`);
  if (p > 0.5) return -normalQuantile(1 - p);
  let [low, high] = [-39, 0];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
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
