// pass@k: how often at least one of k samples is right, from n ≥ k samples of each problem.
import { InputError } from "../core/errors.ts";
import { clusteredMean } from "./estimates.ts";
import type { Estimate } from "./results.ts";

/** How many of a problem's samples are right. */
export interface SampleCount {
  problem: string;
  /** Samples drawn, ≥ 1. */
  n: number;
  /** Right ones among them, 0 … n. */
  c: number;
}

/**
 * pass@k: the chance that at least one of k samples, drawn without replacement from n of which c are right, is right.
 *
 *   1 − C(n−c, k) / C(n, k) = 1 − Π_{i=0…m−1} (1 − M / (n−i)),  m = min(c, k), M = max(c, k)
 *
 * unbiased for independent samples (Chen et al., arXiv:2107.03374, equation 1). The ratio is symmetric in c and k, so
 * the product takes the shorter of its two forms. It is summed as logarithms with Neumaier's compensation and
 * turned by expm1, which keeps small chances and n = 10⁶ to about 12 digits.
 * Integers with 0 ≤ c ≤ n and 1 ≤ k ≤ n.
 * @throws InputError for other numbers
 */
export function passAtK(n: number, c: number, k: number): number {
  if (![n, c, k].every(Number.isSafeInteger) || c < 0 || c > n || k < 1 || k > n)
    throw new InputError("pass@k", `needs 0 <= c <= n and 1 <= k <= n, got n=${n} c=${c} k=${k}`);
  if (n - c < k) return 1;
  const [few, many] = [Math.min(c, k), Math.max(c, k)];
  let log = 0;
  let lost = 0;
  for (let i = 0; i < few; i++) {
    const term = Math.log1p(-many / (n - i));
    const next = log + term;
    lost += Math.abs(log) >= Math.abs(term) ? log - next + term : term - next + log;
    log = next;
  }
  // 0 − …, because c = 0 must give 0 and not −0.
  return 0 - Math.expm1(log + lost);
}

/**
 * Mean pass@k over problems with its clustered standard error (`clusteredMean`); several counts of one problem, such as
 * several seeds, are one cluster. Null for no problems.
 * @throws InputError naming the problem that has fewer than k samples
 */
export function meanPassAtK(counts: readonly SampleCount[], k: number): Estimate | null {
  const values = counts.map(({ problem, n, c }) => {
    if (n < k) throw new InputError("pass@k", `problem "${problem}" has ${n} samples, and k is ${k}`);
    return { cluster: problem, value: passAtK(n, c, k) };
  });
  return clusteredMean(values);
}
