// The method against direct transcriptions of its definitions, on random small sets of rollouts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Rollout, Turn } from "../core/rollout.ts";
import { distinctAnswers } from "./candidates.ts";
import { localSearchExpert } from "./experts.ts";
import { labelledAnswers, preferencePairs } from "./pairs.ts";
import type { ScoredAnswer } from "./recipe.ts";
import { findRecipe, recipes } from "./recipes.ts";
import { relabel, type SftRow } from "./relabel.ts";

const problem = { id: "p", prompt: "x" };
const outcome = (passed: boolean): Outcome => ({
  verdict: passed ? "passed" : "wrong",
  passed: passed ? 1 : 0,
  total: 1,
});

/** An answer's truth is a function of its text, as in life: the last digit tells. */
const isPublic = (text: string) => Number(text) % 2 === 0;
const isRight = (text: string) => Number(text) % 4 === 0;

function turnOf(text: string, turn: number): Turn {
  return {
    turn,
    completion: text,
    program: text,
    public: outcome(isPublic(text)),
    private: outcome(isRight(text)),
    correct: isRight(text),
    feedback: `feedback ${text}`,
    tokens: { prompt: 1, completion: 1 },
  };
}

const rolloutsOf = fc
  .array(fc.array(fc.nat(9).map(String), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 })
  .map((episodes) =>
    episodes.map<Rollout>((texts, sample) => ({
      problem: "p",
      sample,
      turns: texts.map((text, index) => turnOf(text, index + 1)),
      stop: "turn-limit",
    })),
  );

const scored = (rollouts: readonly Rollout[], scores: readonly number[]): ScoredAnswer[] =>
  distinctAnswers(rollouts).map((answer, index) => ({ ...answer, score: scores[index % scores.length]! }));

const scoresOf = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 10 });
const rows = (name: string, rollouts: readonly Rollout[], answers: readonly ScoredAnswer[]) =>
  relabel(findRecipe(name)!, problem, rollouts, answers, 1);
const targetOf = (row: SftRow) => row.completion[0]!.content;
const weights = (examples: readonly SftRow[]) => examples.reduce((sum, { weight }) => sum + weight, 0);

test("D(x) holds every turn's answer once, with its oracle label and count", () => {
  fc.assert(
    fc.property(rolloutsOf, (rollouts) => {
      const texts = rollouts.flatMap(({ turns }) => turns.map(({ completion }) => completion));
      const answers = distinctAnswers(rollouts);
      expect(answers.map(({ completion }) => completion)).toEqual([...new Set(texts)]);
      expect(answers.reduce((sum, { count }) => sum + count, 0)).toBe(texts.length);
      for (const answer of answers) expect(answer.correct).toBe(isRight(answer.completion));
    }),
  );
});

describe("μCode (Eq. 4 and 5)", () => {
  test("gives every visited state the one answer with the most 1.0 · correct + 0.1 · score", () => {
    fc.assert(
      fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
        const answers = scored(rollouts, scores);
        const best = Math.max(...answers.map(({ correct, score }) => (correct ? 1 : 0) + 0.1 * score));
        const examples = rows("mucode", rollouts, answers);
        expect(new Set(examples.map(targetOf)).size).toBe(1);
        const chosen = answers.find(({ completion }) => completion === targetOf(examples[0]!))!;
        expect((chosen.correct ? 1 : 0) + 0.1 * chosen.score).toBe(best);
        expect(weights(examples)).toBe(rollouts.reduce((sum, { turns }) => sum + turns.length, 0));
      }),
    );
  });

  test("lets a verifier that is sure enough overrule the oracle, as the equation says (unlike defect D2)", () => {
    const answer = { publicPassed: true, count: 1 };
    const answers = [
      { ...answer, completion: "right", correct: true, score: 0 },
      { ...answer, completion: "wrong", correct: false, score: 10.1 },
    ];
    expect(localSearchExpert(answers, { oracle: 1, learned: 0.1 }).completion).toBe("wrong");
  });

  test("relabels problems that nobody solved with the verifier's favourite", () => {
    const rollouts: Rollout[] = [
      { problem: "p", sample: 0, turns: [turnOf("1", 1), turnOf("3", 2)], stop: "turn-limit" },
    ];
    const examples = rows("mucode", rollouts, scored(rollouts, [0.1, 0.2]));
    expect(examples.map(targetOf)).toEqual(["3", "3"]);
  });
});

