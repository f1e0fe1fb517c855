// The results as rows of numbers: computed here once, printed on the terminal by `renderTable` and drawn as the
// headline table of the HTML report.
import {
  type Estimate,
  type Metrics,
  type SelectorName,
  type SystemResult,
  selectorNames,
} from "../evaluation/results.ts";
import { percentWithError } from "./format.ts";

/** The selector of the paper's best-of-N numbers (section 4.1: public tests first, the verifier breaks ties). */
export const headlineSelector: SelectorName = "public+verifier";

/** One system's numbers, by the strong tests. */
export interface ResultRow {
  system: SystemResult;
  label: string;
  /** Greedy accuracy within 1 … T turns. */
  greedy: Estimate[];
  /** Best-of-N with the headline selector, within 1 … T turns. */
  bestOfN: Estimate[];
  /** Best-of-N by selector within one turn and within all T turns. */
  selectors: Record<SelectorName, { first: Estimate; last: Estimate }>;
}

/** The base model first, then recipe by recipe in order of appearance, iterations ascending. */
export function resultRows(metrics: Metrics): ResultRow[] {
  const recipes = [...new Set(metrics.results.systems.map((system) => system.recipe))];
  const rank = (system: SystemResult) => (system.iteration === 0 ? -1 : recipes.indexOf(system.recipe));
  const systems = metrics.results.systems.toSorted((a, b) => rank(a) - rank(b) || a.iteration - b.iteration);
  return systems.map((system) => {
    const selectors = selectorNames.map((name) => {
      const accuracy = system.bestOfN.selectors[name].strong;
      return [name, { first: accuracy[0]!, last: accuracy.at(-1)! }];
    });
    return {
      system,
      label: systemLabel(system),
      greedy: system.greedy.strong,
      bestOfN: system.bestOfN.selectors[headlineSelector].strong,
      selectors: Object.fromEntries(selectors),
    };
  });
}

/** "base", "rft 1", "mucode 2": the recipe and its iteration. */
export function systemLabel(system: { recipe: string; iteration: number }): string {
  return system.iteration === 0 ? system.recipe : `${system.recipe} ${system.iteration}`;
}

/** The results as aligned plain text: accuracy by turn, by selector, and the quality of verifier and targets. */
export function renderTable(metrics: Metrics): string {
  const rows = resultRows(metrics);
  const { benchmark, testProblems } = metrics.results;
  const title = `Accuracy on ${testProblems} ${benchmark} test problems, % ± standard error, seed ${metrics.seed}`;
  if (rows.length === 0) return `${title}\n\nno results yet\n`;
  const turns = rows[0]!.greedy.map((_, index) => `T${index + 1}`);
  const candidates = rows[0]!.system.bestOfN.candidates;
  const name = (row: ResultRow) =>
    row.system.selected && row.system.iteration > 0 ? `${row.label} *` : row.label;
  const blocks = [
    block(
      [
        { title: "", columns: ["system"] },
        { title: "greedy, within", columns: turns },
        { title: `best of ${candidates} (${headlineSelector}), within`, columns: turns },
      ],
      rows.map((row) => [
        name(row),
        ...[...row.greedy, ...row.bestOfN].map((value) => percentWithError(value)),
      ]),
    ),
    ...(turns.length > 1 ? (["first", "last"] as const) : (["first"] as const)).map((when) =>
      block(
        [
          { title: "", columns: ["system"] },
          {
            title: `best of ${candidates} by selector, within ${when === "first" ? "T1" : turns.at(-1)}`,
            columns: [...selectorNames],
          },
        ],
        rows.map((row) => [
          name(row),
          ...selectorNames.map((selector) => percentWithError(row.selectors[selector][when])),
        ]),
      ),
    ),
  ];
  if (rows.some(({ system }) => system.outgrown)) blocks.push(outgrownBlock(rows, name));
  if (rows.some(({ system }) => system.verifier || system.relabel)) blocks.push(trainingBlock(rows, name));
  const notes = rows.some((row) => name(row) !== row.label) ? "* chosen on the validation problems\n" : "";
  return `${title}\n\n${blocks.join("\n")}${notes}`;
}

function outgrownBlock(rows: ResultRow[], name: (row: ResultRow) => string): string {
  return block(
    [
      { title: "", columns: ["system"] },
      {
        title: "episodes that outgrew the model's context, not solved",
        columns: ["greedy", ...selectorNames],
      },
    ],
    rows.map((row) => {
      const { greedy = 0, selectors } = row.system.outgrown ?? {};
      return [
        name(row),
        ...[greedy, ...selectorNames.map((selector) => selectors?.[selector] ?? 0)].map(String),
      ];
    }),
  );
}

function trainingBlock(rows: ResultRow[], name: (row: ResultRow) => string): string {
  const optional = (estimate: Estimate | null | undefined) => (estimate ? percentWithError(estimate) : "-");
  const plain = (fraction: number | null | undefined) =>
    fraction === null || fraction === undefined ? "-" : (100 * fraction).toFixed(1);
  return block(
    [
      { title: "", columns: ["system"] },
      { title: "verifier AUC, top-1, %", columns: ["in problem", "overall", "top-1"] },
      { title: "training problems", columns: ["target right", "solvable"] },
      { title: "", columns: ["validation"] },
    ],
    rows.map((row) => {
      const { verifier, relabel, validation } = row.system;
      return [
        name(row),
        optional(verifier?.aucWithin),
        plain(verifier?.aucOverall),
        optional(verifier?.topOfSolvable),
        optional(relabel?.accuracy),
        optional(relabel?.solvable),
        percentWithError(validation),
      ];
    }),
  );
}

export interface ColumnGroup {
  title: string;
  columns: string[];
}

/** Aligned columns under group titles; the first column left, the others right. */
export function block(groups: ColumnGroup[], rows: string[][]): string {
  const columns = groups.flatMap((group) => group.columns);
  const widths = columns.map((column, index) =>
    Math.max(length(column), ...rows.map((row) => length(row[index]!))),
  );
  const gaps = groups.flatMap((group, g) => group.columns.map((_, c) => (g === 0 ? 0 : c === 0 ? 3 : 2)));
  let at = 0;
  for (const { title, columns: inside } of groups) {
    const indices = inside.map((_, offset) => at + offset);
    const room = indices.reduce((total, i) => total + widths[i]! + (i === at ? 0 : gaps[i]!), 0);
    if (length(title) > room) widths[at] = widths[at]! + length(title) - room;
    at += inside.length;
  }
  const line = (cells: string[]) =>
    cells
      .map(
        (cell, i) => " ".repeat(gaps[i]!) + (i === 0 ? padEnd(cell, widths[i]!) : padStart(cell, widths[i]!)),
      )
      .join("")
      .trimEnd();
  at = 0;
  const titles = groups.map(({ title, columns: inside }) => {
    const first = at;
    at += inside.length;
    const room = inside.reduce(
      (total, _, c) => total + widths[first + c]! + (c === 0 ? 0 : gaps[first + c]!),
      0,
    );
    return " ".repeat(gaps[first]!) + padEnd(title, room);
  });
  return `${[titles.join("").trimEnd(), line(columns), ...rows.map(line)].join("\n")}\n`;
}

const length = (text: string) => [...text].length;
const padEnd = (text: string, width: number) => text + " ".repeat(width - length(text));
const padStart = (text: string, width: number) => " ".repeat(width - length(text)) + text;
