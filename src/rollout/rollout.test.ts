import { describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Rollout } from "../core/rollout.ts";
import type { Generator } from "../models/model.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { collectRollouts, inParallel } from "./collect.ts";
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

  test("goes on when a program passes the private tests alone", async () => {
    expect((await episode(["R", "PR"])).turns).toHaveLength(2);
  });
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
