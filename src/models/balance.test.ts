import { expect, test, vi } from "vitest";
import { WorkError } from "../core/errors.ts";
import { balanced, balancedVerifiers } from "./balance.ts";
import { ContextOverflow } from "./context-overflow.ts";
import type { Completion, Generator } from "./model.ts";

const sampling = { temperature: 1, topP: 1, maxTokens: 9 };

test("requests spread by what is in flight, and a slow server gets fewer", async () => {
  const served: number[] = [0, 0];
  const serverOf = (index: number, delayMs: number): Generator => ({
    async generate(): Promise<Completion[]> {
      served[index]! += 1;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return [];
    },
  });
  const generator = balanced([serverOf(0, 2), serverOf(1, 40)]);
  const lane = async () => {
    for (let i = 0; i < 10; i++) await generator.generate([], 1, sampling, i);
  };
  await Promise.all([lane(), lane(), lane()]);
  expect(served[0]! + served[1]!).toBe(30);
  expect(served[0]!).toBeGreaterThan(served[1]!);
  expect(served[1]!).toBeGreaterThan(0);
});

test("a failed request frees its place", async () => {
  let calls = 0;
  const failing: Generator = {
    generate: async () => {
      calls++;
      throw new Error("gone");
    },
  };
  const generator = balanced([failing, failing]);
  for (let i = 0; i < 4; i++) await expect(generator.generate([], 1, sampling, i)).rejects.toThrow("gone");
  expect(calls).toBe(4);
});

test("what one server can't do another does, and the first is left in peace for a while", async () => {
  const asked = [0, 0];
  const serverOf = (index: number, fails: boolean) => ({
    score: async () => {
      asked[index]!++;
      if (fails) throw new WorkError("no answer");
      return index;
    },
  });
  const verifier = balancedVerifiers([serverOf(0, true), serverOf(1, false)]);
  const scores = [];
  for (let i = 0; i < 5; i++) scores.push(await verifier.score([]));
  expect(scores).toEqual([1, 1, 1, 1, 1]);
  expect(asked).toEqual([1, 5]);
});

test("a server that dies under many requests has failed once: it is tried again after the first rest", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const asked = [0, 0];
  let dead = true;
  const serverOf = (index: number) => ({
    score: async () => {
      asked[index]!++;
      await Promise.resolve();
      if (index === 0 && dead) throw new WorkError("no answer");
      return index;
    },
  });
  const verifier = balancedVerifiers([serverOf(0), serverOf(1)]);
  await Promise.all(Array.from({ length: 20 }, () => verifier.score([])));
  expect(asked[0]).toBe(10);
  dead = false;
  vi.advanceTimersByTime(9_900);
  expect(await verifier.score([])).toBe(1);
  vi.advanceTimersByTime(200);
  expect(await verifier.score([])).toBe(0);
  vi.useRealTimers();
});

test("a failure of all is the last one's, and what isn't the server's fault is nobody else's business", async () => {
  const asked: number[] = [];
  const serverOf = (index: number, error: Error) => ({
    score: async () => {
      asked.push(index);
      throw error;
    },
  });
  const both = balancedVerifiers([
    serverOf(0, new WorkError("down")),
    serverOf(1, new WorkError("down too")),
  ]);
  await expect(both.score([])).rejects.toThrow("down too");
  await expect(both.score([])).rejects.toThrow("down");
  expect(asked).toHaveLength(4);
  for (const error of [new ContextOverflow("too long"), new TypeError("ours")]) {
    asked.length = 0;
    await expect(balancedVerifiers([serverOf(0, error), serverOf(1, error)]).score([])).rejects.toBe(error);
    expect(asked).toHaveLength(1);
  }
});
