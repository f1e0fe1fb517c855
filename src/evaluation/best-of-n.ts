// Exact best-of-N from scored samples. A problem has M samples; what would a selector get right if it saw N of
// them? Averaging over random subsets is noise that can be computed away: the chance that the best of a
// subset comes from a given place of the ranking is a ratio of binomials.
import { InputError } from "../core/errors.ts";
import type { Candidate } from "../search/selector.ts";
import { clusteredMean } from "./estimates.ts";
import type { Estimate, SelectorName } from "./results.ts";

/** One sample of a problem: what selectors may know of it, and whether it is right by the tests that count. */
export interface ScoredSample extends Candidate {
  right: boolean;
}

/**
 * What happens to samples that a selector can't tell apart. `uniform`: each is chosen with the same chance. `first`: the
 * earliest of the list is. The search itself (`src/search/selector.ts`) takes the first, of candidates that the
 * generator drew independently; so their order is random too, both have the same expectation over draws, and
 * `uniform` is the average of `first` over all orders of the samples: the less noisy estimate, and the default.
 * The random selector draws, so it is uniform under both.
 */
export type Ties = "uniform" | "first";

export interface ProblemSamples {
  problem: string;
  samples: readonly ScoredSample[];
}

/** Samples that a selector can't tell apart: how many, and how many of them are right. */
interface Level {
  size: number;
  right: number;
}

/**
 * Expected correctness of the selected sample when N of the M samples are drawn without replacement, for every
 * N = 1 … `limit` (element N−1), in [0, 1].
 *
 *   E_N = Σ_g (r_g / m_g) · [C(B_g + m_g, N) − C(B_g, N)] / C(M, N)
 *
 * over the levels g of the selector's ranking: m_g samples of which r_g are right, with B_g samples ranked below. The
 * bracket counts the subsets whose best sample lies in g: those inside g and below, without those wholly below.
 * With C(j, N) / C(M, N) = Π_{i<N} (j−i)/(M−i) this takes O(M log M + M · limit) steps. It is a U-statistic
 * (Hoeffding, Annals of Math. Statistics 19, 1948), hence unbiased for the N samples of a search's one turn, and
 * of least variance; without ties it is the best-of-n estimator of Hilton and Gao, "Measuring Goodhart's law", OpenAI
 * 2022; for the oracle, where correct means right, it is pass@N (Chen et al., arXiv:2107.03374).
 *
 * @throws InputError where there are fewer samples than `limit`, or a selector lacks what it looks at
 */
export function bestOfN(
  samples: readonly ScoredSample[],
  selector: SelectorName,
  limit: number,
  ties: Ties = "uniform",
): number[] {
  const total = samples.length;
  if (!Number.isInteger(limit) || limit < 1 || limit > total)
    throw new InputError("best of N", `needs 1 <= N <= samples, got N=${limit} of ${total} samples`);
  const levels =
    ties === "uniform" || selector === "random" ? levelsOf(samples, selector) : places(samples, selector);
  const expected = new Float64Array(limit);
  const below = new Float64Array(limit);
  let count = 0;
  for (const { size, right } of levels) {
    count += size;
    const share = right / size;
    // C(count, n) / C(total, n) for n = 1 … limit; it becomes 0 at n = count + 1 and stays so.
    let within = 1;
    for (let n = 0; n < limit; n++) {
      within *= (count - n) / (total - n);
      expected[n]! += share * (within - below[n]!);
      below[n] = within;
    }
  }
  return Array.from(expected, (value) => Math.min(1, Math.max(0, value)));
}

/**
 * Best-of-N accuracy over problems for N = 1 … `limit`: the mean of `bestOfN` with its clustered standard error (several
 * entries of one problem, such as seeds, are one cluster). Null for no problems.
 * @throws InputError naming the problem that has too few samples or lacks what the selector looks at
 */
