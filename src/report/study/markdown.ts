// The page of a study as Markdown, every number as it came out; its columns are aligned, so that it reads well on a
// terminal too.
import type { ShownStudy } from "./input.ts";
import { contrastCells, costCells, setting, tableCells, timeNote } from "./numbers.ts";

/** @param picture where the figure's file lies from the page; null leaves it out */
export function studyMarkdown(study: ShownStudy, picture: string | null): string {
  const { tables, contrasts, costs, notes, figure } = study;
  const differences = contrastCells(contrasts);
  const time = costCells(costs);
  const parts = [
    `# Study ${study.name}`,
    study.question,
    `Made by \`${study.command}\`.`,
    setting(study),
    ...notes,
    ...tables.flatMap((table) => {
      const { headings, rows } = tableCells(table);
      return [
        `## ${table.title}`,
        markdownTable(headings, rows),
        ...(table.paper ? [`The paper's: ${table.paper.source}.`] : []),
      ];
    }),
    ...(contrasts.length === 0
      ? []
      : ["## Differences, paired by problem", markdownTable(differences.headings, differences.rows)]),
    ...(picture === null ? [] : [`## ${figure.title}`, `![${figure.title}](${picture})`]),
    "## Time",
    timeNote(costs),
    markdownTable(time.headings, time.rows),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Cells with a bar inside would end early. */
const cellText = (text: string) => text.replaceAll("|", "\\|");

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows].map((row) => row.map(cellText));
  const widths = headings.map((_, column) => Math.max(3, ...all.map((row) => [...row[column]!].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell + " ".repeat(widths[column]! - [...cell].length)).join(" | ")} |`;
  return [line(all[0]!), line(widths.map((width) => "-".repeat(width))), ...all.slice(1).map(line)].join(
    "\n",
  );
}
