// How good the imitated targets are: for each recipe and iteration, the share of targets that the strong tests find
// right, over the training problems that have a target, beside the share of all training problems that some rollout
// solved. Where every problem has a target the second bounds the first; the gap is what the private tests let through
// and what the expert picked wrongly. A recipe that leaves unsolved problems out can lie above it.
import type { Estimate } from "../../evaluation/results.ts";
import { percentWithError } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { SeriesStyle } from "../palette.ts";
import { linearScale, ticksAround } from "../scale.ts";
import type { ResultRow } from "../table.ts";
import {
  bottomAxis,
  chart,
  errorBar,
  fitted,
  mark,
  marker,
  type Plot,
  panelWidth,
  whisker,
} from "./marks.ts";

export function relabellingChart(all: readonly ResultRow[], styles: ReadonlyMap<string, SeriesStyle>): Html {
  const rows = all.flatMap((row) => (row.system.relabel ? [{ row, relabel: row.system.relabel }] : []));
  const lane = 32;
  const longest = Math.max(...rows.map(({ row }) => [...row.label].length));
  const plot: Plot = {
    left: 20 + 6.4 * Math.min(22, longest),
    right: panelWidth - 14,
    top: 4,
    bottom: 4 + rows.length * lane,
  };
  const ticks = ticksAround(
    rows
      .flatMap(({ relabel }) => [relabel.accuracy, relabel.solvable])
      .filter(({ problems }) => problems > 0),
  );
  const x = linearScale([ticks[0]!, ticks.at(-1)!], [plot.left, plot.right]);
  const dot = (title: string, estimate: Estimate, at: number, style: SeriesStyle, filled: boolean) => {
    const span = whisker(estimate);
    if (estimate.problems === 0) return null;
    return mark(`${title}: ${percentWithError(estimate, " ± ")} %`, [
      html`<rect class="hit" x="${x(estimate.mean) - 12}" y="${at - 8}" width="24" height="16"/>`,
      ...(span ? [errorBar(x(estimate.mean), at, x(span[0]), x(span[1]), false)] : []),
      marker(filled ? style.shape : "circle", x(estimate.mean), at, filled),
    ]);
  };
  const body = [
    ...bottomAxis(plot, ticks, x, (value) => `${Math.round(value * 100)}`),
    ...rows.map(({ row, relabel }, index) => {
      const middle = plot.top + (index + 0.5) * lane;
      const style = styles.get(row.system.recipe)!;
      return html`<text class="label" x="${plot.left - 8}" y="${middle + 4}" text-anchor="end">${fitted(row.label, 22)}</text><line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${middle + lane / 2}" y2="${middle + lane / 2}"/><g class="s0">${dot(`${row.label}, problems solved by some rollout`, relabel.solvable, middle + 6, style, false)}</g><g class="s${style.color}">${dot(`${row.label}, targets right by the strong tests`, relabel.accuracy, middle - 6, style, true)}</g>`;
    }),
  ];
  const summary = rows
    .map(
      ({ row, relabel }) =>
        `${row.label}: targets right ${percentWithError(relabel.accuracy, " ± ")}, solved by some rollout ${percentWithError(relabel.solvable, " ± ")}`,
    )
    .join("; ");
  return chart(`Relabelling quality in percent. ${summary}`, plot.bottom + 24, body);
}
