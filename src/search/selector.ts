// Choosing one program among the candidates of a turn (paper, sections 4.1 and 4.3.2, Table 3). A selector
// sees only what it declares to need, so that a search runs no test and no verifier in vain.
import { drawIndex, randomStream } from "../core/seed.ts";

/** What a selector may know of a candidate; fields that it doesn't need are absent. */
export interface Candidate {
  /** All public tests pass. */
  publicPassed?: boolean;
  /** Raw verifier score. */
  score?: number;
  /** All public and private tests pass: for the oracle alone. */
  correct?: boolean;
}

export interface Selector {
  needs: { public: boolean; score: boolean; oracle: boolean };
  /** Index of the chosen candidate; ties go to the first. `seed` is for selectors that draw. */
  choose(candidates: readonly Candidate[], seed: number): number;
}

function firstWithMost(candidates: readonly Candidate[], worth: (candidate: Candidate) => number): number {
  let best = 0;
  for (let i = 1; i < candidates.length; i++) {
    if (worth(candidates[i]!) > worth(candidates[best]!)) best = i;
  }
  return best;
}

const passes = (candidate: Candidate) => (candidate.publicPassed ? 1 : 0);

export const selectors = {
  random: {
    needs: { public: false, score: false, oracle: false },
    choose: (candidates, seed) => drawIndex(randomStream(seed), candidates.length),
  },
  /** PT: the first that passes the public tests, else the first. */
  public: {
    needs: { public: true, score: false, oracle: false },
    choose: (candidates) => firstWithMost(candidates, passes),
  },
  /** LV, Eq. 6: the highest score. */
  verifier: {
    needs: { public: false, score: true, oracle: false },
    choose: (candidates) => firstWithMost(candidates, (candidate) => candidate.score!),
  },
  /** PT+LV: the highest score among those that pass the public tests, or among all where none passes. */
  "public+verifier": {
    needs: { public: true, score: true, oracle: false },
    choose(candidates) {
      const anyPasses = candidates.some((candidate) => candidate.publicPassed);
      return firstWithMost(candidates, (candidate) =>
        anyPasses && !candidate.publicPassed ? Number.NEGATIVE_INFINITY : candidate.score!,
      );
    },
  },
  /** The upper bound: a correct program where there is one. */
  oracle: {
    needs: { public: true, score: false, oracle: true },
    choose: (candidates) =>
      firstWithMost(candidates, (candidate) => (candidate.correct ? 2 : passes(candidate))),
  },
} satisfies Record<string, Selector>;
