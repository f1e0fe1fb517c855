// The pages of a study, with every number computed by hand.
import { describe, expect, test } from "vitest";
import { figureSvg } from "./figure.ts";
import type { ShownStudy } from "./input.ts";
import { markdownTable, studyMarkdown } from "./markdown.ts";
import { differenceCells, iterationText, shown, signed } from "./numbers.ts";
import { studyPage } from "./page.ts";

const study: ShownStudy = {
  name: "main",
  question: "Is <b>it</b> better?",
  command: "npx mucode study main --seeds 2",
  configuration: "small",
  benchmark: "pocket",
  seeds: [1, 2],
  problems: { train: 16, validation: 6, test: 12 },
  tables: [
    {
      title: "Greedy",
      columns: [
        { label: "greedy T1", unit: "percent" },
        { label: "examples", unit: "number" },
      ],
      paper: { source: "Table 1", columns: ["MBPP"] },
      rows: [
        {
          system: "base",
          iterations: [0, 0],
          cells: [{ mean: 0.41249, se: 0.0235, problems: 12 }, null],
          paper: ["35.1"],
        },
        {
          system: "mucode",
          iterations: [1, 2],
          cells: [
            { mean: 0.5, se: 0, problems: 1 },
            { mean: 3411.5, se: 10.04, problems: 2 },
          ],
          paper: [],
        },
      ],
    },
  ],
  contrasts: [
    {
      name: "μCode − base",
      unit: "percent",
      difference: { mean: -0.0312, se: 0.0101, t: -3.09, p: 0.0102, problems: 12 },
      paper: "+2.8",
    },
  ],
  figure: {
    title: "Accuracy",
    kind: "lines",
    x: "turns",
    panels: [
      {
        title: "greedy",
        series: [
          {
            name: "base",
            points: [
              { x: 1, label: "greedy T1", unit: "percent", estimate: { mean: 0.4, se: 0.05, problems: 12 } },
              { x: 2, label: "greedy T2", unit: "percent", estimate: { mean: 0.5, se: 0.05, problems: 12 } },
            ],
          },
          {
            name: "mucode",
            points: [{ x: 1, label: "greedy T1", unit: "percent", estimate: null }],
          },
        ],
      },
    ],
  },
  costs: [
    { kind: "rollouts", phases: 2, seconds: 61.2, tokens: { prompt: 12_345, completion: 950, training: 0 } },
    { kind: "verifier", phases: 2, seconds: 120, tokens: { prompt: 0, completion: 0, training: 4_200_000 } },
  ],
  notes: ["A note."],
};

describe("numbers", () => {
  test("are percent with one decimal and their standard error", () => {
    expect(shown({ mean: 0.41249, se: 0.0235, problems: 12 }, "percent")).toBe("41.2 ± 2.4");
    expect(shown({ mean: 0.5, se: 0, problems: 1 }, "percent")).toBe("50.0");
    expect(shown({ mean: 7.25, se: 0.5, problems: 3 }, "number")).toBe("7.3 ± 0.5");
    expect(shown({ mean: -0.083, se: 0.083, problems: 3 }, "percent")).toBe("−8.3 ± 8.3");
    expect(shown(null, "percent")).toBe("–");
  });

  test("of differences have the sign of what is shown", () => {
    expect(signed(0.0123, "percent")).toBe("+1.2");
    expect(signed(-0.0312, "percent")).toBe("−3.1");
    expect(signed(-0.0004, "percent")).toBe("0.0");
    const cells = (mean: number, se: number, t: number | null, p: number | null, problems = 9) =>
      differenceCells({ mean, se, t, p, problems }, "percent");
    expect(cells(-0.0312, 0.0101, -3.09, 0.0102)).toEqual(["−3.1", "1.0", "−3.1", "0.010", "yes, below"]);
    expect(cells(0.05, 0.01, 5, 0.0001)).toEqual(["+5.0", "1.0", "5.0", "< 0.001", "yes, above"]);
    expect(cells(0.02, 0.01, 2, 0.08)).toEqual(["+2.0", "1.0", "2.0", "0.080", "no"]);
    expect(cells(0, 0, null, null)).toEqual(["0.0", "0.0", "–", "–", "no"]);
    expect(cells(1, 0, null, null, 1)).toEqual(["+100.0", "–", "–", "–", "–"]);
    expect(differenceCells(null, "percent")).toEqual(["–", "–", "–", "–", "–"]);
  });

  test("iterations are given once where all seeds agree", () => {
    expect([
      iterationText([0, 0]),
      iterationText([1, 1, 1]),
      iterationText([1, 2, 1]),
      iterationText([]),
    ]).toEqual(["", "1", "1 2 1", ""]);
  });
});

