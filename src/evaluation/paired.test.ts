import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { clusteredMean } from "./estimates.ts";
import { pairedDifference } from "./paired.ts";

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

  const outcomes = (counts: number[], of: number) =>
    rows(counts.map((right) => Array.from({ length: of }, (_, seed) => (seed < right ? 1 : 0))));

  test("takes rounding for no difference and for no spread", () => {
    // 5/5 − 2/5, 1/5 − 2/5, 2/5 − 4/5: in doubles their sum is not 0.
    const none = pairedDifference(outcomes([5, 1, 2], 5), outcomes([2, 2, 4], 5))!;
    expect(none).toMatchObject({ mean: 0, t: 0, p: 1 });
    expect(none.se).toBeGreaterThan(0.1);
    const better = pairedDifference(outcomes([1, 2, 3, 4, 5, 3], 5), outcomes([0, 1, 2, 3, 4, 2], 5))!;
    expect(better).toMatchObject({ se: 0, t: null, p: null, problems: 6 });
    expect(better.mean).toBeCloseTo(0.2, 12);
  });

  test("is exactly 0 where whole numbers say so, and only there", () => {
    const counts = (of: number) => fc.array(fc.tuple(fc.nat(of), fc.nat(of)), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 11 }).chain((of) => fc.tuple(fc.constant(of), counts(of))),
        fc.boolean(),
        ([of, drawn], level) => {
          // Half of the time every problem has the difference of the first, where its counts allow that.
          const [first] = drawn as [[number, number]];
          const shift = first[0] - first[1];
          const pairs = drawn.map(([a, b]): [number, number] =>
            level ? (shift >= 0 ? [of, of - shift] : [0, -shift]) : [a, b],
          );
          const { mean, se } = pairedDifference(
            outcomes(
              pairs.map(([a]) => a),
              of,
            ),
            outcomes(
              pairs.map(([, b]) => b),
              of,
            ),
          )!;
          const whole = pairs.map(([a, b]) => a - b);
          const total = whole.reduce((x, y) => x + y, 0);
          expect(mean === 0).toBe(total === 0);
          expect(se === 0).toBe(new Set(whole).size === 1);
        },
      ),
    );
  });
});
