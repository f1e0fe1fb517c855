import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { syntheticReport } from "../../test/fixtures/report.ts";
import { verifierQuality } from "../evaluation/index.ts";
import type { ReportInput } from "./input.ts";
import { renderReport } from "./page.ts";

const input = syntheticReport();
const page = renderReport(input);

describe("renderReport", () => {
  test("is one file of a quickstart's size that names nothing outside itself", () => {
    expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
    expect(page).not.toMatch(/https?:|url\(|@import|<link|src=|\bfetch\(|XMLHttpRequest/);
  });

  test("its policy forbids everything but the script and style it holds", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
    expect(policy).toMatch(/^default-src &#39;none&#39;;/);
    expect(policy).not.toContain("unsafe");
    for (const [kind, pattern] of [
      ["script", /<script>([\s\S]*?)<\/script>/g],
      ["style", /<style>([\s\S]*?)<\/style>/g],
    ] as const) {
      const found = [...page.matchAll(pattern)].map((match) => match[1]!);
      expect(found).toHaveLength(1);
      const digest = createHash("sha256").update(found[0]!).digest("base64");
      expect(policy).toContain(`${kind}-src &#39;sha256-${digest}&#39;`);
    }
    expect(page).not.toMatch(/<[a-z][^>]* (style|on\w+)=/);
  });

  test("is a function of its input", () => {
    expect(renderReport(syntheticReport())).toBe(page);
  });

  test("no number is broken", () => {
    const drawn = page.replace(/<script[\s\S]*?<\/script>/g, "");
    expect(drawn).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });

  test("a sample of 14,400 rollouts still fits, since identical programs are stored once", () => {
    const grown: ReportInput = {
      ...input,
      problems: input.problems.map((problem) => ({
        ...problem,
        rollouts: Array.from({ length: 4 }, () => problem.rollouts).flat(),
      })),
    };
    expect(renderReport(grown).length).toBeLessThan(3_000_000);
  });

  test("a text of a megabyte is cut and says so", () => {
    const long = structuredClone(input.problems.slice(0, 1));
    long[0]!.rollouts[0]!.turns[0]!.program = "x".repeat(1_000_000);
    const cut = renderReport({ ...input, problems: long });
    expect(cut.length).toBeLessThan(250_000);
    expect(cut).toContain("(994000 more characters)");
  });
});

describe("reports of unfinished or unusual runs", () => {
  const { metrics } = input;
  const one = { mean: 1, se: 0, problems: 1 };
  const bare = structuredClone(metrics.results.systems[0]!);
  bare.verifier = verifierQuality([]);
  bare.greedy = { strong: [one], private: [one] };
  for (const accuracy of Object.values(bare.bestOfN.selectors)) {
    accuracy.strong = [one];
    accuracy.private = [one];
  }
  const trained = { ...bare, recipe: "mucode", iteration: 1, selected: false, verifier: null };
  const results = { ...metrics.results, systems: [], costs: [], losses: {} };

  test.each([
    ["nothing finished", { results, seconds: {} }],
    [
      "only the base model, one problem, one turn, empty verifier",
      { results: { ...results, systems: [bare] }, seconds: {} },
    ],
    [
      "no base model and nothing selected",
      { results: { ...results, systems: [trained] }, seconds: { setup: 3 } },
    ],
    [
      "an empty and a broken loss curve",
      { results: { ...results, losses: { a: [], "b/c": [[1, Number.NaN]] } }, seconds: {} },
    ],
  ])("%s", (_, parts) => {
    const text = renderReport({
      ...input,
      metrics: { ...metrics, ...parts } as typeof metrics,
      problems: [],
    });
    expect(text).toContain("</html>");
    expect(text.replace(/<script[\s\S]*?<\/script>/g, "")).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });
});
