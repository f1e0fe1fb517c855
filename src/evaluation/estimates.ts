// Means with honest error bars. Values of one problem (several samples, several seeds) are not independent, so
// the standard error is clustered: by problem, with all seeds of a problem in its one cluster.
// Source: Cameron and Miller, "A Practitioner's Guide to Cluster-Robust Inference", J. Human Resources 50(2), 2015,
// section II, for a regression on a constant; Miller, "Adding Error Bars to Evals", arXiv:2411.00640, 2024, uses the
// same estimator without the small-sample factor, which we keep.
import type { Estimate } from "./results.ts";

export interface ClusteredValue {
  /** What the value depends on: the problem's id. */
  cluster: string;
  /** Any finite number; for accuracies 0 or 1. */
  value: number;
}

/**
 * Mean of all values and its cluster-robust standard error; null for no values.
 *
 *   mean = Σ_g Σ_i x_gi / N
 *   se²  = G/(G−1) · Σ_g (Σ_i (x_gi − mean))² / N²
 *
 * over G clusters and N values; G/(G−1) is Cameron-Miller's factor G/(G−1)·(N−1)/(N−k) at k = 1. With one value per
 * cluster this is the usual s/√N. One cluster says nothing about the spread between clusters: `se` is then 0 and
 * `problems` 1, which tables and charts show as "no standard error".
 * The result does not depend on the order of the values, to the last bit.
 */
export function clusteredMean(values: readonly ClusteredValue[]): Estimate | null {
  if (values.length === 0) return null;
  const clusters = byCluster(values);
  const count = values.length;
  let total = 0;
  for (const members of clusters.values()) total += sum(members);
  const mean = total / count;
  const problems = clusters.size;
  if (problems < 2) return { mean, se: 0, problems };
  let squares = 0;
  for (const members of clusters.values()) squares += sum(members.map((value) => value - mean)) ** 2;
  return { mean, se: Math.sqrt((problems / (problems - 1)) * squares) / count, problems };
}

/** Values by cluster. Clusters and the values in them are sorted, which makes every sum independent of row order. */
export function byCluster(values: readonly ClusteredValue[]): Map<string, number[]> {
  const clusters = new Map<string, number[]>();
  for (const { cluster, value } of values) {
    const members = clusters.get(cluster);
    if (members) members.push(value);
    else clusters.set(cluster, [value]);
  }
  for (const members of clusters.values()) members.sort((a, b) => a - b);
  return new Map([...clusters].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
