// The report's tables: the same rows as on the terminal, with standard errors small and the best of a column bold.
import { type Estimate, selectorNames } from "../evaluation/results.ts";
import { percent, percentWithError } from "./format.ts";
import { type Html, html } from "./html.ts";
import { headlineSelector, type ResultRow } from "./table.ts";

interface Column {
  title: string;
  /** Written above this column and those that follow it without a group of their own. */
  group?: string;
  cell: (row: ResultRow) => Estimate | number | string | null;
  /** False where a higher number is not a better one. */
  compete?: boolean;
}

export function headlineTable(rows: readonly ResultRow[]): Html {
  const turns = rows[0]!.greedy.map((_, index) => index);
  const candidates = rows[0]!.system.bestOfN.candidates;
  return table(rows, [
    ...byTurn(turns, "greedy", (row) => row.greedy),
    ...byTurn(turns, `best of ${candidates}, ${headlineSelector}`, (row) => row.bestOfN),
    ...(rows.some(({ system }) => system.outgrown) ? outgrownColumns(candidates) : []),
  ]);
}

/** Episodes that ended, not solved, because the conversation outgrew the model's context. */
function outgrownColumns(candidates: number): Column[] {
  const count = (episodes = 0) => episodes.toLocaleString("en");
  return [
    {
      title: "greedy",
      group: "outgrew the context",
      cell: (row) => count(row.system.outgrown?.greedy),
    },
    {
      title: `best of ${candidates}`,
      cell: (row) => count(row.system.outgrown?.selectors[headlineSelector]),
    },
  ];
}

export function selectorTable(rows: readonly ResultRow[], turn: "first" | "last"): Html {
  return table(
    rows,
    selectorNames.map((name) => ({ title: name, cell: (row) => row.selectors[name][turn] })),
  );
}

/** The paper's measure: public and private tests, without the strong ones. */
export function privateTable(rows: readonly ResultRow[]): Html {
  const turns = rows[0]!.greedy.map((_, index) => index);
  const candidates = rows[0]!.system.bestOfN.candidates;
  return table(rows, [
    ...byTurn(turns, "greedy", (row) => row.system.greedy.private),
    ...byTurn(
      turns,
      `best of ${candidates}, ${headlineSelector}`,
      (row) => row.system.bestOfN.selectors[headlineSelector].private,
    ),
    { title: "validation", group: "selection", cell: (row) => row.system.validation },
  ]);
}

export function verifierTable(rows: readonly ResultRow[]): Html {
  return table(
    rows.filter(({ system }) => system.verifier),
    [
      { title: "inside problems", group: "AUC, %", cell: (row) => row.system.verifier!.aucWithin },
      { title: "overall", cell: (row) => row.system.verifier!.aucOverall },
      { title: "of solvable", group: "top-1, %", cell: (row) => row.system.verifier!.topOfSolvable },
      {
        title: "ECE, %",
        group: "calibration",
        compete: false,
        cell: (row) => row.system.verifier!.calibration?.ece ?? null,
      },
      { title: "Brier", compete: false, cell: (row) => row.system.verifier!.calibration?.brier ?? null },
    ],
  );
}

export function relabelTable(rows: readonly ResultRow[]): Html {
  const integer = (value: number) => value.toLocaleString("en");
  return table(
    rows.filter(({ system }) => system.relabel),
    [
      {
        title: "problems",
        group: "with a target",
        cell: (row) => integer(row.system.relabel!.accuracy.problems),
      },
      { title: "target right, %", cell: (row) => row.system.relabel!.accuracy },
      {
        title: "solvable, %",
        group: "all problems",
        compete: false,
        cell: (row) => row.system.relabel!.solvable,
      },
      { title: "states", group: "training data", cell: (row) => integer(row.system.relabel!.states) },
      { title: "examples", cell: (row) => integer(row.system.relabel!.examples) },
      { title: "targets", cell: (row) => integer(row.system.relabel!.targets) },
    ],
  );
}

function byTurn(turns: readonly number[], group: string, pick: (row: ResultRow) => Estimate[]): Column[] {
  return turns.map((turn) => ({
    title: `T${turn + 1}`,
    ...(turn === 0 ? { group } : {}),
    cell: (row) => pick(row)[turn]!,
  }));
}

function table(rows: readonly ResultRow[], columns: readonly Column[]): Html {
  const groups: { title: string; span: number }[] = [];
  for (const { group } of columns) {
    if (group !== undefined || groups.length === 0) groups.push({ title: group ?? "", span: 1 });
    else groups.at(-1)!.span++;
  }
  const grouped = columns.some(({ group }) => group !== undefined);
  const border = (column: Column, index: number) =>
    column.group !== undefined || index === 0 ? "first" : "";
  const best = columns.map(({ cell, compete = true }) => {
    const values = rows.map((row) => level(cell(row))).filter((value) => value !== null);
    return compete && values.length > 1 ? Math.max(...values) : null;
  });
  const head = html`${
    grouped
      ? html`<tr><th></th>${groups.map(({ title, span }) => html`<th class="group first" scope="colgroup" colspan="${String(span)}">${title}</th>`)}</tr>`
      : null
  }<tr><th scope="col">system</th>${columns.map((column, index) => html`<th class="${border(column, index)}" scope="col">${column.title}</th>`)}</tr>`;
  const body = rows.map((row) => {
    const cells = columns.map((column, index) => {
      const value = column.cell(row);
      const top = best[index] !== null && level(value) === best[index] ? " best" : "";
      return html`<td class="${border(column, index)}${top}">${content(value)}</td>`;
    });
    const chosen = row.system.selected && row.system.iteration > 0;
    return html`<tr class="${chosen ? "chosen" : ""}"><th scope="row">${row.label}</th>${cells}</tr>`;
  });
  return html`<div class="scroll" tabindex="0"><table><thead>${head}</thead><tbody>${body}</tbody></table></div>`;
}

/** What a column's best is judged by; texts don't compete. */
function level(value: ReturnType<Column["cell"]>): number | null {
  if (value === null || typeof value === "string") return null;
  return typeof value === "number" ? value : value.mean;
}

function content(value: ReturnType<Column["cell"]>): Html {
  if (value === null) return html`–`;
  if (typeof value === "string") return html`${value}`;
  if (typeof value === "number") return html`${percent(value)}`;
  const { mean, se, problems } = value;
  if (problems === 0) return html`–`;
  if (problems < 2) return html`${percent(mean)}`;
  const [low, high] = [Math.max(0, mean - 1.96 * se), Math.min(1, mean + 1.96 * se)];
  const tip = `${percentWithError(value, " ± ")} % over ${problems} problems; 95 % interval ${percent(low)} to ${percent(high)}`;
  return html`<span data-tip="${tip}">${percent(mean)} <small>± ${percent(se)}</small></span>`;
}
