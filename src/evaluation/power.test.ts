import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../core/seed.ts";
import { pairedDifference } from "./paired.ts";
import { detectableDifference, differenceVariance, powerOf, problemsNeeded, seedsNeeded } from "./power.ts";

/** A world with known variances: a problem's chances of being solved are 0.1 or 0.7 for b, and up to 0.4 more for a. */
const worlds = [
  { b: 0.1, a: 0.1 },
  { b: 0.1, a: 0.3 },
  { b: 0.7, a: 0.7 },
  { b: 0.7, a: 0.9 },
];
const average = (pick: (world: { a: number; b: number }) => number) =>
  worlds.reduce((total, world) => total + pick(world), 0) / worlds.length;
const delta = average(({ a, b }) => a - b);
const truth = {
  between: average(({ a, b }) => (a - b - delta) ** 2),
  withinA: average(({ a }) => a * (1 - a)),
  withinB: average(({ b }) => b * (1 - b)),
};

function experiment(random: () => number, problems: number, seeds: number) {
  const [a, b]: { cluster: string; value: number }[][] = [[], []];
  for (let problem = 0; problem < problems; problem++) {
    const world = worlds[Math.floor(random() * worlds.length)]!;
    for (let seed = 0; seed < seeds; seed++) {
      a!.push({ cluster: `${problem}`, value: random() < world.a ? 1 : 0 });
      b!.push({ cluster: `${problem}`, value: random() < world.b ? 1 : 0 });
    }
  }
  return { a: a!, b: b! };
}

describe("sample sizes", () => {
  test("are the textbook numbers where nothing but problems vary", () => {
    // (1.959964 + 0.841621)² = 7.84888; times 0.25 / 0.05² = 784.89.
    const parts = { between: 0.25, withinA: 0, withinB: 0 };
    expect(problemsNeeded(0.05, parts, { a: 1, b: 1 })).toBe(785);
    expect(problemsNeeded(-0.05, parts, { a: 9, b: 9 })).toBe(785);
    // The example of docs/reference/estimators.md: 5 points, where the systems differ on a fifth of the problems.
    expect(problemsNeeded(0.05, { ...parts, between: 0.2 - 0.05 ** 2 }, { a: 1, b: 1 })).toBe(621);
    // 90 % power at the 1 % level: (2.575829 + 1.281552)² = 14.87938; times 100.
    expect(problemsNeeded(0.05, parts, { a: 1, b: 1 }, { level: 0.01, power: 0.9 })).toBe(1488);
  });

  test("as many problems as it says are seen as often as it says, whatever the seeds", () => {
    const random = randomStream(21);
    for (const seeds of [1, 4]) {
      const problems = problemsNeeded(delta, truth, { a: seeds, b: seeds });
      let seen = 0;
      for (let repeat = 0; repeat < 600; repeat++) {
        const { a, b } = experiment(random, problems, seeds);
        if (pairedDifference(a, b)!.p! < 0.05) seen++;
      }
      // 0.8 ± 3 standard errors of 600 repeats, and the normal approximation.
      expect(seen / 600).toBeGreaterThan(0.74);
      expect(seen / 600).toBeLessThan(0.86);
    }
  });

  test("seeds that were found needed suffice, and one fewer does not", () => {
    const variances = fc.record({
      between: fc.double({ min: 0, max: 0.3, noNaN: true }),
      withinA: fc.double({ min: 0.01, max: 0.25, noNaN: true }),
      withinB: fc.double({ min: 0.01, max: 0.25, noNaN: true }),
    });
    fc.assert(
      fc.property(
        variances,
        fc.integer({ min: 2, max: 3000 }),
        fc.double({ min: 0.01, max: 0.3, noNaN: true }),
        (parts, problems, difference) => {
          const seeds = seedsNeeded(difference, parts, problems);
          if (seeds === null) {
            const many = { a: 1_000_000_000, b: 1_000_000_000 };
            expect(problemsNeeded(difference, parts, many)).toBeGreaterThanOrEqual(problems);
            return;
          }
          expect(problemsNeeded(difference, parts, { a: seeds, b: seeds })).toBeLessThanOrEqual(problems);
          if (seeds > 1) {
            const fewer = { a: seeds - 1, b: seeds - 1 };
            expect(problemsNeeded(difference, parts, fewer)).toBeGreaterThan(problems);
          }
        },
      ),
    );
    expect(seedsNeeded(0.1, { between: 0, withinA: 0, withinB: 0 }, 5)).toBe(1);
    expect(seedsNeeded(0.1, { between: 1, withinA: 0, withinB: 0 }, 5)).toBeNull();
  });

  test("detectable difference, power and number of problems are one equation", () => {
    const seeds = { a: 2, b: 3 };
    const found = detectableDifference(truth, 400, seeds);
    expect(problemsNeeded(found, truth, seeds)).toBe(400);
    // The far tail, which the formula leaves out, adds next to nothing.
    expect(powerOf(found, truth, 400, seeds)).toBeCloseTo(0.8, 4);
    expect(powerOf(-found, truth, 400, seeds)).toBe(powerOf(found, truth, 400, seeds));
    expect(powerOf(0, truth, 400, seeds)).toBe(0.05);
    expect(powerOf(0.1, { between: 0, withinA: 0, withinB: 0 }, 4, seeds)).toBe(1);
  });

  test("refuses what can't be a design", () => {
    expect(() => problemsNeeded(0, truth, { a: 1, b: 1 })).toThrow("other than 0");
    expect(() => problemsNeeded(0.1, truth, { a: 0, b: 1 })).toThrow("seeds from 1");
    expect(() => problemsNeeded(0.1, truth, { a: 1, b: 1 }, { power: 1 })).toThrow("power inside (0, 1)");
    expect(() => seedsNeeded(0.1, truth, 1.5)).toThrow("problems from 1");
  });
});

