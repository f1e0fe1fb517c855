// What all recipes have in common, and the verifier's data, on random small sets of rollouts. Each recipe's own test lies
// beside it: rft-recipes.test.ts, mucode-recipes.test.ts, mixed-recipes.test.ts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isRight,
  problem,
  rolloutsFrom,
  rolloutsOf,
  roundOf,
  rowsOf,
  scoresOf,
} from "../../test/fixtures/random-rollouts.ts";
import { distinctAnswers } from "./candidates.ts";
import { labelledAnswers, preferencePairs } from "./pairs.ts";
import type { Recipe } from "./recipe.ts";
import { recipes } from "./recipes.ts";
import { relabel } from "./relabel.ts";

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

test("distinct programs are told apart by program, whatever stands around them", () => {
  const [rollout] = rolloutsFrom([["1", "2", "4"]]);
  const turns = rollout!.turns.map((turn, index) => ({ ...turn, program: index === 2 ? "4" : "same" }));
  const answers = distinctAnswers([{ ...rollout!, turns }], ({ program }) => program);
  expect(answers.map(({ completion, count }) => [completion, count])).toEqual([
    ["same", 2],
    ["4", 1],
  ]);
});

test("a state is the prompt and every turn before it, with its feedback", () => {
  expect(
    rowsOf("mucode", roundOf(rolloutsFrom([["1", "4"]]), [0])).map(({ prompt }) =>
      prompt.map(({ content }) => content),
    ),
  ).toEqual([["x"], ["x", "1", "feedback 1"]]);
});

test("equal examples are one, with the sum of their weights; a recipe may weight its targets", () => {
  const halves: Recipe = {
    ...recipes[0]!,
    target: ({ rollout, turn }) => [
      { completion: rollout.turns[turn]!.completion, weight: 0.75 },
      { completion: "z", weight: 0.25 },
    ],
  };
  const rows = relabel(halves, problem, [roundOf(rolloutsFrom([["1"], ["1"], ["2"]]), [0])], 1);
  expect(rows.map(({ completion, weight }) => [completion[0]!.content, weight])).toEqual([
    ["1", 1.5],
    ["z", 0.75],
    ["2", 0.75],
  ]);
});

test("every recipe has a name of its own, and says in one line what it is and where it stands", () => {
  expect(new Set(recipes.map(({ name }) => name)).size).toBe(recipes.length);
  for (const { name, summary, keeps, imitates, source } of recipes)
    for (const text of [summary, keeps, imitates, source]) expect(text, name).toMatch(/^\S[^\n]*\S$/);
});

test("a recipe that says it uses no scores is blind to them, and the others aren't", () => {
  for (const { name, usesScores } of recipes) {
    let moved = false;
    fc.assert(
      fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
        const blind = JSON.stringify(rowsOf(name, roundOf(rollouts, [0])));
        const seeing = JSON.stringify(rowsOf(name, roundOf(rollouts, scores)));
        moved ||= blind !== seeing;
      }),
    );
    expect(moved, name).toBe(usesScores);
  }
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
