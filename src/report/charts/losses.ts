// Training losses by optimiser step, one panel for each kind of training, one line for each job.
import { type Html, html } from "../html.ts";
import type { SeriesStyle } from "../palette.ts";
import { linearScale, niceTicks } from "../scale.ts";
import {
  bottomAxis,
  chart,
  legend,
  mark,
  type Plot,
  panel,
  panels,
  panelWidth,
  polyline,
  valueAxis,
} from "./marks.ts";

const height = 220;
const plot: Plot = { left: 40, right: panelWidth - 16, top: 10, bottom: height - 38 };

interface Curve {
  /** "mucode/iteration-2". */
  owner: string;
  recipe: string;
  iteration: number;
  points: readonly (readonly [number, number])[];
}

/** `losses` by phase, "mucode/iteration-2/finetune": the last part is the kind of training. */
export function lossesChart(
  losses: Readonly<Record<string, [number, number][]>>,
  styles: ReadonlyMap<string, SeriesStyle>,
): Html {
  const kinds = new Map<string, Curve[]>();
  for (const [phase, all] of Object.entries(losses)) {
    const points = all.filter(([step, loss]) => Number.isFinite(step) && Number.isFinite(loss));
    if (points.length === 0) continue;
    const parts = phase.split("/");
    const kind = parts.at(-1)!;
    const iteration = Number(/^iteration-(\d+)$/.exec(parts.at(-2) ?? "")?.[1] ?? 0);
    const owner = parts.slice(0, -1).join("/");
    const curves = kinds.get(kind) ?? [];
    curves.push({ owner: owner || kind, recipe: parts[0]!, iteration, points });
    kinds.set(kind, curves);
  }
  const fallback: SeriesStyle = { color: 0, shape: "circle" };
  return panels(
    [...kinds].map(([kind, curves]) => {
      const shown = [...new Set(curves.map(({ recipe }) => recipe))];
      const keys = legend(shown.map((label) => ({ label, style: styles.get(label) ?? fallback })));
      return panel(kind, html`${drawPanel(kind, curves, (recipe) => styles.get(recipe) ?? fallback)}${keys}`);
    }),
  );
}

function drawPanel(kind: string, curves: readonly Curve[], styleOf: (recipe: string) => SeriesStyle): Html {
  const steps = Math.max(...curves.flatMap(({ points }) => points.map(([step]) => step)));
  const values = curves.flatMap(({ points }) => points.map(([, loss]) => loss));
  const xTicks = niceTicks(0, steps, 5);
  const yTicks = niceTicks(Math.min(0, ...values), Math.max(...values), 5);
  const x = linearScale([0, xTicks.at(-1)!], [plot.left, plot.right]);
  const y = linearScale([yTicks[0]!, yTicks.at(-1)!], [plot.bottom, plot.top]);
  const body = [
    ...valueAxis(plot, yTicks, y, String),
    ...bottomAxis({ ...plot, top: plot.bottom }, xTicks, x, String),
    html`<text class="tick" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 33}" text-anchor="middle">optimiser step</text>`,
    ...curves.map(({ owner, recipe, iteration, points }) => {
      const [step, loss] = points.at(-1)!;
      const path = polyline(points.map(([s, l]) => [x(s), y(l)] as const));
      const title = `${owner}: loss ${points[0]![1].toFixed(3)} at step ${points[0]![0]}, ${loss.toFixed(3)} at step ${step}`;
      const dash = iteration > 1 ? ` dash-${Math.min(iteration, 4)}` : "";
      return html`<g class="s${styleOf(recipe).color}">${mark(title, [
        html`<path class="line thin${dash}" d="${path}"/>`,
        html`<path class="line hit-line" d="${path}"/>`,
      ])}</g>`;
    }),
  ];
  const summary = curves
    .map(({ owner, points }) => `${owner} ends at ${points.at(-1)![1].toFixed(3)}`)
    .join("; ");
  return chart(`Training loss by step, ${kind}: ${summary}`, height, body);
}
