import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../core/seed.ts";
import { pairedDifference } from "./paired.ts";
import { mcnemarExact, pairedBootstrap, permutationP } from "./resampling.ts";

const rows = (values: number[][]) =>
  values.flatMap((seeds, problem) => seeds.map((value) => ({ cluster: `p${problem}`, value })));

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const bit = fc.constantFrom(0, 1);

/** Outcomes of both sides by problem; the sides may have different numbers of seeds, and problems too. */
const outcomes = (problems: number) =>
  fc.array(
    fc.record({
      a: fc.array(bit, { minLength: 1, maxLength: 4 }),
      b: fc.array(bit, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: problems },
  );

describe("pairedBootstrap", () => {
  test("agrees with all G^G resamples of a few problems", () => {
    const differences = [1, 1, 0, -1, 0.5];
    const a = rows(differences.map((d) => [Math.max(0, d)]));
    const b = rows(differences.map((d) => [Math.max(0, -d)]));
    const all: number[] = [];
    for (let code = 0; code < 5 ** 5; code++) {
      const drawn = Array.from({ length: 5 }, (_, i) => differences[Math.floor(code / 5 ** i) % 5]!);
      all.push(mean(drawn));
    }
    all.sort((x, y) => x - y);
    const share = (holds: (value: number) => boolean) => all.filter(holds).length / all.length;
    for (const level of [0.5, 0.8, 0.9]) {
      const { low, high, p } = pairedBootstrap(a, b, { seed: 3, resamples: 40_000, level })!;
      // The draws are few enough values that a percentile of 40,000 of them is the exact one.
      expect(low).toBeCloseTo(all[Math.ceil((all.length * (1 - level)) / 2) - 1]!, 12);
      expect(high).toBeCloseTo(all[Math.ceil((all.length * (1 + level)) / 2) - 1]!, 12);
      expect(p).toBeCloseTo(
        2 *
          Math.min(
            share((v) => v <= 1e-9),
            share((v) => v >= -1e-9),
          ),
        1,
      );
    }
  });

  test("excludes 0 where p is below 1 − level, and not otherwise", () => {
    fc.assert(
      fc.property(outcomes(12), fc.integer({ min: 0, max: 1000 }), (problems, seed) => {
        const [a, b] = [rows(problems.map((p) => p.a)), rows(problems.map((p) => p.b))];
        const { low, high, p } = pairedBootstrap(a, b, { seed, resamples: 999 })!;
        expect(low).toBeLessThanOrEqual(high);
        // Exactly at the edge either may hold, by one resample.
        if (p < 0.05 - 0.002) expect(low > 0 || high < 0).toBe(true);
        if (p > 0.05 + 0.002) expect(low <= 0 && high >= 0).toBe(true);
      }),
    );
  });

  test("covers the true difference about 95 times in 100 where problems are many and seeds depend", () => {
    const random = randomStream(11);
    let covered = 0;
    for (let set = 0; set < 300; set++) {
      // a − b is 0.1 in the mean; the two seeds of a problem agree entirely.
      const problems = Array.from({ length: 80 }, () => {
        const a = random() < 0.6 ? 1 : 0;
        const b = random() < 0.5 ? 1 : 0;
        return { a: [a, a], b: [b, b] };
      });
      const [a, b] = [rows(problems.map((p) => p.a)), rows(problems.map((p) => p.b))];
      const { low, high } = pairedBootstrap(a, b, { seed: set, resamples: 500 })!;
      if (low <= 0.1 && 0.1 <= high) covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.9);
    expect(covered / 300).toBeLessThan(0.985);
  });

  test("is a function of its seed, and of the seed alone", () => {
    const [a, b] = [rows([[1], [0], [1], [1]]), rows([[0], [0], [1], [0]])];
    const options = { seed: 5, resamples: 200 };
    expect(pairedBootstrap([...a].reverse(), b, options)).toEqual(pairedBootstrap(a, b, options));
    const ends = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => pairedBootstrap(a, b, { seed, resamples: 200 })!.p);
    expect(new Set(ends).size).toBeGreaterThan(1);
  });

  test("no problems give null, no difference gives p = 1, impossible options are refused", () => {
    expect(pairedBootstrap([], [], { seed: 1 })).toBeNull();
    const same = rows([[1], [0]]);
    expect(pairedBootstrap(same, same, { seed: 1 })).toMatchObject({ low: 0, high: 0, p: 1 });
    expect(() => pairedBootstrap(same, same, { seed: 1, level: 1 })).toThrow("inside (0, 1)");
    expect(() => pairedBootstrap(same, same, { seed: 1, resamples: 0 })).toThrow("at least one");
    expect(() => pairedBootstrap(same, rows([[1]]), { seed: 1 })).toThrow("on one side only");
  });
});

describe("permutationP", () => {
  test("equals flipping every pattern of signs", () => {
    fc.assert(
      fc.property(outcomes(9), (problems) => {
        const differences = problems.map(({ a, b }) => mean(a) - mean(b));
        const observed = Math.abs(differences.reduce((x, y) => x + y, 0));
        let extreme = 0;
        for (let mask = 0; mask < 2 ** differences.length; mask++) {
          const total = differences.reduce((sum, d, i) => sum + ((mask >> i) & 1 ? d : -d), 0);
          if (Math.abs(total) >= observed - 1e-9) extreme++;
        }
        const actual = permutationP(rows(problems.map((p) => p.a)), rows(problems.map((p) => p.b)));
        expect(actual).toBeCloseTo(extreme / 2 ** differences.length, 12);
      }),
    );
  });

  test("is McNemar's exact test for one outcome a problem", () => {
    const one = fc.array(fc.tuple(bit, bit), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(one, (pairs) => {
        const only = (a: number) => pairs.filter((pair) => pair[0] === a && pair[1] !== a).length;
        const p = permutationP(rows(pairs.map(([a]) => [a])), rows(pairs.map(([, b]) => [b])));
        expect(p).toBeCloseTo(mcnemarExact(only(1), only(0)), 10);
      }),
    );
  });

  test("agrees with the t-test where problems are many", () => {
    const random = randomStream(2);
    const side = (chance: number) =>
      rows(Array.from({ length: 2000 }, () => Array.from({ length: 3 }, () => (random() < chance ? 1 : 0))));
    const [a, b] = [side(0.52), side(0.5)];
    // Not the same number: half a step of the whole-number sum lies between them.
    expect(permutationP(a, b)!).toBeCloseTo(pairedDifference(a, b)!.p!, 2);
  });

  test("refuses what is not an outcome; empty sides give null", () => {
    expect(() => permutationP(rows([[0.5]]), rows([[1]]))).toThrow('problem "p0" has 0.5');
    expect(permutationP([], [])).toBeNull();
  });
});

describe("mcnemarExact", () => {
  test("equals the binomial sum", () => {
    // 1 of 10: 2 · (1 + 10) / 2^10.
    expect(mcnemarExact(1, 9)).toBeCloseTo(22 / 1024, 12);
    expect(mcnemarExact(9, 1)).toBe(mcnemarExact(1, 9));
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(5, 5)).toBe(1);
    expect(mcnemarExact(0, 20)).toBeCloseTo(2 ** -19, 15);
    expect(() => mcnemarExact(-1, 2)).toThrow("counts from 0");
    expect(() => mcnemarExact(1.5, 2)).toThrow("counts from 0");
  });
});
