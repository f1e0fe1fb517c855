// What choosing is worth: best-of-N accuracy by selector, the base model beside each recipe's chosen iteration
// (the paper's Table 3), one panel a turn.
import { type SelectorName, selectorNames } from "../../evaluation/results.ts";
import { percentWithError } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { SeriesStyle } from "../palette.ts";
import { linearScale, ticksAround } from "../scale.ts";
import type { ResultRow } from "../table.ts";
import {
  bottomAxis,
  chart,
  errorBar,
  legend,
  mark,
  marker,
  type Plot,
  panel,
  panels,
  panelWidth,
  whisker,
} from "./marks.ts";

const selectorLabels: Record<SelectorName, string> = {
  random: "random",
  public: "public tests",
  verifier: "verifier",
  "public+verifier": "public + verifier",
  oracle: "oracle",
};

export function selectorsChart(all: readonly ResultRow[], styles: ReadonlyMap<string, SeriesStyle>): Html {
  const rows = all.filter(({ system }) => system.iteration === 0 || system.selected);
  const turns = Math.max(0, ...rows.map((row) => row.greedy.length));
  const accuracy = (row: ResultRow, selector: SelectorName, turn: number) =>
    row.system.bestOfN.selectors[selector].strong[turn]!;
  const everything = rows.flatMap((row) =>
    selectorNames.flatMap((name) => row.system.bestOfN.selectors[name].strong),
  );
  const ticks = ticksAround(everything);
  const lane = 13;
  const row = rows.length * lane + 12;
  const plot: Plot = { left: 112, right: panelWidth - 14, top: 4, bottom: 4 + selectorNames.length * row };
  const x = linearScale([ticks[0]!, ticks.at(-1)!], [plot.left, plot.right]);
  const figures = Array.from({ length: turns }, (_, turn) => {
    const body = [
      ...bottomAxis(plot, ticks, x, (value) => `${Math.round(value * 100)}`),
      ...selectorNames.flatMap((selector, index) => {
        const top = plot.top + index * row;
        return [
          html`<text class="label" x="${plot.left - 8}" y="${top + row / 2 + 4}" text-anchor="end">${selectorLabels[selector]}</text>`,
          html`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${top + row}" y2="${top + row}"/>`,
          ...rows.map((result, place) => {
            const estimate = accuracy(result, selector, turn);
            const at = top + 6 + lane * (place + 0.5);
            const { mean } = estimate;
            const span = whisker(estimate);
            const style = styles.get(result.system.recipe)!;
            const title = `${result.label}, ${selectorLabels[selector]}, within T${turn + 1}: ${percentWithError(estimate, " ± ")} %`;
            return html`<g class="s${style.color}">${mark(title, [
              html`<rect class="hit" x="${x(mean) - 12}" y="${at - lane / 2}" width="24" height="${lane}"/>`,
              ...(span ? [errorBar(x(mean), at, x(span[0]), x(span[1]), false)] : []),
              marker(style.shape, x(mean), at),
            ])}</g>`;
          }),
        ];
      }),
    ];
    const summary = selectorNames
      .map(
        (name) =>
          `${name}: ${rows.map((result) => `${result.label} ${percentWithError(accuracy(result, name, turn), " ± ")}`).join(", ")}`,
      )
      .join("; ");
    const label = `Best-of-N accuracy in percent by selector, within ${turn + 1} turns. ${summary}`;
    return panel(`within T${turn + 1}`, chart(label, plot.bottom + 24, body));
  });
  return html`${legend(rows.map((result) => ({ label: result.label, style: styles.get(result.system.recipe)! })))}${panels(figures)}`;
}
