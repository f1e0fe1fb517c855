import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import {
  accuracyByTurn,
  accuracyOfRollouts,
  type EpisodeEnd,
  rightWithin,
  systemAccuracy,
} from "./accuracy.ts";
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

describe("accuracyOfRollouts", () => {
  const outcome = (passed: boolean): Outcome => ({
    verdict: passed ? "passed" : "wrong",
    passed: passed ? 1 : 0,
    total: 1,
  });
  const rollout = (problem: string, turns: { passedPublic: boolean; right: boolean }[]) => ({
    problem,
    sample: 0,
    turns: turns.map(({ passedPublic, right }, index) => ({
      turn: index + 1,
      completion: "",
      program: "",
      public: outcome(passedPublic),
      private: outcome(right),
      correct: passedPublic && right,
      feedback: null,
      tokens: { prompt: 0, completion: 0 },
    })),
  });

  test("gives every turn limit from one set, whether turns after the first public pass were recorded or not", () => {
    fc.assert(
      fc.property(fc.array(episode, { minLength: 1, maxLength: 20 }), fc.boolean(), (episodes, cut) => {
        const rollouts = episodes.map(({ problem, turns }) => {
          const first = turns.findIndex((turn) => turn.passedPublic);
          return rollout(problem, cut && first >= 0 ? turns.slice(0, first + 1) : turns);
        });
        const all = accuracyOfRollouts(rollouts, 4)!;
        for (let limit = 1; limit <= 4; limit++) {
          const solved = episodes.filter(
            ({ turns }) => turns.slice(0, limit).find((turn) => turn.passedPublic)?.right ?? false,
          );
          expect(all[limit - 1]!.mean).toBeCloseTo(solved.length / episodes.length, 12);
          expect(accuracyOfRollouts(rollouts, limit)).toEqual(all.slice(0, limit));
        }
      }),
    );
  });

  test("goes beyond the rollouts' own limit only where all of them passed", () => {
    const passed = rollout("a", [{ passedPublic: true, right: true }]);
    const gaveUp = rollout("b", [{ passedPublic: false, right: true }]);
    expect(accuracyOfRollouts([passed], 6)!.map(({ mean }) => mean)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(accuracyOfRollouts([passed, gaveUp], 1)![0]!.mean).toBe(0.5);
    expect(() => accuracyOfRollouts([passed, gaveUp], 2)).toThrow(
      'rollout 0 of problem "b": ended after 1 turns without passing',
    );
    const outgrown = { ...gaveUp, stop: "context-limit" as const };
    expect(accuracyOfRollouts([passed, outgrown], 2)!.map(({ mean }) => mean)).toEqual([0.5, 0.5]);
    expect(accuracyOfRollouts([], 3)).toBeNull();
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

  test("is the mean of rightWithin for every mode, turn and kind of tests", () => {
    const evaluations = [evaluation("a", end(1, false, true)), evaluation("b", end(2, true, true))];
    expect(rightWithin(evaluations, "greedy", 2)).toEqual([
      { cluster: "a", value: 0 },
      { cluster: "b", value: 1 },
    ]);
    expect(rightWithin(evaluations, "greedy", 1, "private").map(({ value }) => value)).toEqual([1, 0]);
    expect(rightWithin(evaluations, "public+verifier", 1).map(({ value }) => value)).toEqual([1, 1]);
  });
});
