// Synthetic models are functions of their seeds, and cover what they may draw from.
import { expect, test } from "vitest";
import { syntheticGenerator, syntheticVerifier } from "./synthetic.ts";

const sampling = { temperature: 1, topP: 1, maxTokens: 100 };
const state = [{ role: "user", content: "12345678" }] as const;
const generator = syntheticGenerator({ completions: () => ["best", "second", "third"] });

test("the same seed draws the same completions, and other seeds others", async () => {
  const first = await generator.generate(state, 20, sampling, 1);
  expect(await generator.generate(state, 20, sampling, 1)).toEqual(first);
  expect(await generator.generate(state, 20, sampling, 2)).not.toEqual(first);
  expect(new Set(first.map((completion) => completion.text))).toEqual(new Set(["best", "second", "third"]));
  expect(first[0]).toMatchObject({ finish: "stop", tokens: { prompt: 2 } });
});

test("greedy takes the first", async () => {
  const greedy = await generator.generate(state, 3, { ...sampling, temperature: 0 }, 9);
  expect(greedy.map((completion) => completion.text)).toEqual(["best", "best", "best"]);
});

test("the verifier's score depends on seed and input alone, or on the given function", async () => {
  const score = await syntheticVerifier(1).score(state);
  expect(await syntheticVerifier(1).score(state)).toBe(score);
  expect(await syntheticVerifier(2).score(state)).not.toBe(score);
  expect(await syntheticVerifier(1, (input) => input.length).score(state)).toBe(1);
});
