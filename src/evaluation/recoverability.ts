// How one-step recoverable is a generator on a benchmark? Does a history of failed attempts (with their feedback) cost it
// anything when it writes its next program, or can it recover in one step from wherever it is?
//
// Paper, Definition 3.1: a problem is one-step recoverable when -1 <= A*(s, a) <= 0 for all states and actions, with
// A* = Q* - V*, Q*(s_t, y_t) = R(x, y_t) and V*(s_t) = max_y R(x, y). For an ideal policy, which can write any program in
// any state, this holds by construction: R is 0 or 1, and V* does not depend on the history. What can fail is that the
// generator reaches as good a program from s_t as from s_1. So V* is replaced by what this generator reaches in one step,
//
//   V(s) = E_{y ~ pi(.|s)} R(x, y),
//
// and a wrong attempt costs its own reward, at most 1, and whatever it takes from the value of the state behind it: after
// h failed attempts A_h = -1 + E[V(s_{h+1}) - V(s_1)]. The bound of the definition is A_h >= -1: failed attempts cost
// nothing more. This is a mean over problems and over the histories that the generator gets into, not the infimum over
// all states that the definition asks for.
import { InputError } from "../core/errors.ts";
import { studentQuantile } from "./distributions.ts";
import { byCluster, type ClusteredValue, clusteredMean, sum } from "./estimates.ts";
import { type PairedDifference, pairedDifference } from "./paired.ts";
import type { Estimate } from "./results.ts";

/**
 * Whether a program is right; null where the conversation outgrew the model's context, so that there is none: not right, as
 * in every other accuracy. Left out, the longest histories would look as if they cost nothing.
 */
export type Drawn = boolean | null;

/** What was drawn for one problem. */
export interface RecoverabilityRecord {
  problem: string;
  /** Programs from the empty history, drawn apart from the episodes: whether each is right. */
  fresh: Drawn[];
  /**
   * Episodes that go on while programs fail the public tests: element h of one says whether its program after h failed
   * attempts is right (public and private tests). An episode that outgrew the context ends with null.
   */
  episodes: Drawn[][];
}

/** The states after h failed attempts. */
export interface RecoveryLevel {
  /** h >= 1. */
  failed: number;
  /** Histories of this length that some episode got into. */
  histories: number;
  /** Those of them that left no room for a next program in the model's context: it counts as wrong. */
  outgrown: number;
  /** The next program's accuracy over all of them, clustered by problem. */
  next: Estimate;
  /** On the same problems, each weighing the same: accuracy after h failed attempts, from the empty history, difference. */
  after: Estimate;
  empty: Estimate;
  difference: PairedDifference;
  /** A_h = -1 + difference, with the difference's standard error. */
  advantage: { mean: number; se: number };
}

export interface Recoverability {
  /** Accuracy of a program from the empty history, over all problems. */
  empty: Estimate;
  /** Problems whose prompt alone outgrew the model's context: wrong in `empty`, and without histories. */
  outgrown: number;
  /** h = 1, 2, ... as far as there are histories. */
  levels: RecoveryLevel[];
  /** The level with the lowest A_h; null where no attempt failed, or none could be made. */
  bound: {
    failed: number;
    mean: number;
    se: number;
    /**
     * Every A_h of the levels lies above with 95 % confidence together, in [-2, mean]; null where a single problem gives no
     * error.
     */
    lower: number | null;
  } | null;
}

/** What stands in `recoverability.json`. */
export interface RecoverabilityResults {
  benchmark: string;
  split: string;
  model: string;
  turns: number;
  samples: number;
  temperature: number;
  seed: number;
  results: Recoverability;
}

/**
 * Accuracy after h = 1, 2, ... failed attempts against that from the empty history, paired by problem.
 *
 *   d_h = mean over problems g that have histories of length h of (share right after them - share right of fresh)
 *
 * with se² = Σ (d_g − mean)² / (G (G−1)) (`pairedDifference`): problems get into long histories because they are hard, so
 * the mixes of problems differ between lengths and only differences inside a problem mean anything. The fresh programs
 * must be other draws than the episodes' first: a problem is looked at because a first program failed, so those first
 * programs look worse than the generator is, and recovery would look better (regression to the mean). Which problems
 * are looked at depends on the episodes alone, so both shares are unbiased for each of them.
 *
 * `bound.lower` is the lowest `lowerLimit` of the H levels at 1 − 0.05/H (Bonferroni), null unless every level has two
 * problems.
 * @throws InputError where a problem has no fresh program
 */
