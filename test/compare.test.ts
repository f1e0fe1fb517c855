// `mucode compare` as a user calls it: text, JSON, and one line with exit code 2 for what can't be compared.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRun } from "./fixtures/evaluated-run.ts";
import { mucode } from "./run-process.ts";

let root: string;
let [runA, runB] = ["", ""];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mucode-compare-"));
  const problems = (solved: (i: number) => number | null) =>
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`own/${i}`, solved(i)]));
  const rft = { recipe: "rft", iteration: 1, solved: problems((i) => (i < 10 ? 1 : null)) };
  const better = { ...rft, solved: problems((i) => (i > 0 && i < 20 ? 2 : null)) };
  runA = writeRun(join(root, "a"), [rft]);
  runB = writeRun(join(root, "b"), [better, { ...better, recipe: "mucode" }]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.concurrent("mucode compare", () => {
  test("prints a table of both, and the problems that flipped", async () => {
    const { code, stdout, stderr } = await mucode("compare", runA, runB, "--mode", "greedy");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain(`A: ${runA}, rft 1\nB: ${runB}, rft 1\n`);
    expect(stdout).toMatch(/^greedy +25\.0±6\.9 +47\.5±8\.0 +\+22\.5±7\.6 .* 0\.012 +10 +1$/m);
    expect(stdout).toContain("right only in B (10): own/10 own/11 own/12");
    expect(stdout).toContain("right only in A (1): own/0\n");
  });

  test("gives one JSON document, the same each time", async () => {
    const args = ["compare", runA, runB, "--recipe", "rft,mucode", "--turns", "1", "--json"];
    const [first, second] = [await mucode(...args), await mucode(...args)];
    expect(first.code).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    const [comparison, ...others] = JSON.parse(first.stdout).comparisons;
    expect(others).toEqual([]);
    expect(comparison).toMatchObject({ turn: 1, tests: "strong", problems: 40, b: { recipe: "mucode" } });
    expect(comparison.modes).toHaveLength(6);
    // B solves everything at turn 2, so within one turn A's ten are all that there is.
    expect(comparison.modes[0]).toMatchObject({ mode: "greedy", gained: [], difference: { mean: -0.25 } });
    expect(comparison.modes[0].lost).toHaveLength(10);
    expect(comparison.modes[0].problems).toHaveLength(40);
  });

  test.each<[string, () => string[], RegExp]>([
    ["a folder that is no run", () => ["compare", runA, root], /is no run/],
    ["a recipe that is not there", () => ["compare", runA, runB, "--recipe", "star"], /has no system star/],
    ["a recipe that can't be one", () => ["compare", runA, runB, "--recipe", "a/b/c"], /Expected NAME/],
    ["a mode that is none", () => ["compare", runA, runB, "--mode", "magic"], /Expected some of greedy/],
    ["one run alone", () => ["compare", runA], /missing required argument 'runB'/],
  ])("refuses %s in one line", async (_name, args, line) => {
    const { code, stdout, stderr } = await mucode(...args());
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe("");
  });

  test("explains itself with an example", async () => {
    const { code, stdout } = await mucode("compare", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("mucode compare runs/before runs/after");
  });
});
