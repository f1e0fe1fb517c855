import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { clusteredMean } from "./estimates.ts";
import { pairedDifference, twoSidedP } from "./paired.ts";

const rows = (values: number[][]) =>
  values.flatMap((seeds, problem) => seeds.map((value) => ({ cluster: `p${problem}`, value })));

describe("pairedDifference", () => {
  test("is the paired t-test of the classical sleep data (Student 1908)", () => {
    const a = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const b = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const result = pairedDifference(rows(a.map((v) => [v])), rows(b.map((v) => [v])))!;
    expect(result.mean).toBeCloseTo(-1.58, 12);
    expect(result.t).toBeCloseTo(-4.062128, 6);
    expect(result.p).toBeCloseTo(0.00283289, 8);
  });

  test("over seeds equals the clustered error of the differences, however seeds are paired", () => {
    const grid = fc.array(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
      {
        minLength: 2,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(grid, (a) => {
        const b = a.map((seeds, problem) => seeds.map((value, seed) => value * ((problem + seed) % 3)));
        const differences = a.map((seeds, problem) => seeds.map((value, seed) => value - b[problem]![seed]!));
        const expected = clusteredMean(rows(differences))!;
        const actual = pairedDifference(rows(a), rows(b.map((seeds) => [...seeds].reverse())))!;
        expect(actual.mean).toBeCloseTo(expected.mean, 10);
        expect(actual.se).toBeCloseTo(expected.se, 6);
      }),
    );
  });

  test("swapping the sides changes the sign and nothing else", () => {
    const [a, b] = [rows([[1, 0], [1], [0]]), rows([[0], [1, 1], [1]])];
    const [forth, back] = [pairedDifference(a, b)!, pairedDifference(b, a)!];
    expect(back).toEqual({ ...forth, mean: -forth.mean, t: -forth.t! });
  });

  test("nothing is claimed where no spread can be seen", () => {
    expect(pairedDifference([], [])).toBeNull();
    const same = rows([[1], [0], [1]]);
    expect(pairedDifference(same, same)).toEqual({ mean: 0, se: 0, t: null, p: null, problems: 3 });
    expect(pairedDifference(rows([[1]]), rows([[0]]))).toMatchObject({ mean: 1, t: null, p: null });
  });

  test("a problem on one side only is refused by name", () => {
    expect(() => pairedDifference(rows([[1], [0]]), rows([[1]]))).toThrow(InputError);
    expect(() => pairedDifference(rows([[1]]), rows([[1], [0]]))).toThrow(
      'problem "p1" has values on one side only',
    );
  });
});

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
