import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accuracyByTurn, type EpisodeEnd, passAtK, systemAccuracy } from "./accuracy.ts";
import type { ProblemEvaluation } from "./results.ts";

/** An episode as its turns happened: did the selected program pass the public tests, and was it right. */
const episode = fc.record({
  problem: fc.constantFrom("a", "b", "c", "d"),
  turns: fc.array(fc.record({ passedPublic: fc.boolean(), right: fc.boolean() }), {
    minLength: 4,
    maxLength: 4,
  }),
});

describe("accuracyByTurn", () => {
  test("equals replaying every episode with a smaller turn limit", () => {
    fc.assert(
      fc.property(fc.array(episode, { minLength: 1, maxLength: 30 }), (episodes) => {
        const ends = episodes.map(({ problem, turns }): EpisodeEnd => {
          const first = turns.findIndex((turn) => turn.passedPublic);
          return { problem, stopped: first < 0 ? null : first + 1, right: first >= 0 && turns[first]!.right };
        });
        const estimates = accuracyByTurn(ends, 4)!;
        for (let limit = 1; limit <= 4; limit++) {
          const solved = episodes.filter(
            ({ turns }) => turns.slice(0, limit).find((turn) => turn.passedPublic)?.right ?? false,
          );
          expect(estimates[limit - 1]!.mean).toBeCloseTo(solved.length / episodes.length, 12);
        }
      }),
    );
  });

  test("an episode that passed no public test is a failure, whatever is claimed of its last program", () => {
    const ends = [
      { problem: "a", stopped: null, right: true },
      { problem: "b", stopped: 2, right: true },
    ];
    expect(accuracyByTurn(ends, 3)!.map((estimate) => estimate.mean)).toEqual([0, 0.5, 0.5]);
    expect(accuracyByTurn([], 3)).toBeNull();
  });
});

describe("systemAccuracy", () => {
  const end = (stopped: number | null, strong: boolean, priv: boolean) => ({
    stopped,
    strong,
    private: priv,
  });
  const evaluation = (problem: string, greedy: ProblemEvaluation["greedy"]): ProblemEvaluation => ({
    problem,
    greedy,
    bestOfN: {
      random: end(null, false, false),
      public: end(1, false, true),
      verifier: end(2, true, true),
      "public+verifier": end(1, true, true),
      oracle: end(1, true, true),
    },
    candidates: [],
    tokens: { prompt: 0, completion: 0 },
  });

  test("keeps greedy, selectors and the two kinds of tests apart", () => {
    const accuracy = systemAccuracy(
      [evaluation("a", end(1, false, true)), evaluation("b", end(2, true, true))],
      2,
    )!;
    expect(accuracy.greedy.strong.map((estimate) => estimate.mean)).toEqual([0, 0.5]);
    expect(accuracy.greedy.private.map((estimate) => estimate.mean)).toEqual([0.5, 1]);
    expect(accuracy.selectors.public.strong[1]!.mean).toBe(0);
    expect(accuracy.selectors.verifier.strong.map((estimate) => estimate.mean)).toEqual([0, 1]);
    expect(accuracy.selectors.random.private[1]!.mean).toBe(0);
    expect(systemAccuracy([], 2)).toBeNull();
  });
});

describe("passAtK", () => {
  test("equals counting all subsets of k samples", () => {
    const sizes = fc
      .integer({ min: 1, max: 9 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n }), fc.integer({ min: 1, max: n })));
    fc.assert(
      fc.property(sizes, ([n, c, k]) => {
        let subsets = 0;
        let withRight = 0;
        for (let mask = 0; mask < 2 ** n; mask++) {
          if (bits(mask) !== k) continue;
          subsets++;
          if ((mask & (2 ** c - 1)) !== 0) withRight++;
        }
        expect(passAtK(n, c, k)).toBeCloseTo(withRight / subsets, 12);
      }),
    );
  });

  test("stays finite for large n and refuses impossible counts", () => {
    expect(passAtK(10_000, 1, 100)).toBeCloseTo(0.01, 12);
    expect(() => passAtK(5, 6, 1)).toThrow("0 <= c <= n");
    expect(() => passAtK(5, 2, 6)).toThrow("1 <= k <= n");
  });
});

function bits(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}
