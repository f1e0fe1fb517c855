import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClusteredValue, clusteredMean } from "./estimates.ts";

const values = fc.array(
  fc.record({
    cluster: fc.constantFrom("a", "b", "c", "d", "e"),
    value: fc.double({ min: -5, max: 5, noNaN: true }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** Σ over all pairs of values in the same cluster of the product of their residuals: the definition, in O(n²). */
function bruteForce(rows: ClusteredValue[]): { mean: number; se: number } {
  const n = rows.length;
  const mean = rows.reduce((total, row) => total + row.value, 0) / n;
  const clusters = new Set(rows.map((row) => row.cluster)).size;
  let meat = 0;
  for (const a of rows) {
    for (const b of rows) if (a.cluster === b.cluster) meat += (a.value - mean) * (b.value - mean);
  }
  return { mean, se: clusters < 2 ? 0 : Math.sqrt(Math.max(0, (clusters / (clusters - 1)) * meat)) / n };
}

describe("clusteredMean", () => {
  test("equals the sum over all pairs inside clusters", () => {
    fc.assert(
      fc.property(values, (rows) => {
        const expected = bruteForce(rows);
        const actual = clusteredMean(rows)!;
        expect(actual.mean).toBeCloseTo(expected.mean, 12);
        expect(actual.se).toBeCloseTo(expected.se, 6);
        expect(actual.problems).toBe(new Set(rows.map((row) => row.cluster)).size);
      }),
    );
  });

  test("is the textbook standard error when every value is its own cluster", () => {
    const sample = [2, 4, 4, 4, 5, 5, 7, 9];
    const estimate = clusteredMean(sample.map((value, index) => ({ cluster: `${index}`, value })))!;
    // Sum of squares 32 about the mean 5, s² = 32/7, se = sqrt(s²/8).
    expect(estimate).toEqual({ mean: 5, se: expect.closeTo(Math.sqrt(32 / 7 / 8), 14), problems: 8 });
  });

  test("repeating every value adds no information", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 4 }), (rows, times) => {
        const repeated = clusteredMean(Array.from({ length: times }, () => rows).flat())!;
        const once = clusteredMean(rows)!;
        expect(repeated.mean).toBeCloseTo(once.mean, 10);
        expect(repeated.se).toBeCloseTo(once.se, 10);
      }),
    );
  });

  test("does not depend on the order of rows, to the last bit", () => {
    fc.assert(
      fc.property(values, (rows) => {
        expect(clusteredMean([...rows].reverse())).toEqual(clusteredMean(rows));
      }),
    );
  });

  test("mean and error are exactly 0 where whole numbers say so, and only there", () => {
    const seven = Array.from({ length: 7 }, (_, index) => ({ cluster: `${index}`, value: 0.1 }));
    expect(clusteredMean(seven)).toMatchObject({ se: 0, problems: 7 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 2, maxLength: 12 }),
        fc.boolean(),
        (of, drawn, level) => {
          const counts = level ? drawn.map(() => drawn[0]!) : drawn;
          const rows = counts.map((count, index) => ({ cluster: `${index}`, value: count / of }));
          const { mean, se } = clusteredMean(rows)!;
          expect(mean === 0).toBe(counts.reduce((a, b) => a + b, 0) === 0);
          expect(se === 0).toBe(new Set(counts).size === 1);
        },
      ),
    );
  });

  test("no values give null, one cluster gives no spread, never NaN", () => {
    expect(clusteredMean([])).toBeNull();
    expect(clusteredMean([{ cluster: "a", value: 1 }])).toEqual({ mean: 1, se: 0, problems: 1 });
  });

  test("covers the true mean of clustered data about 95 times in 100, where the naive error does not", () => {
    // 400 data sets of 60 problems with 5 perfectly dependent values each.
    let state = 1;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    let covered = 0;
    for (let set = 0; set < 400; set++) {
      const rows = Array.from({ length: 60 }, (_, problem) => {
        const value = uniform() < 0.4 ? 1 : 0;
        return Array.from({ length: 5 }, () => ({ cluster: `${problem}`, value }));
      }).flat();
      const { mean, se } = clusteredMean(rows)!;
      if (Math.abs(mean - 0.4) <= 1.96 * se) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.98);
  });
});
