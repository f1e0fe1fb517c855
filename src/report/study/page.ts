// The page of a study as one HTML file that opens from anywhere: no script, and no request, which its policy forbids.
import { documentText } from "../document.ts";
import { type Html, html } from "../html.ts";
import { figureHtml } from "./figure.ts";
import type { ShownStudy } from "./input.ts";
import { contrastCells, costCells, setting, tableCells, timeNote } from "./numbers.ts";

/** A function of its input alone: no clock, no randomness. */
export function studyPage(study: ShownStudy): string {
  const { tables, contrasts, costs, notes, figure } = study;
  const differences = contrastCells(contrasts);
  const time = costCells(costs);
  const parts = [
    {
      id: "results",
      title: "Results",
      body: html`${tables.map((table) => {
        const { headings, rows } = tableCells(table);
        const source = table.paper ? html`<p class="note">The paper’s: ${table.paper.source}.</p>` : null;
        return html`<h3>${table.title}</h3>${htmlTable(headings, rows)}${source}`;
      })}`,
    },
    { id: "figure", title: figure.title, body: figureHtml(figure) },
    ...(contrasts.length === 0
      ? []
      : [
          {
            id: "differences",
            title: "Differences, paired by problem",
            body: htmlTable(differences.headings, differences.rows),
          },
        ]),
    {
      id: "time",
      title: "Time",
      body: html`<p class="lead">${timeNote(costs)}</p>${htmlTable(time.headings, time.rows)}`,
    },
  ];
  return documentText({
    title: `${study.name} · μCode study`,
    name: study.name,
    header: html`<p class="lead">${study.question}</p>
<p>${setting(study)}</p>
${notes.map((note) => html`<p>${note}</p>`)}
<p class="note">Made by <code>${study.command}</code>.</p>`,
    contents: "Parts of the page",
    parts,
  });
}

function htmlTable(headings: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead><tbody>${rows.map(
    ([name, ...cells]) =>
      html`<tr><th scope="row">${name ?? ""}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
