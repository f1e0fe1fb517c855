// Pooling and contrasts against their definitions by brute force, on small made-up evaluations.
import { describe, expect, test } from "vitest";
import { madeUpProblems, madeUpSystems } from "../../../test/fixtures/made-up-systems.ts";
import { selectors } from "../../search/selector.ts";
import type { MeasuredSystem } from "./measured-system.ts";
import { estimateOf, type PooledSystem, poolSeeds, shownContrast, shownFigure, shownTable } from "./pool.ts";
import { accuracy, exactBestOf, perSeed, verifierAuc } from "./reading.ts";
import { lines, marks, system } from "./study.ts";

const seeds = [1, 2, 3];
const study = {
  systems: [system("base"), system("mucode")],
  measurements: {
    more: { turns: 4, widths: [2, 3], selectors: ["public+verifier"] as const },
  },
};
const made = madeUpSystems(study, { turns: 3, candidates: 5 }, seeds);
const pooled = poolSeeds(made);
const [base, mucode] = pooled as [PooledSystem, PooledSystem];

/** Mean of all values; the error from the sums of each problem's deviations, as docs/reference/estimators.md has it. */
function byHand(values: readonly { problem: string; value: number }[]) {
  const mean = values.reduce((sum, { value }) => sum + value, 0) / values.length;
  const problems = [...new Set(values.map(({ problem }) => problem))];
  const squares = problems.map((id) => {
    const inside = values.filter(({ problem }) => problem === id);
    return inside.reduce((sum, { value }) => sum + value - mean, 0) ** 2;
  });
  const factor = problems.length / (problems.length - 1);
  const total = squares.reduce((sum, square) => sum + square, 0);
  return { mean, se: Math.sqrt(factor * total) / values.length, problems: problems.length };
}

const all = (one: PooledSystem, value: (seed: MeasuredSystem, problem: string) => number) =>
  one.seeds.flatMap((seed) => madeUpProblems.map((problem) => ({ problem, value: value(seed, problem) })));

function expectClose(
  estimate: { mean: number; se: number; problems: number } | null,
  wanted: typeof estimate,
) {
  expect(estimate!.mean).toBeCloseTo(wanted!.mean, 12);
  expect(estimate!.se).toBeCloseTo(wanted!.se, 12);
  expect(estimate!.problems).toBe(wanted!.problems);
}

test("seeds of one system are pooled, in order", () => {
  expect(pooled.map(({ name, seeds: of }) => [name, of.map(({ seed }) => seed)])).toEqual([
    ["base", seeds],
    ["mucode", seeds],
  ]);
});

describe("accuracy", () => {
  test.each([
    ["greedy", "strong", 1],
    ["greedy", "private", 3],
    ["public+verifier", "strong", 2],
    ["oracle", "private", 1],
  ] as const)("%s by the %s tests within %i turns", async (mode, tests, turn) => {
    const wanted = byHand(
      all(mucode, ({ evaluations }, problem) => {
        const { greedy, bestOfN } = evaluations.find((one) => one.problem === problem)!;
        const end = mode === "greedy" ? greedy : bestOfN[mode];
        return end.stopped !== null && end.stopped <= turn && end[tests] ? 1 : 0;
      }),
    );
    expectClose(await estimateOf(mucode, accuracy(mode, turn, { tests })), wanted);
  });

  test("of a measurement, by N", async () => {
    for (const width of [2, 3]) {
      const wanted = byHand(
        all(base, ({ measured }, problem) => {
          const { byWidth } = measured.more!.find((one) => one.problem === problem)!;
          const end = byWidth.find(({ candidates }) => candidates === width)!.bestOfN["public+verifier"]!;
          return end.stopped !== null && end.stopped <= 4 && end.strong ? 1 : 0;
        }),
      );
      const reading = accuracy("public+verifier", 4, { in: "more", width });
      expectClose(await estimateOf(base, reading), wanted);
      expect(reading.label).toBe(`PT+LV of ${width} T4`);
    }
  });
});

