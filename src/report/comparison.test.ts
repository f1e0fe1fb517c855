import { describe, expect, test } from "vitest";
import { compareModes, type ModeOutcomes } from "../evaluation/index.ts";
import { renderComparison } from "./comparison.ts";

/** Problem i is right where the digit is 1. Best-of-N with the verifier says the opposite. */
const side = (digits: string): ModeOutcomes[] =>
  [...digits].map((digit, i) => {
    const end = (right: boolean) => ({ stopped: 1, strong: right, private: right });
    return {
      problem: `mbpp/${i + 1}`,
      greedy: end(digit === "1"),
      bestOfN: { verifier: end(digit !== "1") },
    };
  });

const [a, b] = [side("110000000000"), side("101111111110")];
const render = (
  left: ModeOutcomes[],
  right: ModeOutcomes[],
  seeds = 1,
  modes?: ["greedy"],
  strongTests?: boolean,
) =>
  renderComparison({
    ...(strongTests !== undefined && { strongTests }),
    a: { label: "runs/a, rft 1", seeds, candidates: 5 },
    b: { label: "runs/b, mucode 1", seeds, candidates: 11 },
    turn: 2,
    tests: "strong",
    problems: 12,
    modes: compareModes(left, right, { turn: 2, tests: "strong", seed: 1, modes }),
  });

describe("renderComparison", () => {
  const text = render(a, b);

  test("says what is compared, with every number of a mode in its row", () => {
    expect(text).toContain("A: runs/a, rft 1\nB: runs/b, mucode 1\n");
    expect(text).toContain("Right within 2 turns by the strong tests, % of 12 problems");
    expect(render(a, b, 1, ["greedy"], false)).toContain("within 2 turns by public and private tests, %");
    expect(text).toContain("Mind: best of 5 in A, best of 11 in B");
    // 9 gained, 1 lost of 10 that differ: p = 2 · 11 / 1024.
    expect(text).toMatch(
      /^greedy +16\.7±11\.2 +83\.3±11\.2 +\+66\.7±18\.8 +\+\d+\.\d … \+\d+\.\d +0\.021 +9 +1$/m,
    );
    expect(text).toMatch(/^verifier .* −66\.7±18\.8 .* 0\.021 +1 +9$/m);
  });

  test("names the problems that flipped in each direction, in counting order", () => {
    expect(text).toContain("greedy, right only in A (1): mbpp/2\n");
    expect(text).toMatch(/greedy, right only in B \(9\): mbpp\/3 mbpp\/4 .* mbpp\/10 … 1 more\n/);
    expect(render(a, b, 1, ["greedy"])).toMatch(/right only in B \(9\): .* mbpp\/10 mbpp\/11$/m);
  });

  test("columns stay aligned and within 100 characters", () => {
    const rows = text.split("\n").filter((line) => /^(mode|greedy|verifier) /.test(line));
    expect(rows).toHaveLength(3);
    expect(new Set(rows.map((row) => [...row].length)).size).toBe(1);
    expect(Math.max(...rows.map((row) => [...row].length))).toBeLessThanOrEqual(100);
  });

  test("speaks of better instead of flipped where there are several seeds", () => {
    const seeded = render([...a, ...b], [...b, ...b], 2);
    expect(seeded).toContain("runs/a, rft 1, 2 seeds");
    expect(seeded).toContain("greedy, better in B (9):");
    expect(seeded).toMatch(/or \d+ seeds/);
  });

  test("promises no number of problems for a difference that is rounding", () => {
    // 5/5, 1/5, 2/5 against 2/5, 2/5, 4/5: the same on average.
    const seeded = (rights: number[]) =>
      Array.from({ length: 5 }, (_, seed) =>
        side(rights.map((right) => (seed < right ? "1" : "0")).join("")),
      ).flat();
    const same = render(seeded([5, 1, 2]), seeded([2, 2, 4]), 5, ["greedy"]);
    expect(same).toMatch(/^Power, greedy: a true difference of .* comparisons$/m);
    expect(same).not.toContain("to show");
    const level = render(seeded([0, 1, 2, 3, 4, 2]), seeded([1, 2, 3, 4, 5, 3]), 5, ["greedy"]);
    expect(level).toMatch(/ \+20\.0±0\.0 /);
    expect(level).not.toContain("Power");
  });

  test("survives no difference and a single problem", () => {
    const same = render(a, a);
    expect(same).toMatch(/0\.0±0\.0 +0\.0 … 0\.0 +1\.000 +0 +0$/m);
    expect(same).not.toMatch(/right only in B \(/);
    const one = render(side("1"), side("0"));
    expect(one).toMatch(/^greedy +100\.0 +0\.0 +−100\.0 +- +- +0 +1$/m);
    expect(one).toContain("One problem alone tells no error");
    expect(one).not.toMatch(/NaN|Power|interval:/);
  });
});
