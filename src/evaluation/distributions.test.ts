import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fairBinomialAtMost,
  normalBelow,
  normalQuantile,
  studentQuantile,
  twoSidedP,
} from "./distributions.ts";

describe("twoSidedP", () => {
  test("agrees with closed forms for 1, 2 and 4 degrees of freedom, and with the normal law for many", () => {
    for (const t of [0, 0.1, 0.5, 1, 2, 5, 30]) {
      expect(twoSidedP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(twoSidedP(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
      const s = t / Math.sqrt(4 + t * t);
      expect(twoSidedP(t, 4)).toBeCloseTo(1 - (3 * s - s ** 3) / 2, 12);
    }
    // Two-sided 5 % points of the tables: 2.228139 for 10 degrees of freedom, 1.959964 for the normal law.
    expect(twoSidedP(2.228138852, 10)).toBeCloseTo(0.05, 8);
    expect(twoSidedP(1.959963985, 1e7)).toBeCloseTo(0.05, 6);
  });

  test("falls from 1 to 0 and is even", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.integer({ min: 1, max: 2000 }),
        (t, freedom) => {
          const p = twoSidedP(t, freedom);
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
          expect(twoSidedP(-t, freedom)).toBe(p);
          expect(twoSidedP(t + 0.5, freedom)).toBeLessThanOrEqual(p);
        },
      ),
    );
  });
});

describe("fairBinomialAtMost", () => {
  test("equals the sum of Pascal's row", () => {
    for (let n = 0; n <= 40; n++) {
      let row = 1;
      let below = 0;
      for (let k = 0; k <= n; k++) {
        below += row;
        expect(fairBinomialAtMost(k, n)).toBeCloseTo(below / 2 ** n, 12);
        row = (row * (n - k)) / (k + 1);
      }
      expect(fairBinomialAtMost(-1, n)).toBe(0);
    }
  });

  test("keeps its digits far out in the tail", () => {
    expect(fairBinomialAtMost(0, 500) / 2 ** -500).toBeCloseTo(1, 9);
    expect(fairBinomialAtMost(1, 500) / (501 * 2 ** -500)).toBeCloseTo(1, 9);
  });
});

describe("the normal law", () => {
  test("agrees with tables, deep tails included", () => {
    expect(normalBelow(0)).toBe(0.5);
    expect(normalBelow(1)).toBeCloseTo(0.841344746068543, 14);
    expect(normalBelow(-1.959963984540054)).toBeCloseTo(0.025, 14);
    // Φ(−6) = 9.865876450e-10, Φ(−10) = 7.619853024e-24.
    expect(normalBelow(-6) / 9.865876450376981e-10).toBeCloseTo(1, 10);
    expect(normalBelow(-10) / 7.619853024160527e-24).toBeCloseTo(1, 10);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.8)).toBeCloseTo(0.8416212335729143, 12);
  });

  test("is the integral of its density, across the seam of the two formulas too", () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 5.9, noNaN: true }), (x) => {
        // Simpson's rule over a short step; its error is far below the tolerance.
        const density = (at: number) => Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI);
        const step = 0.1;
        let area = 0;
        for (let i = 0; i < 10; i++) {
          const [a, h] = [x + (i * step) / 10, step / 10];
          area += (h / 6) * (density(a) + 4 * density(a + h / 2) + density(a + h));
        }
        expect(normalBelow(x + step) - normalBelow(x)).toBeCloseTo(area, 11);
      }),
    );
  });

  test("quantile and law undo each other; no quantile of 0 or 1", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        expect(normalBelow(normalQuantile(p))).toBeCloseTo(p, 12);
      }),
    );
    for (const p of [0, 1, -1, Number.NaN]) expect(() => normalQuantile(p)).toThrow("inside (0, 1)");
  });
});

describe("studentQuantile", () => {
  test("agrees with the tables and with the Cauchy law", () => {
    expect(studentQuantile(0.975, 10)).toBeCloseTo(2.228138852, 7);
    expect(studentQuantile(0.95, 1)).toBeCloseTo(Math.tan(0.45 * Math.PI), 9);
    expect(studentQuantile(0.95, 1e7)).toBeCloseTo(normalQuantile(0.95), 5);
    expect(studentQuantile(0.5, 3)).toBe(0);
  });

  test("is the inverse of the law, and symmetric", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.501, max: 0.999 }), fc.integer({ min: 1, max: 300 }), (p, freedom) => {
        const t = studentQuantile(p, freedom);
        expect(1 - twoSidedP(t, freedom) / 2).toBeCloseTo(p, 10);
        expect(studentQuantile(1 - p, freedom)).toBeCloseTo(-t, 6);
      }),
    );
  });

  test.each([
    [0, 5],
    [1, 5],
    [0.9, 0],
  ])("refuses p=%d freedom=%d", (p, freedom) => {
    expect(() => studentQuantile(p, freedom)).toThrow(/needs 0 < p < 1/);
  });
});