describe("differenceVariance", () => {
  test("recovers the variances of a world that is known", () => {
    const { a, b } = experiment(randomStream(5), 40_000, 3);
    const parts = differenceVariance(a, b)!;
    expect(parts.between).toBeCloseTo(truth.between, 2);
    expect(parts.withinA).toBeCloseTo(truth.withinA, 2);
    expect(parts.withinB).toBeCloseTo(truth.withinB, 2);
    // ω² is small beside the noise of seeds here: left in, it would hide it.
    expect(truth.withinA / 3 + truth.withinB / 3).toBeGreaterThan(5 * truth.between);
  });

  test("splits the squared standard error of the paired difference exactly, where no part is at its floor", () => {
    const seeds = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 });
    const problem = fc.record({ a: seeds, b: seeds });
    fc.assert(
      fc.property(fc.array(problem, { minLength: 2, maxLength: 20 }), (problems) => {
        const rows = (pick: "a" | "b") =>
          problems.flatMap((one, index) => one[pick].map((value) => ({ cluster: `${index}`, value })));
        const [a, b] = [rows("a"), rows("b")];
        const parts = differenceVariance(a, b)!;
        if (parts.between === 0) return;
        const { se } = pairedDifference(a, b)!;
        const rebuilt = (parts.between + parts.withinA / 2 + parts.withinB / 2) / problems.length;
        expect(rebuilt).toBeCloseTo(se ** 2, 10);
      }),
    );
  });

  test("with one seed everything stands in the variance between problems", () => {
    const rows = (values: number[]) => values.map((value, index) => ({ cluster: `${index}`, value }));
    // Differences 1, 0, 0, −1: s² = 2/3.
    expect(differenceVariance(rows([1, 1, 0, 0]), rows([0, 1, 0, 1]))).toEqual({
      between: expect.closeTo(2 / 3, 12),
      withinA: 0,
      withinB: 0,
    });
    expect(differenceVariance(rows([1]), rows([0]))).toBeNull();
  });
});
