import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanPassAtK, passAtK } from "./pass-at-k.ts";

const bits = (mask: number) => mask.toString(2).replaceAll("0", "").length;

/** 1 − C(n−c, k) / C(n, k) in whole numbers, rounded once at the end to 18 digits after the point. */
function exactly(n: number, c: number, k: number): number {
  let none = 1n;
  let all = 1n;
  for (let i = 0; i < k; i++) {
    none *= BigInt(Math.max(0, n - c - i));
    all *= BigInt(n - i);
  }
  const scale = 10n ** 30n;
  return Number(((all - none) * scale) / all) / 1e30;
}

describe("passAtK", () => {
  test("equals counting all subsets of k samples", () => {
    const sizes = fc
      .integer({ min: 1, max: 9 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n }), fc.integer({ min: 1, max: n })));
    fc.assert(
      fc.property(sizes, ([n, c, k]) => {
        let subsets = 0;
        let withRight = 0;
        for (let mask = 0; mask < 2 ** n; mask++) {
          if (bits(mask) !== k) continue;
          subsets++;
          if ((mask & (2 ** c - 1)) !== 0) withRight++;
        }
        expect(passAtK(n, c, k)).toBeCloseTo(withRight / subsets, 12);
      }),
    );
  });

  test("equals exact whole-number arithmetic for n to a million, small chances included", () => {
    const sizes = fc
      .integer({ min: 2, max: 1_000_000 })
      .chain((n) =>
        fc.tuple(
          fc.constant(n),
          fc.oneof(fc.integer({ min: 1, max: n }), fc.integer({ min: 1, max: Math.min(n, 20) })),
          fc.integer({ min: 1, max: Math.min(n, 60) }),
        ),
      );
    fc.assert(
      fc.property(sizes, ([n, c, k]) => {
        expect(passAtK(n, c, k) / exactly(n, c, k)).toBeCloseTo(1, 12);
      }),
    );
  });

  test("keeps its digits where the product has half a million factors", () => {
    // C(n−1, k) / C(n, k) = 1 − k/n and C(n−2, k) / C(n, k) = (n−k)(n−k−1) / (n(n−1)), whatever k is.
    const [n, k] = [1_000_000, 500_000];
    expect(passAtK(n, 1, k)).toBeCloseTo(0.5, 14);
    expect(passAtK(n, 2, k)).toBeCloseTo(1 - ((n - k) * (n - k - 1)) / (n * (n - 1)), 14);
    // C(n−c, k) / C(n, k) at c = k = 1000: 1000 factors against the same in whole numbers.
    expect(passAtK(n, 1000, 1000) / exactly(n, 1000, 1000)).toBeCloseTo(1, 12);
    expect(passAtK(n, n - k, k)).toBe(1);
  });

  test("no right sample is exactly 0, all right exactly 1, and impossible counts are refused", () => {
    expect(Object.is(passAtK(10, 0, 3), 0)).toBe(true);
    expect(passAtK(10, 10, 1)).toBe(1);
    expect(passAtK(10_000, 1, 100)).toBeCloseTo(0.01, 14);
    expect(() => passAtK(5, 6, 1)).toThrow("0 <= c <= n");
    expect(() => passAtK(5, 2, 6)).toThrow("1 <= k <= n");
    expect(() => passAtK(5, 2.5, 1)).toThrow("c=2.5");
  });
});

describe("meanPassAtK", () => {
  test("averages over problems, with the spread between them as its error", () => {
    const counts = [
      { problem: "a", n: 4, c: 4 },
      { problem: "b", n: 10, c: 0 },
      { problem: "c", n: 2, c: 1 },
    ];
    // Values 1, 0 and 0.5: s² = 0.25, se = √(0.25 / 3).
    expect(meanPassAtK(counts, 1)).toEqual({
      mean: expect.closeTo(0.5, 14),
      se: expect.closeTo(Math.sqrt(0.25 / 3), 14),
      problems: 3,
    });
  });

  test("is unbiased: over all ways to draw n of a problem's samples its mean is the truth", () => {
    // A population of 8 samples, 3 right; every subset of n = 5 gives an estimate of pass@2 of the population.
    let total = 0;
    let subsets = 0;
    for (let mask = 0; mask < 2 ** 8; mask++) {
      if (bits(mask) !== 5) continue;
      total += meanPassAtK([{ problem: "a", n: 5, c: bits(mask & 0b111) }], 2)!.mean;
      subsets++;
    }
    expect(total / subsets).toBeCloseTo(passAtK(8, 3, 2), 14);
  });

  test("too few samples are refused by the problem's name; no problems give null", () => {
    expect(() => meanPassAtK([{ problem: "mbpp/11", n: 3, c: 1 }], 4)).toThrow('problem "mbpp/11" has 3');
    expect(meanPassAtK([], 4)).toBeNull();
  });
});
