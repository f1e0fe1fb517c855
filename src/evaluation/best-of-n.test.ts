import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveSeed, drawIndex, randomStream } from "../core/seed.ts";
import { type Selector, selectors } from "../search/selector.ts";
import { bestOfN, bestOfNAccuracy, type ScoredSample } from "./best-of-n.ts";
import { passAtK } from "./pass-at-k.ts";
import { type SelectorName, selectorNames } from "./results.ts";

/** The search's own. */
const chooser: Record<SelectorName, Selector> = selectors;

// Few distinct scores, so that ties are common; no field follows from another, as strong and private tests can differ.
const sample = fc.record({
  publicPassed: fc.boolean(),
  score: fc.oneof(fc.integer({ min: -1, max: 1 }), fc.double({ min: -3, max: 3, noNaN: true })),
  correct: fc.boolean(),
  right: fc.boolean(),
});
const samples = (max: number) => fc.array(sample, { minLength: 1, maxLength: max });

/** All ways to draw N indices below `total`, in ascending order. */
function subsets(total: number, size: number): number[][] {
  const all: number[][] = [];
  const extend = (chosen: number[], from: number) => {
    if (chosen.length === size) all.push(chosen);
    else for (let i = from; i < total; i++) extend([...chosen, i], i + 1);
  };
  extend([], 0);
  return all;
}

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** What the search's own selector makes of a draw; the random one by its definition, the mean of the draw. */
function correctness(drawn: ScoredSample[], name: SelectorName): number {
  if (name === "random") return drawn.filter(({ right }) => right).length / drawn.length;
  return drawn[chooser[name].choose(drawn, 0)]!.right ? 1 : 0;
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("bestOfN", () => {
  test("equals enumerating every subset, in every order, with the search's own selectors (1,000 cases)", () => {
    let cases = 0;
    fc.assert(
      fc.property(samples(6), (drawn) => {
        cases++;
        const limit = Math.min(4, drawn.length);
        const exact = selectorNames.map((name) => bestOfN(drawn, name, limit));
        for (let size = 1; size <= limit; size++) {
          const draws = subsets(drawn.length, size)
            .flatMap(permutations)
            .map((indices) => indices.map((i) => drawn[i]!));
          for (const [index, name] of selectorNames.entries())
            expect(exact[index]![size - 1]).toBeCloseTo(mean(draws.map((d) => correctness(d, name))), 12);
        }
      }),
      { numRuns: 1000 },
    );
    expect(cases).toBe(1000);
  });

  test("with ties to the first equals enumerating every subset in the list's order (1,000 cases)", () => {
    fc.assert(
      fc.property(samples(9), (drawn) => {
        const limit = Math.min(6, drawn.length);
        const exact = selectorNames.map((name) => bestOfN(drawn, name, limit, "first"));
        for (let size = 1; size <= limit; size++) {
          const draws = subsets(drawn.length, size).map((indices) => indices.map((i) => drawn[i]!));
          for (const [index, name] of selectorNames.entries())
            expect(exact[index]![size - 1]).toBeCloseTo(mean(draws.map((d) => correctness(d, name))), 12);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("agrees with 1,000,000 simulated draws from 1,000 samples, for every selector", () => {
    const random = randomStream(deriveSeed(4, "best of n"));
    // 25 possible scores for 1,000 samples: large ties. Scores know something of what is right.
    const large = Array.from({ length: 1000 }, (): ScoredSample => {
      const correct = random() < 0.05;
      const publicPassed = correct || random() < 0.03;
      const score = Math.round(8 * (random() + random() + (correct ? 0.6 : 0)));
      return { publicPassed, score, correct, right: correct && random() < 0.8 };
    });
    const [draws, size] = [1_000_000, 11];
    const names = selectorNames.filter((name) => name !== "random");
    const hits = new Map<SelectorName, number>(names.map((name) => [name, 0]));
    const deck = [...large];
    for (let draw = 0; draw < draws; draw++) {
      // A partial Fisher-Yates shuffle: the first `size` are a draw without replacement, in random order.
      for (let i = 0; i < size; i++) {
        const j = i + drawIndex(random, deck.length - i);
        [deck[i], deck[j]] = [deck[j]!, deck[i]!];
      }
      const drawn = deck.slice(0, size);
      for (const name of names)
        if (drawn[chooser[name].choose(drawn, 0)]!.right) hits.set(name, hits.get(name)! + 1);
    }
    for (const name of names) {
      const exact = bestOfN(large, name, size)[size - 1]!;
      const error = Math.sqrt((exact * (1 - exact)) / draws);
      expect(Math.abs(hits.get(name)! / draws - exact), name).toBeLessThan(4 * error);
      // The selectors differ by far more than the error, so the comparison can tell them apart.
      expect(error).toBeLessThan(0.0006);
    }
    expect(bestOfN(large, "random", size)).toEqual(
      Array(size).fill(expect.closeTo(large.filter(({ right }) => right).length / 1000, 12)),
    );
  });

  test("uniform ties do not depend on the order of samples", () => {
    fc.assert(
      fc.property(samples(40), (drawn) => {
        for (const name of selectorNames)
          for (const [n, value] of bestOfN([...drawn].reverse(), name, drawn.length).entries())
            expect(value).toBeCloseTo(bestOfN(drawn, name, drawn.length)[n]!, 12);
      }),
    );
  });

  test("the oracle is pass@N where correct means right, and never falls with N", () => {
    fc.assert(
      fc.property(samples(60), (drawn) => {
        const honest = drawn.map((one) => ({ ...one, correct: one.right }));
        const right = honest.filter((one) => one.right).length;
        const curve = bestOfN(honest, "oracle", honest.length);
        for (const [n, value] of curve.entries()) {
          expect(value).toBeCloseTo(passAtK(honest.length, right, n + 1), 12);
          if (n > 0) expect(value).toBeGreaterThanOrEqual(curve[n - 1]! - 1e-12);
        }
      }),
    );
  });

  test("keeps its digits with 100,000 samples", () => {
    // Only the best of the ranking is right: it is chosen when it is drawn, N / M.
    const many = Array.from({ length: 100_000 }, (_, i) => ({ score: i, right: i === 99_999 }));
    const curve = bestOfN(many, "verifier", 20);
    for (const [n, value] of curve.entries()) expect(value / ((n + 1) / 100_000)).toBeCloseTo(1, 9);
  });

  test("asks only for what the selector looks at, and says what is missing", () => {
    const bare = [{ right: true }, { right: false }];
    expect(bestOfN(bare, "random", 2)).toEqual([0.5, 0.5]);
    expect(() => bestOfN(bare, "public", 1)).toThrow('lacks "publicPassed"');
    expect(() => bestOfN(bare, "verifier", 1)).toThrow('lacks "score"');
    expect(() => bestOfN(bare, "oracle", 1)).toThrow('lacks "correct"');
    expect(() => bestOfN([{ right: true, score: Number.NaN }], "verifier", 1)).toThrow("NaN");
    expect(() => bestOfN(bare, "random", 3)).toThrow("N=3 of 2 samples");
    expect(() => bestOfN(bare, "random", 0)).toThrow("1 <= N");
  });
});

describe("bestOfNAccuracy", () => {
  const two = [
    { problem: "a", samples: [{ right: true }, { right: true }] },
    { problem: "b", samples: [{ right: false }, { right: true }, { right: false }] },
  ];

  test("is the mean over problems with the spread between them", () => {
    const [first] = bestOfNAccuracy(two, "random", 2)!;
    // Values 1 and 1/3: mean 2/3, s = (1 − 1/3) / √2, se = s / √2 = 1/3.
    expect(first).toEqual({ mean: expect.closeTo(2 / 3, 12), se: expect.closeTo(1 / 3, 12), problems: 2 });
    expect(bestOfNAccuracy([], "random", 2)).toBeNull();
  });

  test("names the problem that has too few samples", () => {
    expect(() => bestOfNAccuracy(two, "random", 3)).toThrow('problem "a" has 2 samples, N is 3');
  });

  test("estimates a million samples, five selectors and N = 1 … 11 in seconds", () => {
    const random = randomStream(9);
    const problems = Array.from({ length: 1000 }, (_, problem) => ({
      problem: `p${problem}`,
      samples: Array.from({ length: 1000 }, () => {
        const right = random() < 0.3;
        return { publicPassed: right || random() < 0.2, score: random(), correct: right, right };
      }),
    }));
    const start = performance.now();
    for (const name of selectorNames) expect(bestOfNAccuracy(problems, name, 11)).toHaveLength(11);
    // 2 s on an idle core (npm run bench:estimators); the rest is for a busy machine.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
