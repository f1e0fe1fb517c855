// What a verifier thinks of right and of wrong programs: two histograms over the same scores, right ones upwards
// and wrong ones downwards, each as a share of its own kind. Where they mirror each other it has learned nothing.
import type { VerifierQuality } from "../../evaluation/results.ts";
import { percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { linearScale, niceTicks } from "../scale.ts";
import { chart, mark, type Plot, panelWidth } from "./marks.ts";

const height = 232;
const plot: Plot = { left: 16, right: panelWidth - 16, top: 18, bottom: height - 52 };

export function scoreDistributionChart(label: string, histogram: VerifierQuality["histogram"]): Html {
  const { edges, right, wrong } = histogram;
  const [low, high] = [edges[0]!, edges.at(-1)!];
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const share = (counts: readonly number[]) => counts.map((count) => count / Math.max(1, total(counts)));
  const [rightShare, wrongShare] = [share(right), share(wrong)];
  const x = linearScale([low, high], [plot.left, plot.right]);
  const tallest = Math.max(0.01, ...rightShare, ...wrongShare);
  const middle = (plot.top + plot.bottom) / 2;
  const up = linearScale([0, tallest], [middle - 0.75, plot.top]);
  const down = linearScale([0, tallest], [middle + 0.75, plot.bottom]);
  const ticks = niceTicks(low, high, 7).filter((tick) => tick >= low && tick <= high);
  const bars = rightShare.flatMap((_, bin) => {
    const [from, to] = [x(edges[bin]!) + 0.5, x(edges[bin + 1]!) - 0.5];
    const range = `score ${edges[bin]!.toFixed(2)} to ${edges[bin + 1]!.toFixed(2)}`;
    const draw = (kind: "right" | "wrong", count: number, part: number, top: number, bottom: number) =>
      count === 0
        ? []
        : [
            mark(`${range}: ${count} ${kind} programs (${percent(part)} % of them)`, [
              html`<rect class="fill-${kind}" x="${from}" y="${top}" width="${Math.max(0.5, to - from)}" height="${Math.max(0.75, bottom - top)}"/>`,
            ]),
          ];
    return [
      ...draw("right", right[bin]!, rightShare[bin]!, up(rightShare[bin]!), middle - 0.75),
      ...draw("wrong", wrong[bin]!, wrongShare[bin]!, middle + 0.75, down(wrongShare[bin]!)),
    ];
  });
  const body = [
    ...ticks.map(
      (tick) =>
        html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${plot.top}" y2="${plot.bottom}"/><text class="tick" x="${x(tick)}" y="${plot.bottom + 30}" text-anchor="middle">${tick < 0 ? `−${-tick}` : `${tick}`}</text>`,
    ),
    html`<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${middle}" y2="${middle}"/>`,
    ...bars,
    html`<text class="label ink-right" x="${plot.left}" y="${plot.top - 5}">${String(total(right))} right programs ↑</text>`,
    html`<text class="label ink-wrong" x="${plot.left}" y="${plot.bottom + 13}">${String(total(wrong))} wrong programs ↓</text>`,
    html`<text class="tick" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 46}" text-anchor="middle">verifier score</text>`,
  ];
  return chart(label, height, body);
}
