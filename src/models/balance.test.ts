import { expect, test } from "vitest";
import { balanced } from "./balance.ts";
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
