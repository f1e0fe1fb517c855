// The figure of a study, drawn once and shown twice: as panels of the HTML page, and as one SVG file that the Markdown
// page shows. Bars are one standard error.
import type { Estimate } from "../../evaluation/results.ts";
import {
  bottomAxis,
  chart,
  errorBar,
  fitted,
  legend,
  mark,
  marker,
  type Plot,
  panel,
  panels,
  panelWidth,
  polyline,
  valueAxis,
} from "../charts/marks.ts";
import { Html, html } from "../html.ts";
import { type SeriesStyle, seriesColors, seriesStyles, themeVariables } from "../palette.ts";
import { linearScale, niceTicks } from "../scale.ts";
import type { ShownFigure, Unit } from "./input.ts";
import { shown } from "./numbers.ts";

type Panel = ShownFigure["panels"][number];
type Series = Panel["series"][number];

interface Drawing {
  title: string;
  height: number;
  /** What a screen reader says in its place. */
  label: string;
  body: Html[];
}

export function figureHtml(figure: ShownFigure): Html {
  const styles = stylesOf(figure);
  const names = namesOf(figure);
  const keys =
    figure.kind === "lines" ? legend(names.map((label) => ({ label, style: styles.get(label)! }))) : null;
  const drawn = drawings(figure, styles);
  return html`${keys}${panels(drawn.map(({ title, height, label, body }) => panel(title, chart(label, height, body))))}`;
}

const gap = 20;
const titleHeight = 22;
const keyHeight = 20;

/** The same as a file of its own, in both themes. */
export function figureSvg(figure: ShownFigure): string {
  const styles = stylesOf(figure);
  const drawn = drawings(figure, styles);
  const columns = Math.min(2, drawn.length);
  const width = columns * panelWidth + (columns + 1) * gap;
  const keys = figure.kind === "lines" ? svgKeys(namesOf(figure), styles, width) : { rows: 0, body: [] };
  let y = gap + keys.rows * keyHeight;
  const placed: Html[] = [];
  for (let start = 0; start < drawn.length; start += columns) {
    const row = drawn.slice(start, start + columns);
    row.forEach(({ title, body }, column) => {
      const x = gap + column * (panelWidth + gap);
      placed.push(
        html`<g transform="translate(${x} ${y})"><text class="title" x="0" y="12">${title}</text><g transform="translate(0 ${titleHeight})">${body}</g></g>`,
      );
    });
    y += Math.max(...row.map(({ height }) => height)) + titleHeight + gap;
  }
  const summary = drawn.map(({ title, label }) => `${title}: ${label}`).join("; ");
  const document = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" class="chart" role="img" aria-label="${figure.title}. ${summary}"><style>${new Html(svgStyle)}</style><rect class="sheet" width="${width}" height="${y}"/>${keys.body}${placed}</svg>`;
  return `${document.text}\n`;
}

const svgStyle = `
:root{${themeVariables("light")}}
@media (prefers-color-scheme:dark){:root{${themeVariables("dark")}}}
svg{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",sans-serif}
.sheet{fill:var(--panel)}
text{fill:var(--muted)}
.label,.title{fill:var(--ink)}
.title{font-weight:600;font-size:13px}
.grid{stroke:var(--grid)}
.axis{stroke:var(--muted);stroke-opacity:.6}
.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
.whisker{fill:none;stroke:currentColor;stroke-width:1.3}
.marker{fill:currentColor;stroke:var(--panel);stroke-width:.8}
.hit{fill:transparent}
${seriesColors.light.map((_, index) => `.s${index}{color:var(--s${index})}`).join("\n")}
`;

function svgKeys(names: readonly string[], styles: ReadonlyMap<string, SeriesStyle>, width: number) {
  let [x, row] = [gap, 0];
  const body = names.map((name) => {
    const room = 24 + 7 * [...name].length;
    if (x + room > width - gap && x > gap) [x, row] = [gap, row + 1];
    const { color, shape } = styles.get(name)!;
    const at = { x: x + 6, y: gap + row * keyHeight };
    x += room;
    return html`<g class="s${color}">${marker(shape, at.x, at.y)}<text class="label" x="${at.x + 9}" y="${at.y + 4}">${name}</text></g>`;
  });
  return { rows: row + 1, body };
}

const namesOf = ({ panels: all }: ShownFigure): string[] => [
  ...new Set(all.flatMap(({ series }) => series.map(({ name }) => name))),
];

/** The base model is grey, wherever it stands. */
function stylesOf(figure: ShownFigure): Map<string, SeriesStyle> {
  return seriesStyles(namesOf(figure).map((recipe) => ({ recipe, iteration: recipe === "base" ? 0 : 1 })));
}

function drawings(figure: ShownFigure, styles: ReadonlyMap<string, SeriesStyle>): Drawing[] {
  // Panels of one unit share their axis, so that they can be compared.
  const axes = new Map<Unit, number[]>();
  for (const unit of ["percent", "number"] as const) {
    const estimates = figure.panels.flatMap(({ series }) => pointsOf(series, unit));
    if (estimates.length > 0) axes.set(unit, ticksFor(estimates));
  }
  return figure.panels.map((one) => {
    const unit = one.series[0]?.points[0]?.unit ?? "percent";
    const ticks = axes.get(unit) ?? [0, 1];
    return figure.kind === "lines"
      ? drawLines(one, figure.x, styles, ticks, unit)
      : drawMarks(one, styles, ticks, unit);
  });
}

