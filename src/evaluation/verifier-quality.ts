// How well a verifier tells right programs from wrong ones. Inside a problem is what choosing among candidates
// needs; overall (across problems) is what a fixed threshold would need. A verifier trained on pairs inside a
// problem (paper, equation 3) is only asked for the first.
import { calibrationOf, plattPredictions } from "./calibration.ts";
import { clusteredMean } from "./estimates.ts";
import type { Estimate, VerifierQuality } from "./results.ts";
import { requireFinite, type ScoredProgram } from "./scored-program.ts";

/**
 * Everything the report shows of a verifier; `bins` is the number of histogram bins, ≥ 1, and `seed` (the run's) deals the
 * problems into the folds of the calibration.
 */
export function verifierQuality(
  programs: readonly ScoredProgram[],
  { bins = 32, seed = 0 }: { bins?: number; seed?: number } = {},
): VerifierQuality {
  return {
    aucWithin: aucWithin(programs),
    aucOverall: aucOverall(programs),
    topOfSolvable: topOfSolvable(programs),
    calibration: calibrationOf(plattPredictions(programs, { seed }) ?? []),
    histogram: scoreHistogram(programs, bins),
  };
}

/**
 * Area under the ROC curve: P(score of a right program > score of a wrong one) + ½ P(equal), over all pairs.
 * Null unless there is at least one of each. Computed from ranks, O(n log n): (R − r(r+1)/2) / (r·w), with R the sum
 * of the mid-ranks of the r right programs among all r + w (Mann and Whitney, Annals of Math. Statistics 18, 1947).
 */
export function aucOverall(programs: readonly Pick<ScoredProgram, "score" | "right">[]): number | null {
  requireFinite(programs);
  const sorted = programs.toSorted((a, b) => a.score - b.score);
  const right = sorted.filter((program) => program.right).length;
  const wrong = sorted.length - right;
  if (right === 0 || wrong === 0) return null;
  let rankSum = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    let rightHere = 0;
    for (; end < sorted.length && sorted[end]!.score === sorted[start]!.score; end++) {
      if (sorted[end]!.right) rightHere++;
    }
    // Ranks count from 1; ties share the mean rank of the places they take.
    rankSum += rightHere * ((start + 1 + end) / 2);
    start = end;
  }
  return (rankSum - (right * (right + 1)) / 2) / (right * wrong);
}

/**
 * The same inside each problem, averaged over the problems that have both right and wrong programs (each problem
 * weighs the same, however many pairs it has); `problems` counts those. Null when there is none.
 */
export function aucWithin(programs: readonly ScoredProgram[]): Estimate | null {
  const values = [...byProblem(programs)].flatMap(([cluster, members]) => {
    const value = aucOverall(members);
    return value === null ? [] : [{ cluster, value }];
  });
  return clusteredMean(values);
}

/**
 * Top-1 of solvable: of the problems with at least one right program among those scored, the share whose best-scored program is
 * right; where several share the best score, the share of right ones among them. It is best-of-M with the verifier
 * as selector, over the problems where any choice could succeed. `problems` counts those; null when there is none.
 * @throws WorkError for a score that is not finite
 */
export function topOfSolvable(programs: readonly ScoredProgram[]): Estimate | null {
  requireFinite(programs);
  const values = [...byProblem(programs)].flatMap(([cluster, members]) => {
    if (!members.some(({ right }) => right)) return [];
    const best = members.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    const favourites = members.filter(({ score }) => score === best);
    return [{ cluster, value: favourites.filter(({ right }) => right).length / favourites.length }];
  });
  return clusteredMean(values);
}

function byProblem(programs: readonly ScoredProgram[]): Map<string, ScoredProgram[]> {
  const problems = new Map<string, ScoredProgram[]>();
  for (const program of programs) {
    const members = problems.get(program.problem);
    if (members) members.push(program);
    else problems.set(program.problem, [program]);
  }
  return problems;
}

/**
 * Counts of right and wrong programs in `bins` bins of equal width from the lowest to the highest score;
 * `edges` has one more element than the counts, and the last bin includes its upper edge. All empty for no programs.
 */
export function scoreHistogram(
  programs: readonly Pick<ScoredProgram, "score" | "right">[],
  bins: number,
): VerifierQuality["histogram"] {
  requireFinite(programs);
  if (programs.length === 0) return { edges: [], right: [], wrong: [] };
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { score } of programs) {
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  // Divided before the difference, which could overflow.
  const width = high / bins - low / bins;
  const edges = Array.from({ length: bins + 1 }, (_, index) => (index === bins ? high : low + index * width));
  const right = new Array<number>(bins).fill(0);
  const wrong = new Array<number>(bins).fill(0);
  for (const program of programs) {
    // The edges as printed decide: a division would round across them, above all where scores hardly differ.
    const bin = edges.findLastIndex((edge, index) => index < bins && edge <= program.score);
    const counts = program.right ? right : wrong;
    counts[bin] = counts[bin]! + 1;
  }
  return { edges, right, wrong };
}
