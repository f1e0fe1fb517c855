// The small parts that all charts share: the drawing itself, axes, markers with error bars, legends. Charts are
// drawn about as wide as a phone and laid out as small multiples, so that text has one size at every page width.
import type { Estimate } from "../../evaluation/results.ts";
import { type Html, html } from "../html.ts";
import type { MarkerShape, SeriesStyle } from "../palette.ts";
import type { Scale } from "../scale.ts";

/** Width of every panel, in the units that text sizes are in (about pixels). */
export const panelWidth = 360;

/** The area inside the axes. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A chart of its own: `label` is what a screen reader says in its place. */
export function chart(label: string, height: number, body: Html | Html[]): Html {
  return html`<svg class="chart" viewBox="0 0 ${panelWidth} ${height}" role="img" aria-label="${label}">${body}</svg>`;
}

/** Horizontal grid lines with their values at the left. */
export function valueAxis(
  plot: Plot,
  ticks: readonly number[],
  y: Scale,
  format: (value: number) => string,
): Html[] {
  return ticks.map(
    (tick, index) =>
      html`<line class="${index === 0 ? "axis" : "grid"}" x1="${plot.left}" x2="${plot.right}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="${plot.left - 7}" y="${y(tick) + 4}" text-anchor="end">${format(tick)}</text>`,
  );
}

/** Vertical grid lines with their values below; the outer values turn inwards so that none is cut. */
export function bottomAxis(
  plot: Plot,
  ticks: readonly number[],
  x: Scale,
  format: (value: number) => string,
): Html[] {
  return ticks.map(
    (tick, index) =>
      html`<line class="${index === 0 ? "axis" : "grid"}" x1="${x(tick)}" x2="${x(tick)}" y1="${plot.top}" y2="${plot.bottom}"/><text class="tick" x="${x(tick)}" y="${plot.bottom + 16}" text-anchor="middle">${format(tick)}</text>`,
  );
}

/** Something with a tooltip: the title is read out too, and shown by browsers without scripts. */
export function mark(title: string, body: Html | Html[]): Html {
  return html`<g class="mark"><title>${title}</title>${body}</g>`;
}

/** A marker of about 9 units across, filled or hollow, in the current colour. */
export function marker(shape: MarkerShape, x: number, y: number, filled = true): Html {
  return html`<path class="${filled ? "marker" : "marker hollow"}" d="${outline(shape)}" transform="translate(${x} ${y})"/>`;
}

function outline(shape: MarkerShape): string {
  switch (shape) {
    case "circle":
      return "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0z";
    case "square":
      return "M-3.8-3.8h7.6v7.6h-7.6z";
    case "triangle":
      return "M0-5L4.8 3.6H-4.8z";
    case "diamond":
      return "M0-5.2L5.2 0L0 5.2L-5.2 0z";
    case "plus":
      return "M-1.6-4.8h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2z";
    case "down":
      return "M0 5L4.8-3.6H-4.8z";
    case "star":
      return "M0-5.4L1.5-1.7L5.2-1.7L2.3.7L3.3 4.6L0 2.3L-3.3 4.6L-2.3.7L-5.2-1.7L-1.5-1.7z";
  }
}

/** The whisker of an accuracy: one standard error each way, within 0 and 1; null where one problem gives none. */
export function whisker({ mean, se, problems }: Estimate): [number, number] | null {
  return problems < 2 ? null : [Math.max(0, mean - se), Math.min(1, mean + se)];
}

/** A vertical (or horizontal) line with caps, centred on a marker at (x, y). */
export function errorBar(x: number, y: number, from: number, to: number, vertical: boolean): Html {
  const cap = 3;
  const d = vertical
    ? `M${round(x - cap)} ${round(from)}h${2 * cap}M${round(x)} ${round(from)}V${round(to)}M${round(x - cap)} ${round(to)}h${2 * cap}`
    : `M${round(from)} ${round(y - cap)}v${2 * cap}M${round(from)} ${round(y)}H${round(to)}M${round(to)} ${round(y - cap)}v${2 * cap}`;
  return html`<path class="whisker" d="${d}"/>`;
}

/** A line through points, as an SVG path. */
export function polyline(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

/** Names beside their markers, in HTML so that they wrap. */
export function legend(items: readonly { label: string; style: SeriesStyle; filled?: boolean }[]): Html {
  const entries = items.map(
    ({ label, style, filled }) =>
      html`<li><svg class="key s${style.color}" viewBox="-7 -7 14 14" aria-hidden="true">${marker(style.shape, 0, 0, filled)}</svg>${label}</li>`,
  );
  return html`<ul class="legend">${entries}</ul>`;
}

/** Panels side by side, as many as fit. */
export function panels(figures: readonly Html[]): Html {
  return html`<div class="panels">${figures}</div>`;
}

/** One panel: a short title over a chart, and notes below it. */
export function panel(title: string, body: Html, note: string | null = null): Html {
  return html`<figure class="panel"><figcaption>${title}</figcaption>${body}${note === null ? null : html`<p class="note">${note}</p>`}</figure>`;
}

/** Moves label positions apart to at least `gap`, keeping their order and staying within [low, high] where possible. */
export function spread(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!);
  const placed = [...positions];
  let floor = low;
  for (const index of order) {
    placed[index] = Math.max(placed[index]!, floor);
    floor = placed[index]! + gap;
  }
  let ceiling = high;
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index]!, ceiling);
    ceiling = placed[index]! - gap;
  }
  return placed;
}

/** A name that fits into so many characters; the whole name is in the mark's title. */
export function fitted(name: string, characters: number): string {
  const all = [...name];
  return all.length <= characters ? name : `${all.slice(0, characters - 1).join("")}…`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