test("Multi-STaR keeps exactly the turns of rollouts that ended right, as they were written", () => {
  fc.assert(
    fc.property(rolloutsOf, (rollouts) => {
      const examples = rows("rft", rollouts, scored(rollouts, [0]));
      const kept = rollouts.filter(({ turns }) => turns.at(-1)!.correct);
      const expected = kept.flatMap(({ turns }) => turns.map(({ completion }) => completion));
      const given = examples.flatMap((row) => Array.from({ length: row.weight }, () => targetOf(row)));
      expect(given.sort()).toEqual(expected.sort());
    }),
  );
});

test("Multi-STaR² answers every state of a solved problem with a right answer, and leaves the others out", () => {
  fc.assert(
    fc.property(rolloutsOf, (rollouts) => {
      const examples = rows("rft-relabelled", rollouts, scored(rollouts, [0]));
      const solved = rollouts.some(({ turns }) => turns.some(({ correct }) => correct));
      expect(examples.every((row) => isRight(targetOf(row)))).toBe(true);
      const states = rollouts.reduce((sum, { turns }) => sum + turns.length, 0);
      expect(weights(examples)).toBe(solved ? states : 0);
    }),
  );
});

test("a state is the prompt and every turn before it, with its feedback", () => {
  const rollouts: Rollout[] = [
    { problem: "p", sample: 0, turns: [turnOf("1", 1), turnOf("4", 2)], stop: "turn-limit" },
  ];
  expect(
    rows("mucode", rollouts, scored(rollouts, [0])).map(({ prompt }) => prompt.map(({ content }) => content)),
  ).toEqual([["x"], ["x", "1", "feedback 1"]]);
});

test("a recipe that says it uses no scores is blind to them, and the others aren't", () => {
  for (const { name, usesScores } of recipes) {
    let moved = false;
    fc.assert(
      fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
        const blind = JSON.stringify(rows(name, rollouts, scored(rollouts, [0])));
        const seeing = JSON.stringify(rows(name, rollouts, scored(rollouts, scores)));
        moved ||= blind !== seeing;
      }),
    );
    expect(moved, name).toBe(usesScores);
  }
});

test("the base recipe trains on nothing", () => {
  fc.assert(
    fc.property(rolloutsOf, (rollouts) => {
      expect(rows("base", rollouts, scored(rollouts, [0]))).toEqual([]);
    }),
  );
});

describe("verifier data", () => {
  test("pairs are all of right × wrong, or a seeded draw of them without repetition", () => {
    fc.assert(
      fc.property(rolloutsOf, fc.integer({ min: 1, max: 20 }), fc.nat(), (rollouts, limit, seed) => {
        const answers = distinctAnswers(rollouts);
        const right = answers.filter(({ correct }) => correct).length;
        const all = right * (answers.length - right);
        expect(preferencePairs(problem, answers, "all", seed)).toHaveLength(all);
        const drawn = preferencePairs(problem, answers, limit, seed);
        expect(drawn).toHaveLength(Math.min(limit, all));
        expect(new Set(drawn.map((pair) => JSON.stringify(pair))).size).toBe(drawn.length);
        for (const { chosen, rejected } of drawn) {
          expect(isRight(chosen[0]!.content)).toBe(true);
          expect(isRight(rejected[0]!.content)).toBe(false);
        }
        expect(preferencePairs(problem, answers, limit, seed)).toEqual(drawn);
      }),
    );
  });

  test("labels are the oracle's", () => {
    fc.assert(
      fc.property(rolloutsOf, (rollouts) => {
        for (const row of labelledAnswers(problem, distinctAnswers(rollouts)))
          expect(row.label).toBe(isRight(row.completion[0]!.content));
      }),
    );
  });
});