export function recoverability(records: readonly RecoverabilityRecord[]): Recoverability | null {
  if (records.length === 0) return null;
  const lacking = records.find(({ fresh }) => fresh.length === 0);
  if (lacking) throw new InputError("recoverability", `problem "${lacking.problem}" has no fresh program`);
  const longest = Math.max(...records.flatMap(({ episodes }) => episodes.map(({ length }) => length)), 0);
  const levels = Array.from({ length: Math.max(0, longest - 1) }, (_, index) => levelOf(records, index + 1));
  return {
    empty: clusteredMean(freshValues(records))!,
    outgrown: records.filter(({ fresh }) => fresh.includes(null)).length,
    levels,
    bound: boundOf(levels),
  };
}

function levelOf(records: readonly RecoverabilityRecord[], failed: number): RecoveryLevel {
  const there = records.filter(({ episodes }) => episodes.some(({ length }) => length > failed));
  const drawn = there.flatMap(({ problem, episodes }) =>
    episodes.flatMap((rights) => (rights.length > failed ? [{ problem, right: rights[failed]! }] : [])),
  );
  const next = drawn.map(({ problem, right }) => ({ cluster: problem, value: right ? 1 : 0 }));
  const fresh = freshValues(there);
  const difference = pairedDifference(next, fresh)!;
  return {
    failed,
    histories: drawn.length,
    outgrown: drawn.filter(({ right }) => right === null).length,
    next: clusteredMean(next)!,
    after: byProblem(next),
    empty: byProblem(fresh),
    difference,
    advantage: { mean: -1 + difference.mean, se: difference.se },
  };
}

function freshValues(records: readonly RecoverabilityRecord[]): ClusteredValue[] {
  return records.flatMap(({ problem, fresh }) =>
    fresh.map((right) => ({ cluster: problem, value: right ? 1 : 0 })),
  );
}

/** Mean with every problem weighing the same. */
function byProblem(values: readonly ClusteredValue[]): Estimate {
  const shares = [...byCluster(values)];
  return clusteredMean(
    shares.map(([cluster, members]) => ({ cluster, value: sum(members) / members.length })),
  )!;
}

function boundOf(levels: readonly RecoveryLevel[]): Recoverability["bound"] {
  if (levels.length === 0) return null;
  const worst = levels.reduce((low, level) => (level.difference.mean < low.difference.mean ? level : low));
  const known = levels.every(({ difference }) => difference.problems > 1);
  const limits = levels.map(({ difference }) => lowerLimit(difference, 0.05 / levels.length));
  return { failed: worst.failed, ...worst.advantage, lower: known ? Math.min(...limits) : null };
}

/**
 * What A_h lies above with confidence 1 − α, for G ≥ 2 problems; never below −2, the least that A_h can be.
 *
 *   A_h − t_{1−α, G−1} · se                   where the problems' d_g have a spread
 *   −1 + m − (1 − α^{1/(G−1)}) · (1 + m)      where all of them are m
 *
 * No spread among G problems does not mean that there is none: others may lie elsewhere, at worst at −1. If a share q of all
 * problems has d_g = m, the mean is at least q·m − (1 − q). All G problems agree on some value of a share q ≤ c with a
 * chance of Σ q^G ≤ c^{G−1}, over the values that have such shares, since these add up to 1 at most. With
 * c = α^{1/(G−1)} this chance is α, so m has a larger share with confidence 1 − α: Clopper and Pearson's limit (Biometrika
 * 26, 1934) for no exception among the G − 1 problems after the first, about 3/(G−1) for α = 0.05 (the rule of three:
 * Hanley and Lippman-Hand, JAMA 249, 1983).
 */
function lowerLimit({ mean, se, problems }: PairedDifference, alpha: number): number {
  const below =
    se === 0
      ? (1 - alpha ** (1 / (problems - 1))) * (1 + mean)
      : studentQuantile(1 - alpha, problems - 1) * se;
  return Math.max(-2, -1 + mean - below);
}
