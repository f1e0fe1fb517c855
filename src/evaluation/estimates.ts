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
 * The result does not depend on the order of the values, to the last bit, and mean and error are 0 where they are
 * rounding alone (`withoutRounding`).
 */
export function clusteredMean(values: readonly ClusteredValue[]): Estimate | null {
  if (values.length === 0) return null;
  const clusters = byCluster(values);
  const count = values.length;
  let total = 0;
  for (const members of clusters.values()) total += sum(members);
  const scale = largest(values.map(({ value }) => value));
  const mean = withoutRounding(total / count, scale);
  const problems = clusters.size;
  if (problems < 2) return { mean, se: 0, problems };
  let squares = 0;
  for (const members of clusters.values()) squares += sum(members.map((value) => value - mean)) ** 2;
  const se = Math.sqrt((problems / (problems - 1)) * squares) / count;
  return { mean, se: withoutRounding(se, scale), problems };
}

/**
 * The share of what went into a sum below which its result is rounding. Doubles carry 16 digits; a true mean or error of
 * accuracies is far larger than this for any number of problems that can be run.
 */
export const roundingShare = 1e-12;

/** 0 for what differs from 0 by rounding alone, given the size of what it was computed from. */
export function withoutRounding(value: number, scale: number): number {
  return Math.abs(value) <= roundingShare * scale ? 0 : value;
}

/** The largest absolute value; 0 for none. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
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