function pointsOf(series: readonly Series[], unit: Unit): Estimate[] {
  return series.flatMap(({ points }) =>
    points.flatMap((point) => (point.estimate && point.unit === unit ? [point.estimate] : [])),
  );
}

/** Round values around everything that is drawn, bars included. */
function ticksFor(estimates: readonly Estimate[]): number[] {
  const low = Math.min(...estimates.map(({ mean, se }) => mean - se));
  const high = Math.max(...estimates.map(({ mean, se }) => mean + se));
  return niceTicks(low, high, 4);
}

/** One standard error each way; null where one problem, or one seed, gives none. */
const spanOf = ({ mean, se, problems }: Estimate): [number, number] | null =>
  problems < 2 ? null : [mean - se, mean + se];

const tickText = (unit: Unit) => (value: number) =>
  unit === "percent" ? String(Number((100 * value).toFixed(1))) : String(value);

const laneHeight = 20;

function drawMarks(
  { title, series }: Panel,
  styles: ReadonlyMap<string, SeriesStyle>,
  ticks: readonly number[],
  unit: Unit,
): Drawing {
  const plot: Plot = { left: 118, right: panelWidth - 18, top: 4, bottom: 8 + series.length * laneHeight };
  const x = linearScale([ticks[0]!, ticks.at(-1)!], [plot.left, plot.right]);
  const lanes = series.map(({ name, points }, index) => {
    const at = plot.top + laneHeight * (index + 0.5) + 2;
    const label = html`<text class="label" x="${plot.left - 8}" y="${at + 4}" text-anchor="end">${fitted(name, 17)}</text>`;
    const { color, shape } = styles.get(name)!;
    const drawn = points.flatMap(({ estimate }) => {
      if (!estimate) return [];
      const { mean } = estimate;
      const span = spanOf(estimate);
      return mark(`${name}, ${title}: ${shown(estimate, unit)}`, [
        html`<rect class="hit" x="${x(mean) - 12}" y="${at - laneHeight / 2}" width="24" height="${laneHeight}"/>`,
        ...(span ? [errorBar(x(mean), at, x(span[0]), x(span[1]), false)] : []),
        marker(shape, x(mean), at),
      ]);
    });
    return html`${label}<g class="s${color}">${drawn}</g>`;
  });
  const body = [...bottomAxis(plot, ticks, x, tickText(unit)), ...lanes];
  return { title, height: plot.bottom + 24, label: summaryOf(series, unit), body };
}

const lineHeight = 236;

function drawLines(
  { title, series }: Panel,
  what: string,
  styles: ReadonlyMap<string, SeriesStyle>,
  ticks: readonly number[],
  unit: Unit,
): Drawing {
  const plot: Plot = { left: 40, right: panelWidth - 14, top: 10, bottom: lineHeight - 40 };
  const numbers = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const y = linearScale([ticks[0]!, ticks.at(-1)!], [plot.bottom, plot.top]);
  const inset = 16;
  const x = linearScale([numbers[0] ?? 0, numbers.at(-1) ?? 1], [plot.left + inset, plot.right - inset]);
  // Systems stand a little apart at each number, so that their error bars don't cover each other.
  const room = (plot.right - plot.left - 2 * inset) / Math.max(1, numbers.length - 1);
  const dodge = (index: number) =>
    (index - (series.length - 1) / 2) * Math.min(6, room / (2 * series.length));
  const body = [
    ...valueAxis(plot, ticks, y, tickText(unit)),
    ...numbers.map(
      (value) =>
        html`<text class="tick" x="${x(value)}" y="${plot.bottom + 17}" text-anchor="middle">${String(value)}</text>`,
    ),
    html`<text class="tick" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 34}" text-anchor="middle">${what}</text>`,
    ...series.map(({ name, points }, index) => {
      const { color, shape } = styles.get(name)!;
      const known = points.flatMap(({ x: value, estimate }) =>
        estimate ? [{ at: x(value) + dodge(index), value, estimate }] : [],
      );
      const drawn = known.map(({ at, value, estimate }) => {
        const span = spanOf(estimate);
        return mark(`${name}, ${title}, ${what} ${value}: ${shown(estimate, unit)}`, [
          html`<circle class="hit" cx="${at}" cy="${y(estimate.mean)}" r="9"/>`,
          ...(span ? [errorBar(at, y(estimate.mean), y(span[0]), y(span[1]), true)] : []),
          marker(shape, at, y(estimate.mean)),
        ]);
      });
      const path = polyline(known.map(({ at, estimate }) => [at, y(estimate.mean)] as const));
      return html`<g class="s${color}"><path class="line" d="${path}"/>${drawn}</g>`;
    }),
  ];
  return { title, height: lineHeight, label: summaryOf(series, unit), body };
}

function summaryOf(series: readonly Series[], unit: Unit): string {
  return series
    .map(({ name, points }) => `${name} ${points.map(({ estimate }) => shown(estimate, unit)).join(", ")}`)
    .join("; ");
}