describe("the Markdown page", () => {
  const page = studyMarkdown(study, "main.svg");

  test("has command, seeds, problems, tables, differences, figure and time", () => {
    for (const line of [
      "# Study main",
      "Made by `npx mucode study main --seeds 2`.",
      "| system | iteration | greedy T1  | examples      | paper: MBPP |",
      "| base   |           | 41.2 ± 2.4 | –             | 35.1        |",
      "| mucode | 1 2       | 50.0       | 3411.5 ± 10.0 |             |",
      "The paper's: Table 1.",
      "| difference   | points | standard error | t    | p     | beyond two standard errors | the paper's |",
      "| μCode − base | −3.1   | 1.0            | −3.1 | 0.010 | yes, below                 | +2.8        |",
      "![Accuracy](main.svg)",
      "| rollouts | 2      | 1 min 1 s | 12.3 k        | 950               | 0               |",
      "| verifier | 2      | 2 min     | 0             | 0                 | 4.20 M          |",
    ])
      expect(page.split("\n")).toContain(line);
    expect(page).toContain(
      "Seeds 1, 2 of small; 12 pocket test problems, 16 training and 6 validation problems.",
    );
    expect(page).toContain("3 min 1 s of work in all phases");
    expect(studyMarkdown(study, null)).not.toContain("![");
  });

  test("escapes bars in cells", () => {
    expect(markdownTable(["a"], [["x|y"]])).toBe("| a    |\n| ---- |\n| x\\|y |");
  });
});

describe("the figure", () => {
  test("draws bars from one standard error below to one above, on a round axis", () => {
    const svg = figureSvg(study.figure);
    // 0.35 … 0.55 makes an axis of 35, 40, …, 55 percent, from y = 196 up to 10.
    for (const tick of ["35", "40", "45", "50", "55"])
      expect(svg).toContain(`text-anchor="end">${tick}</text>`);
    // 0.40 ± 0.05: its ends are at the axis's 35 and 45 percent.
    expect(svg).toMatch(/V103M[\d.]+ 103h6/);
    expect(svg).toContain("<title>base, greedy, turns 2: 50.0 ± 5.0</title>");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(figureSvg(study.figure)).toBe(svg);
  });

  test("of marks has a lane for each system, also for one without a number", () => {
    const point = { x: 0, label: "l", unit: "number" as const };
    const series = [
      { name: "base", points: [{ ...point, estimate: { mean: 3, se: 0.5, problems: 5 } }] },
      { name: "mucode", points: [{ ...point, estimate: null }] },
    ];
    const svg = figureSvg({ title: "f", kind: "marks", x: "", panels: [{ title: "p", series }] });
    expect(svg).toContain(">base</text>");
    expect(svg).toContain(">mucode</text>");
    expect(svg).toContain("base, p: 3.0 ± 0.5");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test("the HTML page holds everything itself, and what it is given can't become markup", () => {
  const page = studyPage(study);
  expect(page).toContain("default-src &#39;none&#39;");
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|<img|<link/);
  expect(page).toContain("Is &lt;b&gt;it&lt;/b&gt; better?");
  expect(page).toContain("<td>41.2 ± 2.4</td>");
  expect(page).toContain("<td>yes, below</td><td>+2.8</td>");
  expect(page).not.toMatch(/NaN|undefined/);
  expect(studyPage(study)).toBe(page);
});
