// Evaluating a problem whose conversations outgrow the model's context: counted, and not solved.
import { expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import { ContextOverflow, type Generator, type Verifier } from "../models/index.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { outgrownEpisodes } from "./accuracy.ts";
import { evaluateProblem } from "./evaluate-problem.ts";

const tests = { style: "function" as const, asserts: ["assert f() == 1"] };
const problem: Problem = { id: "p", split: "test", prompt: "x", publicTests: tests, privateTests: tests };
const failed: Outcome = { verdict: "wrong", passed: 0, total: 1 };
const sandbox: Sandbox = { judge: async () => [failed, failed], close: async () => {} };
const verifier: Verifier = { score: async () => 0 };
const options = { turns: 3, candidates: 2, temperature: 1, topP: 1, maxTokens: 9, runSeed: 1 };

/** Reads conversations of so many messages. */
const reading = (most: number): Generator => ({
  async generate(state, n) {
    if (state.length > most) throw new ContextOverflow("this model's context is 9 tokens");
    return Array.from({ length: n }, () => ({
      text: "x = 1",
      finish: "stop",
      tokens: { prompt: 1, completion: 1 },
    }));
  },
});
const evaluate = (most: number) => evaluateProblem(problem, reading(most), verifier, sandbox, options);
const notSolved = { stopped: null, strong: false, private: false };

test("each of its six searches ends there, and its record says so", async () => {
  const { greedy, bestOfN, candidates } = await evaluate(3);
  expect([greedy, ...Object.values(bestOfN)]).toEqual(Array(6).fill({ ...notSolved, outgrown: true }));
  expect(candidates).toHaveLength(1);
});

test("also where the prompt alone is too long", async () => {
  const { greedy, candidates } = await evaluate(0);
  expect(greedy).toEqual({ ...notSolved, outgrown: true });
  expect(candidates).toEqual([]);
});

test("where all of it fits, nothing is said", async () => {
  expect((await evaluate(5)).greedy).toEqual(notSolved);
  expect(outgrownEpisodes([await evaluate(5)])).toBeUndefined();
});

test("a system's are counted by mode", async () => {
  expect(outgrownEpisodes([await evaluate(3), await evaluate(5), await evaluate(0)])).toEqual({
    greedy: 2,
    selectors: { random: 2, public: 2, verifier: 2, "public+verifier": 2, oracle: 2 },
  });
});
