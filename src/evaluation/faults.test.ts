// Programs about which nothing could be said are counted apart: the sandbox failed, not they.
import { expect, test } from "vitest";
import type { Outcome, Verdict } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Generator } from "../models/index.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { evaluateSamples } from "./evaluate-problem.ts";
import { sampledResults } from "./sampled-results.ts";

const tests = { style: "function" as const, asserts: ["assert f() == 1"] };
const problem: Problem = {
  id: "p",
  split: "test",
  prompt: "x",
  publicTests: tests,
  privateTests: tests,
  strongTests: tests,
};
const options = { turns: 2, candidates: 3, temperature: 1, topP: 1, maxTokens: 9, runSeed: 1 };
const selectors = ["random", "public"] as const;

/** Three programs that differ, the same at every turn. */
const generator: Generator = {
  generate: async (_state, n) =>
    Array.from({ length: n }, (_, index) => ({
      text: `x = ${index}`,
      finish: "stop",
      tokens: { prompt: 1, completion: 1 },
    })),
};
const outcome = (verdict: Verdict): Outcome => ({ verdict, passed: 0, total: 1 });
const evaluate = (verdicts: (program: string) => Verdict[]) => {
  const sandbox: Sandbox = {
    judge: async ({ program }) => verdicts(program).map(outcome),
    close: async () => {},
  };
  return evaluateSamples(problem, generator, null, sandbox, { ...options, selectors });
};

test("each of them once, whichever tests failed to judge it", async () => {
  const record = await evaluate((program) =>
    program === "x = 0"
      ? ["fault", "fault", "fault"]
      : program === "x = 1"
        ? ["wrong", "wrong", "fault"]
        : ["wrong", "wrong", "wrong"],
  );
  expect(record.faults).toBe(2);
  const all = { turns: 2, samples: 3, selectors, strongTests: true, seed: 1 };
  const calm = await evaluate(() => ["wrong", "wrong", "wrong"]);
  expect(calm).not.toHaveProperty("faults");
  expect(sampledResults([record, { ...calm, problem: "q" }], all)!.faults).toBe(2);
  expect(sampledResults([calm], all)!.faults).toBe(0);
});
