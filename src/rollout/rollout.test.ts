import { describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Rollout } from "../core/rollout.ts";
import { ContextOverflow } from "../models/index.ts";
import type { Generator } from "../models/model.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { collectRollouts, inParallel } from "./collect.ts";
import { outgrownNote } from "./context-limit.ts";
import { problemEnvironment } from "./environment.ts";
import { runEpisode } from "./episode.ts";

const tests = { style: "function" as const, asserts: ["assert f() == 1"] };
const problemOf = (id: string): Problem => ({
  id,
  split: "train",
  prompt: id,
  publicTests: tests,
  privateTests: tests,
});
const outcome = (passed: boolean): Outcome => ({ verdict: passed ? "passed" : "wrong", passed: 0, total: 1 });

function countingSandbox(): Sandbox & { judged: string[] } {
  const judged: string[] = [];
  return {
    judged,
    async judge({ program }) {
      judged.push(program);
      return [outcome(program.includes("P")), outcome(program.includes("R"))];
    },
    close: async () => {},
  };
}

const scripted = (texts: string[]): Generator => ({
  generate: async (state) => [
    { text: `x = ${texts[(state.length - 1) / 2]}`, finish: "stop", tokens: { prompt: 1, completion: 1 } },
  ],
});

const options = {
  turns: 3,
  sampling: [{ temperature: 1, topP: 1, maxTokens: 9 }],
  runSeed: 1,
  purpose: "test",
};
const episode = (texts: string[]) => {
  const problem = problemOf("p");
  return runEpisode(
    problem,
    0,
    scripted(texts),
    problemEnvironment(problem, countingSandbox(), false),
    options,
  );
};

describe("an episode", () => {
  test("ends at the first public pass, though private tests fail (not defect D1)", async () => {
    const rollout = await episode(["a", "P", "PR"]);
    expect(rollout.stop).toBe("passed-public");
    expect(rollout.turns.map(({ correct }) => correct)).toEqual([false, false]);
  });

  test("ends at the turn limit otherwise, and shows feedback only between turns", async () => {
    const rollout = await episode(["a", "b", "c"]);
    expect(rollout.stop).toBe("turn-limit");
    expect(rollout.turns.map(({ feedback }) => feedback !== null)).toEqual([true, true, false]);
  });

  test("ends where the conversation outgrows the model's context, with the turns that it had", async () => {
    const shortSighted = (most: number): Generator => ({
      async generate(state, ...rest) {
        if (state.length > most) throw new ContextOverflow("this model's context is 9 tokens");
        return scripted(["a", "b", "c"]).generate(state, ...rest);
      },
    });
    const run = (most: number) => {
      const problem = problemOf("p");
      const environment = problemEnvironment(problem, countingSandbox(), false);
      return runEpisode(problem, 0, shortSighted(most), environment, options);
    };
    const rollout = await run(3);
    expect(rollout.stop).toBe("context-limit");
    expect(rollout.turns.map(({ feedback }) => feedback !== null)).toEqual([true, false]);
    expect(await run(0)).toEqual({ problem: "p", sample: 0, turns: [], stop: "context-limit" });
    expect((await run(5)).stop).toBe("turn-limit");
  });

  test("does not hide another failure of the model", async () => {
    const failing: Generator = { generate: () => Promise.reject(new Error("gone")) };
    const problem = problemOf("p");
    const environment = problemEnvironment(problem, countingSandbox(), false);
    await expect(runEpisode(problem, 0, failing, environment, options)).rejects.toThrow("gone");
  });

  test("goes on when a program passes the private tests alone", async () => {
    expect((await episode(["R", "PR"])).turns).toHaveLength(2);
  });
});

test("feedback quotes a process that was given the public tests alone", async () => {
  const asked: number[] = [];
  const sandbox: Sandbox = {
    async judge({ groups }) {
      asked.push(groups.length);
      const actual = groups.length === 1 ? "2" : "what the private tests give";
      const failure = { test: 0, input: "f()", expected: "1", actual };
      return groups.map(() => ({ verdict: "wrong", passed: 0, total: 1, failure }));
    },
    close: async () => {},
  };
  const step = await problemEnvironment(problemOf("p"), sandbox, false).step("x = 1");
  expect(step.judgement.public.failure!.actual).toBe("2");
  expect(asked).toEqual([2, 1]);
});

test("how many episodes outgrew the context is said in one clause, and nothing for none", () => {
  expect([0, 1, 3].map(outgrownNote)).toEqual([
    "",
    "1 episode ended because the conversation outgrew the model's context",
    "3 episodes ended because the conversation outgrew the model's context",
  ]);
});

describe("collecting", () => {
  const collect = async (done: (problem: string, sample: number) => boolean, concurrency = 4) => {
    const sandbox = countingSandbox();
    const rollouts: Rollout[] = [];
    const problems = ["a", "b", "c"].map(problemOf);
    await collectRollouts(
      problems,
      scripted(["PR"]),
      sandbox,
      { ...options, samples: 5, concurrency },
      done,
      async (rollout) => {
        rollouts.push(rollout);
      },
    );
    return { sandbox, rollouts };
  };

  test("executes equal programs of a problem once", async () => {
    const { sandbox, rollouts } = await collect(() => false);
    expect(rollouts).toHaveLength(15);
    expect(sandbox.judged).toHaveLength(3);
  });

  test("leaves out what is done", async () => {
    const { rollouts } = await collect((problem, sample) => problem === "a" || sample < 4);
    expect(rollouts.map(({ problem, sample }) => `${problem}${sample}`).sort()).toEqual(["b4", "c4"]);
  });
});

describe("inParallel", () => {
  test("never has more in flight than its limit", async () => {
    let running = 0;
    let most = 0;
    await inParallel(
      Array.from({ length: 50 }, (_, i) => i),
      7,
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
      },
    );
    expect(most).toBe(7);
  });

  test("stops taking items after a failure and rejects with it", async () => {
    const started: number[] = [];
    const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
      started.push(item);
      await new Promise((resolve) => setTimeout(resolve, item));
      if (item === 1) throw new Error("first");
    });
    await expect(work).rejects.toThrow("first");
    expect(started.length).toBeLessThan(5);
  });
});
