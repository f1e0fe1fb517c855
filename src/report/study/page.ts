// The page of a study as one HTML file that opens from anywhere: no script, and no request, which its policy forbids.
import { createHash } from "node:crypto";
import { count, duration } from "../format.ts";
import { Html, html } from "../html.ts";
import { styleSheet } from "../style.ts";
import { figureHtml } from "./figure.ts";
import type { ShownStudy } from "./input.ts";
import { differenceCells, differenceHeadings, setting, tableCells } from "./numbers.ts";

/** A function of its input alone: no clock, no randomness. */
export function studyPage(study: ShownStudy): string {
  const { tables, contrasts, costs, notes, figure } = study;
  const withPaper = contrasts.some(({ paper }) => paper !== null);
  const seconds = costs.reduce((sum, cost) => sum + cost.seconds, 0);
  const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(styleSheet).digest("base64")}'; base-uri 'none'; form-action 'none'`;
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
            body: htmlTable(
              ["difference", ...differenceHeadings, ...(withPaper ? ["the paper’s"] : [])],
              contrasts.map(({ name, unit, difference, paper }) => [
                name,
                ...differenceCells(difference, unit),
                ...(withPaper ? [paper ?? ""] : []),
              ]),
            ),
          },
        ]),
    {
      id: "time",
      title: "Time",
      body: html`<p class="lead">${duration(seconds)} of work in all phases, those that other studies made included; some of them ran side by side.</p>${htmlTable(
        ["phases", "number", "time", "prompt tokens", "completion tokens", "training tokens"],
        costs.map(({ kind, phases, seconds: spent, tokens }) => [
          kind,
          String(phases),
          duration(spent),
          count(tokens.prompt),
          count(tokens.completion),
          count(tokens.training),
        ]),
      )}`,
    },
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${study.name} · μCode study</title>
<style>${new Html(styleSheet)}</style>
</head>
<body>
<header class="top">
<h1>${study.name}</h1>
<p class="lead">${study.question}</p>
<p>${setting(study)}</p>
${notes.map((note) => html`<p>${note}</p>`)}
<p class="note">Made by <code>${study.command}</code>.</p>
</header>
<nav aria-label="Parts of the page"><ul>${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${parts.map(({ id, title, body }) => html`<section class="part" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`)}
</main>
</body>
</html>
`;
  return page.text;
}

function htmlTable(headings: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead><tbody>${rows.map(
    ([name, ...cells]) =>
      html`<tr><th scope="row">${name ?? ""}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
