import { describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Message, Problem } from "../core/problem.ts";
import { ContextOverflow } from "../models/index.ts";
import type { Generator, Verifier } from "../models/model.ts";
import { problemEnvironment } from "../rollout/environment.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { rememberCompletions, searchProblem, sharedDraws } from "./search.ts";
import { selectors } from "./selector.ts";

const tests = { style: "function" as const, asserts: ["assert f() == 1"] };
const problem: Problem = { id: "p", split: "test", prompt: "x", publicTests: tests, privateTests: tests };
const outcome = (passed: boolean): Outcome => ({ verdict: passed ? "passed" : "wrong", passed: 0, total: 1 });

/** Programs are words: P passes the public test, R is right. */
const sandbox: Sandbox = {
  judge: async ({ program }) => [outcome(program.includes("P")), outcome(program.includes("R"))],
  close: async () => {},
};

function scripted(byTurn: string[][]): Generator & { states: Message[][] } {
  const states: Message[][] = [];
  return {
    states,
    async generate(state, n) {
      states.push([...state]);
      return byTurn[(state.length - 1) / 2]!.slice(0, n).map((text) => ({
        text: `x = ${text}`,
        finish: "stop",
        tokens: { prompt: 10, completion: 2 },
      }));
    },
  };
}

const verifier: Verifier = { score: async (input) => Number(/\d+/.exec(input.at(-1)!.content)?.[0] ?? 0) };
const options = {
  turns: 3,
  candidates: 3,
  sampling: { temperature: 1, topP: 1, maxTokens: 9 },
  runSeed: 1,
  purpose: "search",
};
const search = (name: keyof typeof selectors, byTurn: string[][], generator = scripted(byTurn)) =>
  searchProblem(
    problem,
    generator,
    verifier,
    problemEnvironment(problem, sandbox, false),
    selectors[name],
    options,
  );

describe("a selector keeps", () => {
  test.each([
    ["public", ["a1", "Pb2", "PRc3"], "Pb2"],
    ["public", ["a1", "b2", "c3"], "a1"],
    ["verifier", ["Pa1", "b9", "PRc3"], "b9"],
    ["public+verifier", ["Pa1", "b9", "PRc3"], "PRc3"],
    ["public+verifier", ["a1", "b9", "c3"], "b9"],
    ["oracle", ["Pa1", "b9", "PRc3"], "PRc3"],
    ["oracle", ["a1", "Pb9", "c3"], "Pb9"],
  ] as const)("%s of %j: %s", async (name, candidates, kept) => {
    const result = await search(name, [[...candidates], ["a", "a", "a"], ["a", "a", "a"]]);
    expect(result.turns[0]!.completion).toBe(`x = ${kept}`);
  });

  test("random: each of them, over many seeds", async () => {
    const picks = Array.from({ length: 60 }, (_, seed) => selectors.random.choose([{}, {}, {}], seed));
    expect(new Set(picks)).toEqual(new Set([0, 1, 2]));
  });
});

test("the search stops at the first chosen program that passes the public tests, right or not", async () => {
  const result = await search("public", [
    ["a", "b", "c"],
    ["a", "Pb", "c"],
    ["PR", "PR", "PR"],
  ]);
  expect(result.stopped).toBe(2);
  expect(result.turns).toHaveLength(2);
});

test("only the chosen program and its feedback enter the history", async () => {
  const generator = scripted([
    ["a1", "b9", "c3"],
    ["P", "P", "P"],
  ]);
  await search("verifier", [], generator);
  expect(generator.states[1]!.map(({ content }) => content)).toEqual([
    "x",
    "x = b9",
    expect.stringMatching(/^Feedback: /),
  ]);
});

test("without a pass the last turn's program is the answer, and nothing stopped", async () => {
  const result = await search(
    "public",
    [["a"], ["b"], ["c"]].map((turn) => [...turn, ...turn, ...turn]),
  );
  expect(result.stopped).toBeNull();
  expect(result.turns.map(({ completion }) => completion)).toEqual(["x = a", "x = b", "x = c"]);
});

describe("a conversation that outgrows the model's context", () => {
  const upTo = (most: number): Generator => ({
    async generate(state, ...rest) {
      if (state.length > most) throw new ContextOverflow("this model's context is 9 tokens");
      return scripted([["a"], ["b"], ["c"]].map((turn) => [...turn, ...turn, ...turn])).generate(
        state,
        ...rest,
      );
    },
  });

  test("ends the search there, not solved", async () => {
    const result = await searchProblem(
      problem,
      upTo(3),
      verifier,
      problemEnvironment(problem, sandbox, false),
      selectors.public,
      options,
    );
    expect(result).toMatchObject({ stopped: null, outgrown: true });
    expect(result.turns.map(({ feedback }) => feedback !== null)).toEqual([true, false]);
  });
});

test("searches that meet in a state share its draws", async () => {
  const generator = scripted([
    ["a1", "b9", "c3"],
    ["P", "P", "P"],
  ]);
  const remembering = rememberCompletions(generator);
  const environment = problemEnvironment(problem, sandbox, false);
  for (const name of ["public", "verifier", "public+verifier"] as const)
    await searchProblem(problem, remembering, verifier, environment, selectors[name], options);
  expect(generator.states).toHaveLength(3);
  expect(remembering.tokens()).toEqual({ prompt: 30, completion: 18 });
});

test("searches of several widths share the draws of the widest; greedy requests stay as they are", async () => {
  const asked: number[] = [];
  const counting: Generator = {
    async generate(_, n) {
      asked.push(n);
      return Array.from({ length: n }, (__, index) => ({
        text: String(index),
        finish: "stop",
        tokens: { prompt: 1, completion: 1 },
      }));
    },
  };
  const drawing = sharedDraws(rememberCompletions(counting), 4);
  const sampling = { temperature: 0.8, topP: 1, maxTokens: 9 };
  const texts = async (n: number, temperature = 0.8) =>
    (await drawing.generate([], n, { ...sampling, temperature }, 1)).map(({ text }) => text);
  expect(await texts(1)).toEqual(["0"]);
  expect(await texts(3)).toEqual(["0", "1", "2"]);
  expect(await texts(1, 0)).toEqual(["0"]);
  expect(asked).toEqual([4, 1]);
});
