// Where time and tokens went, phase by phase: bars beside their numbers, in HTML so that rows fold on a phone.
import type { Metrics, PhaseTokens } from "../../evaluation/results.ts";
import { count, duration } from "../format.ts";
import { type Html, html } from "../html.ts";

const kinds = ["prompt", "completion", "training"] as const satisfies (keyof PhaseTokens)[];

export function costsChart(metrics: Pick<Metrics, "results" | "seconds">): Html {
  const tokens = new Map(metrics.results.costs.map((cost) => [cost.phase, cost.tokens]));
  const phases = [...new Set([...tokens.keys(), ...Object.keys(metrics.seconds)])];
  const none: PhaseTokens = { prompt: 0, completion: 0, training: 0 };
  const rows = phases.map((phase) => ({
    phase,
    seconds: metrics.seconds[phase] ?? null,
    tokens: tokens.get(phase) ?? none,
  }));
  const longest = Math.max(0, ...rows.map((row) => row.seconds ?? 0));
  const most = Math.max(0, ...rows.map((row) => total(row.tokens)));
  const width = (value: number, of: number) => html`${of > 0 ? (100 * value) / of : 0}%`;
  const body = rows.map(({ phase, seconds, tokens }) => {
    const parts = kinds.filter((kind) => tokens[kind] > 0);
    let from = 0;
    const segments = parts.map((kind) => {
      const segment = html`<rect class="tokens-${kind}" x="${width(from, most)}" width="${width(tokens[kind], most)}" height="100%"/>`;
      from += tokens[kind];
      return segment;
    });
    const detail = parts.map((kind) => `${tokens[kind].toLocaleString("en")} ${kind}`).join(", ");
    return html`<tr><th scope="row">${phase.replaceAll("/", " / ")}</th><td>${bar(
      `${phase}: ${seconds === null ? "not measured" : duration(seconds)}`,
      [html`<rect class="time" width="${width(seconds ?? 0, longest)}" height="100%"/>`],
    )}<span class="value">${seconds === null ? "–" : duration(seconds)}</span></td><td>${bar(
      `${phase}: ${detail || "no"} tokens`,
      segments,
    )}<span class="value">${parts.length === 0 ? "–" : count(total(tokens))}</span></td></tr>`;
  });
  const time = rows.reduce((sum, row) => sum + (row.seconds ?? 0), 0);
  const all = rows.reduce((sum, row) => sum + total(row.tokens), 0);
  return html`<ul class="legend"><li><span class="swatch tokens-prompt"></span>prompt tokens</li><li><span class="swatch tokens-completion"></span>completion tokens</li><li><span class="swatch tokens-training"></span>training tokens</li></ul><table class="costs"><thead><tr><th scope="col">phase</th><th scope="col">time</th><th scope="col">tokens</th></tr></thead><tbody>${body}</tbody><tfoot><tr><th scope="row">all phases</th><td><span class="value">${duration(time)}</span></td><td><span class="value">${count(all)}</span></td></tr></tfoot></table>`;
}

function bar(title: string, rects: Html[]): Html {
  return html`<svg class="bar" aria-hidden="true"><g class="mark"><title>${title}</title>${rects}</g></svg>`;
}

function total(tokens: PhaseTokens): number {
  return tokens.prompt + tokens.completion + tokens.training;
}
