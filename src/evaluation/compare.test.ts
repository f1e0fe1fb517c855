import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import type { ModeOutcomes } from "./accuracy.ts";
import { compareModes, sameProblems } from "./compare.ts";
import { mcnemarExact } from "./resampling.ts";

/** One evaluation: the turn of a right greedy answer, or null for a wrong one. */
const evaluation = (problem: string, right: number | null, strong = true): ModeOutcomes => ({
  problem,
  greedy: { stopped: right, strong: right !== null && strong, private: right !== null },
  bestOfN: {},
});

const side = (rights: (number | null)[]) => rights.map((right, i) => evaluation(`p${i}`, right));
const options = { turn: 3, tests: "strong", seed: 1 } as const;

describe("compareModes", () => {
  const a = side([1, 1, null, null, 2, 1, null, 1, null, null]);
  const b = side([1, null, 1, 2, 2, 1, 3, 1, null, 1]);

  test("tells by how much B differs, how sure that is, and which problems flipped", () => {
    const [greedy, ...others] = compareModes(a, b, options);
    expect(others).toEqual([]);
    expect(greedy!.a.mean).toBeCloseTo(0.5, 12);
    expect(greedy!.b.mean).toBeCloseTo(0.8, 12);
    expect(greedy!.gained).toEqual(["p2", "p3", "p6", "p9"]);
    expect(greedy!.lost).toEqual(["p1"]);
    // d has 4 ones, 5 zeros and a −1: mean 0.3, Σ(d − mean)² = 5 − 0.9 = 4.1, se² = 4.1 / 90.
    expect(greedy!.difference.mean).toBeCloseTo(0.3, 12);
    expect(greedy!.difference.se).toBeCloseTo(Math.sqrt(4.1 / 90), 12);
    expect(greedy!.p).toBeCloseTo(mcnemarExact(4, 1), 12);
    expect(greedy!.bootstrap!.low).toBeLessThanOrEqual(0.3);
    expect(greedy!.bootstrap!.high).toBeGreaterThanOrEqual(0.3);
    expect(greedy!.problems[1]).toEqual({ problem: "p1", a: 1, b: 0, difference: -1 });
    expect(greedy!.power!.detectable).toBeCloseTo(2.801585 * Math.sqrt(4.1 / 90), 5);
    expect(greedy!.power!.seedsNeeded).toBeNull();
  });

  test("counts what is right within the turn alone, by the tests that were asked for", () => {
    const within = (turn: number) => compareModes(a, b, { ...options, turn })[0]!;
    expect(within(1).gained).toEqual(["p2", "p9"]);
    expect(within(2).gained).toEqual(["p2", "p3", "p9"]);
    const weak = [evaluation("p0", 1, false)];
    expect(compareModes(weak, weak, options)[0]!.a.mean).toBe(0);
    expect(compareModes(weak, weak, { ...options, tests: "private" })[0]!.a.mean).toBe(1);
  });

  test("swapping the sides changes the sign and the direction of flips, and no p-value", () => {
    const [forth, back] = [compareModes(a, b, options)[0]!, compareModes(b, a, options)[0]!];
    expect(back.difference.mean).toBe(-forth.difference.mean);
    expect([back.gained, back.lost]).toEqual([forth.lost, forth.gained]);
    expect([back.p, back.difference.p]).toEqual([forth.p, forth.difference.p]);
  });

  test("several seeds of a problem are one problem, and say how many seeds are needed", () => {
    const seeds = (evaluations: ModeOutcomes[][]) => evaluations.flat();
    const [greedy] = compareModes(
      seeds([side([1, null, null, 1]), side([null, null, null, 1])]),
      seeds([side([1, 1, null, 1]), side([1, null, 1, 1])]),
      options,
    );
    expect(greedy!.difference.problems).toBe(4);
    expect(greedy!.gained).toEqual(["p0", "p1", "p2"]);
    expect(greedy!.problems[0]).toEqual({ problem: "p0", a: 0.5, b: 1, difference: 0.5 });
    expect(greedy!.power!.seedsNeeded).toBeGreaterThan(0);
  });

  test("one seed a side can't tell how many seeds are needed, however clear the difference", () => {
    const [greedy] = compareModes(side(Array(30).fill(null)), side([...Array(29).fill(1), null]), options);
    expect(greedy!.p).toBeLessThan(1e-6);
    expect(greedy!.power).toMatchObject({ problemsNeeded: 2, seedsNeeded: null });
  });

  test("compares the modes that both sides have; one that was asked for must be there", () => {
    const end = { stopped: 1, strong: true, private: true };
    const searched = a.map((one) => ({ ...one, bestOfN: { public: end, oracle: end } }));
    const half = a.map((one) => ({ ...one, bestOfN: { oracle: end } }));
    expect(compareModes(searched, half, options).map(({ mode }) => mode)).toEqual(["greedy", "oracle"]);
    expect(compareModes(searched, half, { ...options, modes: ["oracle"] })).toHaveLength(1);
    expect(() => compareModes(searched, half, { ...options, modes: ["public"] })).toThrow(
      'problem "p0": was not evaluated with public',
    );
    expect(() => compareModes([], [], options)).toThrow(InputError);
  });

  test("claims nothing where the sides are equal", () => {
    const [same] = compareModes(a, a, options);
    expect(same).toMatchObject({ p: 1, gained: [], lost: [], power: null });
    expect(same!.bootstrap).toMatchObject({ low: 0, high: 0, p: 1 });
  });
});

describe("sameProblems", () => {
  const named = (name: string, ids: string[]) => ({
    name,
    evaluations: ids.map((id) => evaluation(id, 1)),
  });
  const ids = (evaluations: readonly { problem: string }[]) => evaluations.map(({ problem }) => problem);

  test("pairs by id, whatever the order", () => {
    const same = sameProblems(named("a", ["x", "y"]), named("b", ["y", "x"]), false);
    expect([ids(same.a), ids(same.b)]).toEqual([
      ["x", "y"],
      ["y", "x"],
    ]);
  });

  test("refuses different problems by number and name, unless the common ones are asked for", () => {
    const [a, b] = [named("runs/a", ["x", "y", "1", "2", "3"]), named("runs/b", ["x", "y", "z"])];
    expect(() => sameProblems(a, b, false)).toThrow(
      'runs/b: has other problems than runs/a: 3 only in runs/a ("1", "2", "3"), 1 only in runs/b ("z"); ' +
        "--common compares the 2 of both",
    );
    const same = sameProblems(a, b, true);
    expect([ids(same.a), ids(same.b)]).toEqual([
      ["x", "y"],
      ["x", "y"],
    ]);
    expect(() => sameProblems(named("a", ["x"]), named("b", ["y"]), true)).toThrow("no problem in common");
  });
});