test("exact best of n is the average of the selector over all subsets in all orders", async () => {
  const pairs = [
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 0],
    [1, 2],
    [2, 1],
  ];
  const wanted = byHand(
    all(mucode, ({ measured }, problem) => {
      const { samples } = measured.more!.find((one) => one.problem === problem)!;
      const right = pairs.map((pair) => {
        const seen = pair.map((index) => samples[index]!);
        const candidates = seen.map(({ publicPassed, score }) => ({ publicPassed, score: score! }));
        return seen[selectors["public+verifier"].choose(candidates)]!.right ? 1 : 0;
      });
      return right.reduce<number>((sum, value) => sum + value, 0) / pairs.length;
    }),
  );
  expectClose(await estimateOf(mucode, exactBestOf("public+verifier", 2, "more")), wanted);
});

test("a number of each seed has its error between seeds", async () => {
  const reading = perSeed("examples", "number", ({ relabel }) => relabel!.examples);
  expect(await estimateOf(mucode, reading)).toEqual({ mean: 7, se: 0, problems: 3 });
  expect(
    await estimateOf(
      mucode,
      perSeed("none", "number", () => null),
    ),
  ).toBeNull();
});

test("the verifier's AUC weighs every problem the same", async () => {
  const wanted = byHand(
    all(base, ({ evaluations }, problem) => {
      const [right, wrong] = evaluations.find((one) => one.problem === problem)!.candidates;
      return right!.score > wrong!.score ? 1 : 0;
    }),
  );
  expectClose(await estimateOf(base, verifierAuc()), wanted);
});

test("a contrast is paired by problem over all seeds", async () => {
  const reading = accuracy("greedy", 3);
  const contrast = { name: "d", a: ["mucode", reading], b: ["base", reading], paper: "+1" } as const;
  const { difference, paper } = await shownContrast(pooled, contrast);
  const mean = (one: PooledSystem, id: string) =>
    one.seeds
      .map(({ evaluations }) => evaluations.find(({ problem }) => problem === id)!.greedy)
      .reduce((sum, { stopped, strong }) => sum + (stopped !== null && strong ? 1 : 0), 0) / seeds.length;
  const differences = madeUpProblems.map((id) => mean(mucode, id) - mean(base, id));
  const wanted = differences.reduce((sum, one) => sum + one, 0) / differences.length;
  const squares = differences.reduce((sum, one) => sum + (one - wanted) ** 2, 0);
  expect(difference!.mean).toBeCloseTo(wanted, 12);
  expect(difference!.se).toBeCloseTo(Math.sqrt(squares / (4 * 3)), 12);
  expect(paper).toBe("+1");
});

test("a table has the chosen rows with the paper's beside them; a figure the points of its systems", async () => {
  const columns = [accuracy("greedy", 1), perSeed("none", "number", () => null)];
  const paper = { source: "s", columns: ["x"], rows: { mucode: [51.1] } };
  const shown = await shownTable(pooled, { title: "t", systems: ["mucode", "base"], columns, paper });
  expect(shown.rows.map((row) => [row.system, row.iterations, row.cells[1], row.paper])).toEqual([
    ["mucode", [1, 1, 1], null, ["51.1"]],
    ["base", [0, 0, 0], null, []],
  ]);
  expect(shown.rows[0]!.cells[0]).toEqual(await estimateOf(mucode, columns[0]!));
  const series = lines(["base"], [[1, accuracy("greedy", 1)]]);
  const drawn = await shownFigure(pooled, {
    title: "f",
    kind: "lines",
    x: "turns",
    panels: [{ title: "p", series }],
  });
  expect(drawn.panels[0]!.series[0]!.points).toEqual([
    { x: 1, label: "greedy T1", unit: "percent", estimate: await estimateOf(base, accuracy("greedy", 1)) },
  ]);
  const lanes = await shownFigure(pooled, marks("f", ["base", "mucode"], [accuracy("greedy", 1)]));
  expect(lanes.panels.map(({ title, series: of }) => [title, of.map(({ name }) => name)])).toEqual([
    ["greedy T1", ["base", "mucode"]],
  ]);
  await expect(shownTable(pooled, { title: "t", systems: ["nobody"], columns })).rejects.toThrow("nobody");
});
