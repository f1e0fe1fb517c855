import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearScale, niceTicks, ticksAround } from "./scale.ts";

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("niceTicks", () => {
  test("spans the data with evenly spaced round numbers", () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(high === low ? Math.abs(low) > 1e-3 || low === 0 : high - low > 1e-3);
        const ticks = niceTicks(low, high, 5);
        const step = ticks[1]! - ticks[0]!;
        expect(ticks[0]!).toBeLessThanOrEqual(low + 1e-6 * step);
        expect(ticks.at(-1)!).toBeGreaterThanOrEqual(high - 1e-6 * step);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(8);
        const leading = Number(step.toExponential(6).split("e")[0]);
        expect([1, 2, 5, 10].some((nice) => Math.abs(leading - nice) < 1e-3)).toBe(true);
      }),
    );
  });

  test("has no floating point noise", () => {
    expect(niceTicks(0, 0.72)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(niceTicks(0, 0)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1].slice(0, 2));
  });
});

describe("ticksAround", () => {
  test("holds every estimate with its error, inside 0 to 1", () => {
    const estimate = fc.record({
      mean: fc.double({ min: 0, max: 1, noNaN: true }),
      se: fc.double({ min: 0, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(estimate, { minLength: 1, maxLength: 12 }), (estimates) => {
        const ticks = ticksAround(estimates);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks[0]!).toBeGreaterThanOrEqual(0);
        expect(ticks.at(-1)!).toBeLessThanOrEqual(1);
        for (const { mean, se } of estimates) {
          expect(ticks[0]!).toBeLessThanOrEqual(Math.max(0, mean - se) + 1e-6);
          expect(ticks.at(-1)!).toBeGreaterThanOrEqual(Math.min(1, mean + se) - 1e-6);
        }
      }),
    );
  });
});

test("a scale of one value draws it in the middle", () => {
  expect(linearScale([2, 2], [0, 10])(2)).toBe(5);
  expect(linearScale([0, 4], [10, 0])(1)).toBe(7.5);
});
