import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveSeed, drawIndex, randomStream, shuffled } from "./seed.ts";

test("a seed depends on every part of its name", () => {
  const base = deriveSeed(1, "rollout", "p/1", 0);
  expect(deriveSeed(1, "rollout", "p/1", 0)).toBe(base);
  const others = [
    deriveSeed(2, "rollout", "p/1", 0),
    deriveSeed(1, "search", "p/1", 0),
    deriveSeed(1, "rollout", "p/1", 1),
  ];
  expect(new Set([base, ...others]).size).toBe(4);
});

test("names can't run into each other", () => {
  expect(deriveSeed(1, "a", "bc")).not.toBe(deriveSeed(1, "ab", "c"));
});

test("a stream is uniform enough: mean and tails of 100,000 draws", () => {
  const random = randomStream(7);
  const draws = Array.from({ length: 100_000 }, random);
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws.length));
  expect(Math.min(...draws.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
  expect(draws.every((d) => d < 1)).toBe(true);
});

test("a shuffle keeps every item", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      expect([...shuffled(items, randomStream(seed))].sort()).toEqual([...items].sort());
    }),
  );
});

test("an index stays below its bound", () => {
  expect(drawIndex(() => 0.999999999, 3)).toBe(2);
  expect(drawIndex(() => 0, 3)).toBe(0);
});
