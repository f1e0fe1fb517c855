// Two evaluations of the same problems side by side: by how much they differ, how sure that is, and which problems
// make the difference. Differences are B − A throughout: positive where B is better.
import { InputError } from "../core/errors.ts";
import { type CountingTests, type Mode, type ModeOutcomes, modes, rightWithin } from "./accuracy.ts";
import { type ClusteredValue, clusteredMean } from "./estimates.ts";
import { type PairedDifference, type ProblemPair, pairByProblem, pairedDifference } from "./paired.ts";
import { detectableDifference, differenceVariance, problemsNeeded, seedsNeeded } from "./power.ts";
import { type BootstrapInterval, pairedBootstrap, permutationP } from "./resampling.ts";
import type { Estimate } from "./results.ts";

export interface CompareOptions {
  /** Turn limit: what is right within so many turns counts, ≥ 1. */
  turn: number;
  tests: CountingTests;
  /** Seeds the bootstrap. */
  seed: number;
  /** Only these modes; default all that both sides were evaluated in. */
  modes?: readonly Mode[] | undefined;
}

export interface ModeComparison {
  mode: Mode;
  a: Estimate;
  b: Estimate;
  /** B − A with its clustered standard error and t-test (`pairedDifference`). */
  difference: PairedDifference;
  /** Percentile interval of B − A (`pairedBootstrap`); null for a single problem, which tells no error. */
  bootstrap: BootstrapInterval | null;
  /** Exact paired permutation test (`permutationP`); McNemar's for one seed a side. The p-value to report. */
  p: number;
  /** What this comparison can see at power 0.8 and level 0.05; null where no standard error is known. */
  power: {
    /** Smallest true difference that it shows. */
    detectable: number;
    /** Problems needed to show a true difference as large as the one seen; null where none was seen. */
    problemsNeeded: number | null;
    /**
     * Seeds needed on each side, on these problems, for the same; null where no number of them would do, where no difference
     * was seen, or where a side has one seed, which can't tell how much seeds vary.
     */
    seedsNeeded: number | null;
  } | null;
  /** Ids of the problems on which B is right more often than A, and the reverse. With one seed: those that flipped. */
  gained: string[];
  lost: string[];
  /** Every problem's share of right answers on both sides, and B − A. */
  problems: ProblemPair[];
}

/**
 * Compares every mode that both sides have. Several evaluations of a problem on a side are its seeds.
 * @throws InputError where the sides have different problems, no mode in common, or lack a mode that was asked for
 */
export function compareModes(
  a: readonly ModeOutcomes[],
  b: readonly ModeOutcomes[],
  options: CompareOptions,
): ModeComparison[] {
  const has = (evaluations: readonly ModeOutcomes[], mode: Mode) =>
    mode === "greedy" || evaluations.every(({ bestOfN }) => bestOfN[mode] !== undefined);
  const chosen = options.modes ?? modes.filter((mode) => has(a, mode) && has(b, mode));
  return chosen.map((mode) => compareMode(a, b, mode, options));
}

function compareMode(
  a: readonly ModeOutcomes[],
  b: readonly ModeOutcomes[],
  mode: Mode,
  { turn, tests, seed }: CompareOptions,
): ModeComparison {
  const [left, right] = [rightWithin(a, mode, turn, tests), rightWithin(b, mode, turn, tests)];
  const problems = pairByProblem(right, left).map((pair) => ({ ...pair, a: pair.b, b: pair.a }));
  if (problems.length === 0) throw new InputError("comparison", "there is no problem to compare");
  const difference = pairedDifference(right, left)!;
  return {
    mode,
    a: clusteredMean(left)!,
    b: clusteredMean(right)!,
    difference,
    bootstrap: problems.length < 2 ? null : pairedBootstrap(right, left, { seed }),
    p: permutationP(right, left)!,
    power: powerOfComparison(left, right, difference),
    gained: problems.filter((pair) => pair.difference > 0).map(({ problem }) => problem),
    lost: problems.filter((pair) => pair.difference < 0).map(({ problem }) => problem),
    problems,
  };
}

function powerOfComparison(
  a: readonly ClusteredValue[],
  b: readonly ClusteredValue[],
  { mean, se, problems }: PairedDifference,
): ModeComparison["power"] {
  if (se === 0) return null;
  // The variance of a problem's difference with the seeds that there are.
  const asItIs = { between: se ** 2 * problems, withinA: 0, withinB: 0 };
  const one = { a: 1, b: 1 };
  const seeded = a.length > problems && b.length > problems;
  return {
    detectable: detectableDifference(asItIs, problems, one),
    problemsNeeded: mean === 0 ? null : problemsNeeded(mean, asItIs, one),
    seedsNeeded: mean === 0 || !seeded ? null : seedsNeeded(mean, differenceVariance(a, b)!, problems),
  };
}

/**
 * Both sides with the same problems: as they are where they agree; cut down to the problems that both have where `common` is
 * set. Problems are the same when their ids are.
 * @throws InputError that counts and names what only one side has, or when nothing is left
 */
export function sameProblems<T extends { problem: string }>(
  a: { name: string; evaluations: readonly T[] },
  b: { name: string; evaluations: readonly T[] },
  common: boolean,
): { a: readonly T[]; b: readonly T[] } {
  const [left, right] = [a, b].map((side) => new Set(side.evaluations.map(({ problem }) => problem)));
  const onlyA = [...left!].filter((id) => !right!.has(id));
  const onlyB = [...right!].filter((id) => !left!.has(id));
  if (onlyA.length + onlyB.length === 0) return { a: a.evaluations, b: b.evaluations };
  const shared = left!.size - onlyA.length;
  if (!common || shared === 0) {
    const parts = [
      ...(onlyA.length > 0 ? [`${onlyA.length} only in ${a.name} (${examples(onlyA)})`] : []),
      ...(onlyB.length > 0 ? [`${onlyB.length} only in ${b.name} (${examples(onlyB)})`] : []),
    ];
    const way = shared === 0 ? "they have no problem in common" : `--common compares the ${shared} of both`;
    throw new InputError(b.name, `has other problems than ${a.name}: ${parts.join(", ")}; ${way}`);
  }
  return {
    a: a.evaluations.filter(({ problem }) => right!.has(problem)),
    b: b.evaluations.filter(({ problem }) => left!.has(problem)),
  };
}

function examples(ids: readonly string[]): string {
  const shown = ids.slice(0, 3).map((id) => JSON.stringify(id));
  return ids.length > shown.length ? `${shown.join(", ")}, …` : shown.join(", ");
}
