// Accuracy within 1 … T turns: one panel a recipe with the base model for comparison, its iterations as lines.
// The paper's Figure 2 for each iteration, with error bars of one standard error.
import type { Estimate } from "../../evaluation/results.ts";
import { percentWithError } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { SeriesStyle } from "../palette.ts";
import { linearScale } from "../scale.ts";
import type { ResultRow } from "../table.ts";
import {
  chart,
  errorBar,
  fitted,
  mark,
  marker,
  type Plot,
  panel,
  panels,
  panelWidth,
  polyline,
  spread,
  valueAxis,
  whisker,
} from "./marks.ts";

const height = 236;
const plot: Plot = { left: 40, right: panelWidth - 62, top: 10, bottom: height - 26 };

export function accuracyByTurnChart(
  rows: readonly ResultRow[],
  styles: ReadonlyMap<string, SeriesStyle>,
  what: string,
  pick: (row: ResultRow) => Estimate[],
  ticks: readonly number[],
): Html {
  const base = rows.filter(({ system }) => system.iteration === 0);
  const recipes = [
    ...new Set(rows.filter(({ system }) => system.iteration > 0).map(({ system }) => system.recipe)),
  ];
  const groups = recipes.map((recipe) => ({
    recipe,
    rows: [...base, ...rows.filter(({ system }) => system.recipe === recipe && system.iteration > 0)],
  }));
  if (groups.length === 0) groups.push({ recipe: base[0]?.system.recipe ?? "", rows: base });
  return panels(groups.map((group) => panel(group.recipe, drawPanel(group.rows, styles, what, pick, ticks))));
}

function drawPanel(
  rows: readonly ResultRow[],
  styles: ReadonlyMap<string, SeriesStyle>,
  what: string,
  pick: (row: ResultRow) => Estimate[],
  ticks: readonly number[],
): Html {
  const turns = Math.max(...rows.map((row) => pick(row).length));
  const y = linearScale([ticks[0]!, ticks.at(-1)!], [plot.bottom, plot.top]);
  const inset = 16;
  const x = linearScale([1, turns], [plot.left + inset, plot.right - inset]);
  // Systems stand a little apart at each turn, so that their error bars don't cover each other.
  const dodge = (index: number) => (index - (rows.length - 1) / 2) * Math.min(7, 24 / rows.length);
  const ends = rows.map((row) => y(pick(row).at(-1)!.mean));
  const labels = spread(ends, 13, plot.top + 4, plot.bottom - 4);
  const body = [
    ...valueAxis(plot, ticks, y, (value) => `${Math.round(value * 100)}`),
    ...Array.from(
      { length: turns },
      (_, t) =>
        html`<text class="tick" x="${x(t + 1)}" y="${plot.bottom + 17}" text-anchor="middle">T${t + 1}</text>`,
    ),
    ...rows.map((row, index) => {
      const { system } = row;
      const style = styles.get(system.recipe)!;
      const strong = system.selected || system.iteration === 0;
      const at = (t: number) => x(t + 1) + dodge(index);
      const points = pick(row).map((estimate, t) => {
        const title = `${row.label}, ${what}, within T${t + 1}: ${percentWithError(estimate, " ± ")} %`;
        const { mean } = estimate;
        const span = whisker(estimate);
        return mark(title, [
          html`<circle class="hit" cx="${at(t)}" cy="${y(mean)}" r="10"/>`,
          ...(span ? [errorBar(at(t), y(mean), y(span[0]), y(span[1]), true)] : []),
          marker(style.shape, at(t), y(mean), strong),
        ]);
      });
      const line = polyline(pick(row).map(({ mean }, t) => [at(t), y(mean)] as const));
      const last = pick(row).length - 1;
      const classes = `line${system.iteration === 0 ? " dashed" : ""}${strong ? "" : " faint"}`;
      const name =
        system.iteration === 0
          ? fitted(system.recipe, 9)
          : `iter. ${system.iteration}${system.selected ? " ★" : ""}`;
      const moved = Math.abs(labels[index]! - ends[index]!) > 4;
      const leader = moved
        ? html`<path class="leader" d="M${at(last) + 7} ${ends[index]!}L${plot.right + 1} ${labels[index]!}"/>`
        : null;
      return html`<g class="s${style.color}"><path class="${classes}" d="${line}"/>${points}${leader}<text class="label" x="${plot.right + 4}" y="${labels[index]! + 4}">${name}</text></g>`;
    }),
  ];
  const summary = rows
    .map(
      (row) =>
        `${row.label} ${pick(row)
          .map((estimate) => percentWithError(estimate, " ± "))
          .join(", ")}`,
    )
    .join("; ");
  return chart(`Accuracy in percent by turn, ${what}: ${summary}`, height, body);
}
