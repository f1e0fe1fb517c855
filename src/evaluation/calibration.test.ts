import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WorkError } from "../core/errors.ts";
import { deriveSeed, randomStream } from "../core/seed.ts";
import { calibrationOf, fitPlatt, type Prediction, plattPredictions, sigmoid } from "./calibration.ts";

const scored = fc.array(
  fc.record({
    problem: fc.constantFrom("a", "b", "c", "d"),
    score: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -30, max: 30, noNaN: true })),
    right: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

describe("fitPlatt", () => {
  test("no nearby line has a higher likelihood", () => {
    fc.assert(
      fc.property(scored, (programs) => {
        const right = programs.filter((program) => program.right).length;
        const [high, low] = [(right + 1) / (right + 2), 1 / (programs.length - right + 2)];
        const loss = (slope: number, offset: number) =>
          programs.reduce((total, program) => {
            const p = sigmoid(slope * program.score + offset);
            const target = program.right ? high : low;
            return total - target * Math.log(p) - (1 - target) * Math.log(1 - p);
          }, 0);
        const { slope, offset } = fitPlatt(programs);
        const best = loss(slope, offset);
        for (const [da, db] of [
          [1, 0],
          [-1, 0],
          [0, 1],
          [0, -1],
          [1, 1],
          [-1, -1],
        ] as const)
          for (const step of [1e-3, 1e-1])
            expect(loss(slope + da * step, offset + db * step)).toBeGreaterThanOrEqual(best - 1e-9);
      }),
    );
  });

  test("recovers the line that made the data", () => {
    const random = randomStream(8);
    const programs = Array.from({ length: 50_000 }, () => {
      const score = 8 * random() - 2;
      return { score, right: random() < sigmoid(0.7 * score - 1.5) };
    });
    const { slope, offset } = fitPlatt(programs);
    expect(slope).toBeCloseTo(0.7, 1);
    expect(offset).toBeCloseTo(-1.5, 1);
  });

  test("stays finite where scores separate right from wrong, and where all are equal", () => {
    const separated = [-1e6, -5, 3, 1e6].map((score) => ({ score, right: score > 0 }));
    expect(fitPlatt(separated).slope).toBeGreaterThan(0);
    expect(Number.isFinite(fitPlatt(separated).offset)).toBe(true);
    const equal = [true, true, false].map((right) => ({ score: 7, right }));
    const { slope, offset } = fitPlatt(equal);
    expect(slope).toBe(0);
    // Two of three, after smoothing: (2 · 3/4 + 1 · 1/3) / 3.
    expect(sigmoid(offset)).toBeCloseTo((2 * 0.75 + 1 / 3) / 3, 9);
    expect(() => fitPlatt([])).toThrow(WorkError);
    expect(() => fitPlatt([{ score: Number.NaN, right: true }])).toThrow("NaN");
  });
});

describe("plattPredictions", () => {
  test("no problem has a say in its own probabilities", () => {
    const random = randomStream(3);
    const programs = Array.from({ length: 200 }, (_, i) => ({
      problem: `p${i % 20}`,
      score: 4 * random() - 2,
      right: random() < 0.4,
    }));
    const before = plattPredictions(programs)!;
    const turned = programs.map((one) => (one.problem === "p7" ? { ...one, right: !one.right } : one));
    const after = plattPredictions(turned)!;
    let others = 0;
    for (const [i, { problem }] of programs.entries()) {
      if (problem === "p7") expect(after[i]!.probability).toBe(before[i]!.probability);
      else if (after[i]!.probability !== before[i]!.probability) others++;
    }
    expect(others).toBeGreaterThan(100);
  });

  test("is calibrated on new problems where σ(score) is not", () => {
    // Bradley-Terry scores say nothing about the zero: here all are 3 too high.
    const random = randomStream(deriveSeed(1, "shifted"));
    const programs = Array.from({ length: 6000 }, (_, i) => {
      const logit = 4 * random() - 2;
      return { problem: `p${i % 300}`, score: logit + 3, right: random() < sigmoid(logit) };
    });
    const raw = programs.map(({ score, right }) => ({ probability: sigmoid(score), right }));
    expect(calibrationOf(raw)!.ece).toBeGreaterThan(0.3);
    expect(calibrationOf(plattPredictions(programs)!)!.ece).toBeLessThan(0.04);
  });

  test("the order of rows changes nothing; one problem is not enough", () => {
    fc.assert(
      fc.property(scored, (programs) => {
        const forth = plattPredictions(programs);
        const back = plattPredictions([...programs].reverse());
        expect(back && [...back].reverse()).toEqual(forth);
      }),
    );
    // More problems than folds, so that it matters which problems share one.
    const many = Array.from({ length: 60 }, (_, i) => ({
      problem: `p${i % 20}`,
      score: i % 7,
      right: i % 3 > 0,
    }));
    expect(plattPredictions([...many].reverse())!.reverse()).toEqual(plattPredictions(many));
    expect(plattPredictions([{ problem: "a", score: 1, right: true }])).toBeNull();
  });
});

describe("calibrationOf", () => {
  const prediction = fc.record({
    probability: fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    right: fc.boolean(),
  });

  /** Straight from the definition: each program looks for its bin by counting who is below and equal. */
  function bruteForce(predictions: Prediction[], bins: number): number {
    const binOf = ({ probability }: Prediction) => {
      const below = predictions.filter((other) => other.probability < probability).length;
      const equal = predictions.filter((other) => other.probability === probability).length;
      return Math.floor(((below + equal / 2) * bins) / predictions.length);
    };
    let gap = 0;
    for (let bin = 0; bin < bins; bin++) {
      const inside = predictions.filter((one) => binOf(one) === bin);
      gap += Math.abs(inside.reduce((total, one) => total + one.probability - (one.right ? 1 : 0), 0));
    }
    return gap / predictions.length;
  }

  test("equals its definition, and every program is in one bin", () => {
    fc.assert(
      fc.property(
        fc.array(prediction, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (predictions, bins) => {
          const { ece, brier, reliability } = calibrationOf(predictions, bins)!;
          expect(ece).toBeCloseTo(bruteForce(predictions, bins), 12);
          const squares = predictions.map((one) => (one.probability - Number(one.right)) ** 2);
          expect(brier).toBeCloseTo(squares.reduce((a, b) => a + b) / squares.length, 12);
          expect(reliability.reduce((total, { count }) => total + count, 0)).toBe(predictions.length);
          expect(reliability.length).toBeLessThanOrEqual(bins);
          for (const [i, { predicted }] of reliability.entries())
            if (i > 0) expect(predicted).toBeGreaterThan(reliability[i - 1]!.predicted);
        },
      ),
    );
  });

  test("bins hold as many programs as each other where probabilities differ", () => {
    const predictions = Array.from({ length: 100 }, (_, i) => ({ probability: i / 1000, right: false }));
    expect(calibrationOf(predictions, 10)!.reliability.map(({ count }) => count)).toEqual(Array(10).fill(10));
  });

  test("a sure and right verifier has no error, a sure and wrong one all of it; nothing gives null", () => {
    const sure = [true, true, false].map((right) => ({ probability: right ? 1 : 0, right }));
    expect(calibrationOf(sure)).toMatchObject({ ece: 0, brier: 0 });
    const wrong = sure.map(({ probability, right }) => ({ probability: 1 - probability, right }));
    expect(calibrationOf(wrong)).toMatchObject({ ece: 1, brier: 1 });
    expect(calibrationOf([])).toBeNull();
  });
});
