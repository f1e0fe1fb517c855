import { describe, expect, test } from "vitest";
import { syntheticMetrics, syntheticReport } from "../../test/fixtures/report.ts";
import { renderReport } from "./page.ts";
import { renderTable, resultRows } from "./table.ts";

const metrics = syntheticMetrics();

describe("renderTable", () => {
  const text = renderTable(metrics);

  test("shows every system's greedy and best-of-N accuracies with their errors", () => {
    for (const system of metrics.results.systems) {
      const label = system.iteration === 0 ? "base" : `${system.recipe} ${system.iteration}`;
      const line = text.split("\n").find((line) => line.startsWith(label))!;
      const cells = line.match(/\d+\.\d±\d+\.\d/g)!;
      const expected = [...system.greedy.strong, ...system.bestOfN.selectors["public+verifier"].strong];
      expect(cells).toEqual(
        expected.map(({ mean, se }) => `${(100 * mean).toFixed(1)}±${(100 * se).toFixed(1)}`),
      );
    }
  });

  test("columns stay aligned and within 90 characters", () => {
    for (const block of text.trimEnd().split("\n\n").slice(1)) {
      const lines = block.split("\n").filter((line) => /±/.test(line));
      expect(new Set(lines.map((line) => [...line].length)).size).toBe(1);
    }
    expect(Math.max(...text.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(90);
  });

  test("marks the chosen iteration and says what the mark means", () => {
    expect(text).toContain("mucode 2 *");
    expect(text).not.toContain("base *");
    expect(text).toContain("* chosen on the validation problems");
  });

  test("counts the episodes that outgrew the context, where there are some", () => {
    expect(text).not.toContain("outgrew");
    const results = structuredClone(metrics.results);
    const [random, tested, verifier, both, oracle] = [0, 1, 2, 34, 5];
    results.systems[1]!.outgrown = {
      greedy: 12,
      selectors: { random, public: tested, verifier, "public+verifier": both, oracle },
    };
    const counted = renderTable({ ...metrics, results });
    expect(counted).toContain("episodes that outgrew the model's context, not solved");
    expect(counted).toMatch(/^base +0 +0 +0 +0 +0 +0$/m);
    expect(counted).toMatch(/^rft 1 +12 +0 +1 +2 +34 +5$/m);
    const page = renderReport({ ...syntheticReport(), metrics: { ...metrics, results } });
    expect(page).toMatch(/outgrew the context.*>12<\/td><td class="">34<\/td>/s);
    expect(renderReport(syntheticReport())).not.toContain("outgrew the context");
  });

  test("survives a run with nothing in it yet, one turn, and one problem", () => {
    const bare = { ...metrics.results, systems: [] };
    expect(renderTable({ ...metrics, results: bare })).toContain("no results yet");
    const one = structuredClone(metrics.results.systems[0]!);
    one.greedy.strong = [{ mean: 1, se: 0, problems: 1 }];
    for (const accuracy of Object.values(one.bestOfN.selectors))
      accuracy.strong = [{ mean: 0, se: 0, problems: 1 }];
    const single = renderTable({ ...metrics, results: { ...metrics.results, systems: [one] } });
    expect(single).toMatch(/base +100\.0 +0\.0\n/);
    expect(single).not.toContain("NaN");
  });
});

describe("resultRows", () => {
  test("orders base first, then recipes as they appear with iterations ascending", () => {
    const shuffled = [6, 0, 2, 1, 4, 3, 5].map((index) => metrics.results.systems[index]!);
    const rows = resultRows({ ...metrics, results: { ...metrics.results, systems: shuffled } });
    expect(rows.map((row) => row.label)).toEqual([
      "base",
      "mucode 1",
      "mucode 2",
      "rft 1",
      "rft 2",
      "rft-relabelled 1",
      "rft-relabelled 2",
    ]);
  });
});