export function bestOfNAccuracy(
  problems: readonly ProblemSamples[],
  selector: SelectorName,
  limit: number,
  ties: Ties = "uniform",
): Estimate[] | null {
  if (problems.length === 0) return null;
  const curves = problems.map(({ problem, samples }) => {
    if (samples.length < limit)
      throw new InputError("best of N", `problem "${problem}" has ${samples.length} samples, N is ${limit}`);
    return bestOfN(samples, selector, limit, ties);
  });
  return Array.from(
    { length: limit },
    (_, n) =>
      clusteredMean(curves.map((curve, index) => ({ cluster: problems[index]!.problem, value: curve[n]! })))!,
  );
}

/**
 * How a selector ranks: first by rank, then by score where it looks at scores. The same order as `choose` in
 * src/search/selector.ts; a test compares the two on every subset.
 */
const rankings: Record<SelectorName, { rank(sample: ScoredSample): number; scored: boolean }> = {
  random: { rank: () => 0, scored: false },
  public: { rank: passes, scored: false },
  verifier: { rank: () => 0, scored: true },
  "public+verifier": { rank: passes, scored: true },
  oracle: {
    rank: (sample) => (known(sample.correct, "correct") ? 2 : passes(sample)),
    scored: false,
  },
};

function passes(sample: ScoredSample): number {
  return known(sample.publicPassed, "publicPassed") ? 1 : 0;
}

function known<T>(value: T | undefined, field: keyof Candidate): T {
  if (value === undefined)
    throw new InputError("best of N", `a sample lacks "${field}", which the selector needs`);
  return value;
}

function scoreOf(sample: ScoredSample): number {
  const score = known(sample.score, "score");
  if (!Number.isFinite(score))
    throw new InputError("best of N", `a verifier score is not a finite number: ${score}`);
  return score;
}

/** The levels of a ranking, worst first. */
function levelsOf(samples: readonly ScoredSample[], selector: SelectorName): Level[] {
  const { rank, scored } = rankings[selector];
  const groups: [ScoredSample[], ScoredSample[], ScoredSample[]] = [[], [], []];
  for (const sample of samples) groups[rank(sample)]!.push(sample);
  return groups.flatMap((group) => {
    if (group.length === 0) return [];
    const right = countRight(group);
    return scored ? levelsByScore(group, right) : [{ size: group.length, right }];
  });
}

function countRight(samples: readonly ScoredSample[]): number {
  let right = 0;
  for (const sample of samples) if (sample.right) right++;
  return right;
}

/**
 * Right and wrong scores are sorted apart as plain numbers, which is far faster than sorting samples, and merged.
 * Neighbours that are wholly wrong or wholly right become one level: between them the choice changes nothing.
 */
function levelsByScore(samples: readonly ScoredSample[], rightCount: number): Level[] {
  const right = new Float64Array(rightCount);
  const wrong = new Float64Array(samples.length - rightCount);
  let [r, w] = [0, 0];
  for (const sample of samples) {
    if (sample.right) right[r++] = scoreOf(sample);
    else wrong[w++] = scoreOf(sample);
  }
  right.sort();
  wrong.sort();
  const levels: Level[] = [];
  [r, w] = [0, 0];
  while (r < right.length || w < wrong.length) {
    const [r0, w0] = [r, w];
    const nextRight = right[r] ?? Number.POSITIVE_INFINITY;
    const nextWrong = wrong[w] ?? Number.POSITIVE_INFINITY;
    if (nextRight === nextWrong) {
      while (right[r] === nextRight) r++;
      while (wrong[w] === nextRight) w++;
    } else {
      while (r < right.length && right[r]! < nextWrong) r++;
      while (w < wrong.length && wrong[w]! < nextRight) w++;
    }
    levels.push({ size: r - r0 + w - w0, right: r - r0 });
  }
  return levels;
}

/** Every sample at a level of its own: of those that the selector can't tell apart the earlier ranks higher. */
function places(samples: readonly ScoredSample[], selector: SelectorName): Level[] {
  const { rank, scored } = rankings[selector];
  const ranks = samples.map(rank);
  const scores = samples.map((sample) => (scored ? scoreOf(sample) : 0));
  const order = samples.map((_, index) => index);
  order.sort((a, b) => ranks[a]! - ranks[b]! || scores[a]! - scores[b]! || b - a);
  return order.map((index) => ({ size: 1, right: samples[index]!.right ? 1 : 0 }));
}
