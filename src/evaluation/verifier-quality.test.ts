import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WorkError } from "../core/errors.ts";
import { bestOfN } from "./best-of-n.ts";
import type { ScoredProgram } from "./scored-program.ts";
import { aucOverall, aucWithin, scoreHistogram, topOfSolvable, verifierQuality } from "./verifier-quality.ts";

// Few distinct scores, so that ties are common.
const programs = fc.array(
  fc.record({
    problem: fc.constantFrom("a", "b", "c"),
    score: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -3, max: 3, noNaN: true })),
    right: fc.boolean(),
  }),
  { maxLength: 40 },
);

function pairwise(rows: Pick<ScoredProgram, "score" | "right">[]): number | null {
  let wins = 0;
  let pairs = 0;
  for (const right of rows.filter((row) => row.right)) {
    for (const wrong of rows.filter((row) => !row.right)) {
      pairs++;
      wins += right.score > wrong.score ? 1 : right.score === wrong.score ? 0.5 : 0;
    }
  }
  return pairs === 0 ? null : wins / pairs;
}

describe("AUC", () => {
  test("overall equals counting all pairs, ties as one half", () => {
    fc.assert(
      fc.property(programs, (rows) => {
        const expected = pairwise(rows);
        if (expected === null) expect(aucOverall(rows)).toBeNull();
        else expect(aucOverall(rows)).toBeCloseTo(expected, 12);
      }),
    );
  });

  test("within averages the pairs of each problem over the problems that have any", () => {
    fc.assert(
      fc.property(programs, (rows) => {
        const values = ["a", "b", "c"]
          .map((problem) => pairwise(rows.filter((row) => row.problem === problem)))
          .filter((value) => value !== null);
        const actual = aucWithin(rows);
        if (values.length === 0) {
          expect(actual).toBeNull();
          return;
        }
        expect(actual!.mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12);
        expect(actual!.problems).toBe(values.length);
      }),
    );
  });

  test("a verifier that knows only how hard a problem is has no AUC within problems", () => {
    const rows = [
      ...[1, 1, 1].map((score) => ({ problem: "easy", score, right: true })),
      { problem: "easy", score: 1, right: false },
      ...[0, 0, 0].map((score) => ({ problem: "hard", score, right: false })),
      { problem: "hard", score: 0, right: true },
    ];
    expect(aucOverall(rows)).toBe(0.75);
    expect(aucWithin(rows)!.mean).toBe(0.5);
  });

  test("takes 200,000 programs in its stride", () => {
    const many = Array.from({ length: 200_000 }, (_, i) => ({
      score: (i * 7919) % 100_003,
      right: i % 3 === 0,
    }));
    const start = performance.now();
    expect(aucOverall(many)).toBeCloseTo(0.5, 2);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test("a score that is not a number is refused", () => {
    const broken = [{ problem: "a", score: Number.NaN, right: true }];
    expect(() => verifierQuality(broken)).toThrow(WorkError);
    expect(() => scoreHistogram(broken, 4)).toThrow("NaN");
  });
});

describe("topOfSolvable", () => {
  test("is best-of-M with the verifier, over the problems that have a right program", () => {
    fc.assert(
      fc.property(programs, (rows) => {
        const solvable = ["a", "b", "c"]
          .map((problem) => rows.filter((row) => row.problem === problem))
          .filter((members) => members.some(({ right }) => right));
        const actual = topOfSolvable(rows);
        if (solvable.length === 0) {
          expect(actual).toBeNull();
          return;
        }
        const values = solvable.map((members) => bestOfN(members, "verifier", members.length).at(-1)!);
        expect(actual!.mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12);
        expect(actual!.problems).toBe(values.length);
      }),
    );
  });

  test("a problem without a right program does not count, a tie at the top counts by halves", () => {
    const rows = [
      { problem: "hopeless", score: 9, right: false },
      { problem: "tied", score: 1, right: true },
      { problem: "tied", score: 1, right: false },
      { problem: "missed", score: 2, right: false },
      { problem: "missed", score: 1, right: true },
    ];
    expect(topOfSolvable(rows)).toMatchObject({ mean: 0.25, problems: 2 });
  });
});

describe("scoreHistogram", () => {
  test("counts every program once, in the bin whose edges hold it", () => {
    fc.assert(
      fc.property(
        programs.filter((rows) => rows.length > 0),
        fc.integer({ min: 1, max: 20 }),
        (rows, bins) => {
          const { edges, right, wrong } = scoreHistogram(rows, bins);
          expect(edges).toHaveLength(bins + 1);
          for (let bin = 0; bin < bins; bin++) {
            const [low, high] = [edges[bin]!, edges[bin + 1]!];
            const last = bin === bins - 1;
            const inside = rows.filter(
              ({ score }) => score >= low && (score < high || (last && score <= high)),
            );
            expect(right[bin]).toBe(inside.filter((row) => row.right).length);
            expect(wrong[bin]).toBe(inside.filter((row) => !row.right).length);
          }
          expect([...right, ...wrong].reduce((a, b) => a + b)).toBe(rows.length);
        },
      ),
    );
  });

  test("is empty for no programs and centred for equal scores", () => {
    expect(scoreHistogram([], 8)).toEqual({ edges: [], right: [], wrong: [] });
    expect(scoreHistogram([{ score: 2, right: true }], 2)).toEqual({
      edges: [1.5, 2, 2.5],
      right: [0, 1],
      wrong: [0, 0],
    });
  });
});
