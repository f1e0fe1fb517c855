// The whole report of a run as one file.
import type { SystemResult } from "../evaluation/results.ts";
import { browserData } from "./browser/data.ts";
import { dataId, pageScript } from "./browser/script.ts";
import { accuracyByTurnChart } from "./charts/accuracy-by-turn.ts";
import { costsChart } from "./charts/costs.ts";
import { lossesChart } from "./charts/losses.ts";
import { panel, panels } from "./charts/marks.ts";
import { relabellingChart } from "./charts/relabelling.ts";
import { scoreDistributionChart } from "./charts/score-distribution.ts";
import { selectorsChart } from "./charts/selectors.ts";
import { documentText, type Part } from "./document.ts";
import { count, duration, percent, percentWithError } from "./format.ts";
import { type Html, html, scriptJson } from "./html.ts";
import type { ReportInput } from "./input.ts";
import { type SeriesStyle, seriesStyles } from "./palette.ts";
import { ticksAround } from "./scale.ts";
import { headlineSelector, type ResultRow, resultRows } from "./table.ts";
import { headlineTable, privateTable, relabelTable, selectorTable, verifierTable } from "./tables.ts";

/** One self-contained HTML document. A function of its input alone: no clock, no randomness. */
export function renderReport(input: ReportInput): string {
  const { metrics } = input;
  const rows = resultRows(metrics);
  const styles = seriesStyles(metrics.results.systems);
  const parts = [
    ...(rows.length === 0 ? [] : resultParts(rows, styles)),
    ...lossPart(input, styles),
    { id: "costs", title: "Time and tokens", body: costsChart(metrics) },
    ...(input.problems.length === 0 ? [] : [rolloutPart(input)]),
    setupPart(input),
  ];
  const { benchmark, testProblems, trainProblems } = metrics.results;
  return documentText({
    title: `${metrics.name} · μCode report`,
    name: metrics.name,
    header: html`<p class="lead">μCode report · ${benchmark}, ${String(trainProblems)} training and ${String(testProblems)} test problems · seed ${String(metrics.seed)}</p>
${rows.length === 0 ? html`<p>This run has no results yet.</p>` : tiles(input, rows)}`,
    contents: "Parts of the report",
    parts,
    script: {
      text: pageScript(input.problems.length > 0),
      before:
        input.problems.length === 0
          ? null
          : html`<script type="application/json" id="${dataId}">${scriptJson(browserData(input.problems))}</script>`,
    },
  });
}

/** The numbers to remember: the base model against the system that model selection likes best. */
function tiles(input: ReportInput, rows: readonly ResultRow[]): Html {
  const { metrics } = input;
  const base = rows.find(({ system }) => system.iteration === 0);
  const trained = rows.filter(({ system }) => system.selected && system.iteration > 0);
  const featured = trained.reduce<ResultRow | undefined>(
    (best, row) => (best && best.system.validation.mean >= row.system.validation.mean ? best : row),
    undefined,
  );
  const shown = featured ?? base ?? rows[0]!;
  const turns = shown.greedy.length;
  const step = (pick: (row: ResultRow) => ResultRow["greedy"][number]) => {
    const after = percentWithError(pick(shown), " ± ");
    const [mean, error] = after.split(" ");
    const from = base && base !== shown ? html`<small>${percent(pick(base).mean)} → </small>` : null;
    return html`<b>${from}${mean!} ${error ? html`<small>± ${after.split(" ").at(-1)!} %</small>` : html`<small>%</small>`}</b>`;
  };
  const seconds = Object.values(metrics.seconds).reduce((sum, value) => sum + value, 0);
  const tokens = metrics.results.costs.reduce((sum, cost) => {
    return sum + cost.tokens.prompt + cost.tokens.completion + cost.tokens.training;
  }, 0);
  const against = base && base !== shown ? `${base.label} → ${shown.label}` : shown.label;
  const relabel = shown.system.relabel;
  return html`<ul class="tiles">
<li>${step((row) => row.greedy[0]!)}<span>greedy at the first turn, ${against}</span></li>
<li>${step((row) => row.bestOfN.at(-1)!)}<span>best of ${String(shown.system.bestOfN.candidates)} within ${String(turns)} turns, ${against}</span></li>
${relabel ? html`<li><b>${percent(relabel.accuracy.mean)} <small>± ${percent(relabel.accuracy.se)} %</small></b><span>targets right by the strong tests, ${shown.label}</span></li>` : null}
<li><b>${duration(seconds)}</b><span>of work in all phases, some of them side by side; ${count(tokens)} tokens</span></li>
</ul>`;
}

function resultParts(rows: readonly ResultRow[], styles: ReadonlyMap<string, SeriesStyle>): Part[] {
  const turns = rows[0]!.greedy.length;
  const candidates = rows[0]!.system.bestOfN.candidates;
  const verified = rows.filter(({ system }) => system.verifier);
  const ticks = ticksAround(rows.flatMap((row) => [...row.greedy, ...row.bestOfN]));
  const relabelled = rows.filter(({ system }) => system.relabel);
  const parts: Part[] = [
    {
      id: "results",
      title: "Results",
      body: html`<p class="lead">Accuracy in percent of the test problems: public, private and strong tests all pass. ± is one standard error, clustered by problem; ★ is the iteration chosen on the validation problems; the best of a column is bold.</p>${headlineTable(rows)}<details><summary>The paper’s measure: public and private tests only</summary>${privateTable(rows)}</details>`,
    },
    {
      id: "turns",
      title: "Accuracy by turn",
      body: html`<p class="lead">Problems solved within 1 to ${String(turns)} turns: an episode is scored by its first program that passes the public tests. Bars are one standard error; filled marks are the base model and the chosen iteration.</p><h3>Greedy</h3>${accuracyByTurnChart(rows, styles, "greedy", (row) => row.greedy, ticks)}<h3>Best of ${String(candidates)}, ${headlineSelector}</h3>${accuracyByTurnChart(rows, styles, `best of ${candidates}`, (row) => row.bestOfN, ticks)}`,
    },
    {
      id: "selectors",
      title: "Selectors",
      body: html`<p class="lead">Which of ${String(candidates)} candidates a turn goes on: the base model and each recipe’s chosen iteration. The oracle sees the private tests: it is no method, but the ceiling of the private measure at the first turn; under the strong tests, and where a later turn depends on what was chosen, another selector can be ahead of it.</p>${selectorsChart(rows, styles)}<details><summary>All systems, within T1</summary>${selectorTable(rows, "first")}</details><details><summary>All systems, within T${String(turns)}</summary>${selectorTable(rows, "last")}</details>`,
    },
  ];
  if (verified.length > 0)
    parts.push({
      id: "verifier",
      title: "Verifier",
      body: html`<p class="lead">Scores of right and wrong programs for test problems. AUC is the chance that a right program outscores a wrong one: inside a problem is what choosing needs, overall also asks that scores compare across problems. Top-1 of solvable is how often its favourite is right where some candidate is; the calibration error is that of probabilities fitted to scores of other problems.</p>${panels(
        verified.flatMap((row) => distribution(row.label, row.system)),
      )}<details><summary>All numbers</summary>${verifierTable(rows)}</details>`,
    });
  if (relabelled.length > 0)
    parts.push({
      id: "relabelling",
      title: "Relabelling",
      body: html`<p class="lead">Filled marks: share of the targets that are right by the strong tests, over the training problems that have a target. Hollow marks: share of all training problems that some rollout solved (public and private tests).</p><div class="pair">${panel("Targets", relabellingChart(rows, styles))}${relabelTable(rows)}</div>`,
    });
  return parts;
}

function distribution(label: string, { verifier }: SystemResult): Html[] {
  if (!verifier || verifier.histogram.edges.length === 0) return [];
  const within = verifier.aucWithin ? `${percentWithError(verifier.aucWithin, " ± ")} %` : "not measured";
  const overall = verifier.aucOverall === null ? "not measured" : `${percent(verifier.aucOverall)} %`;
  const note = `AUC inside problems ${within}, overall ${overall}`;
  return [
    panel(label, scoreDistributionChart(`Verifier scores, ${label}. ${note}`, verifier.histogram), note),
  ];
}

function lossPart(input: ReportInput, styles: ReadonlyMap<string, SeriesStyle>): Part[] {
  const { losses } = input.metrics.results;
  if (Object.keys(losses).length === 0) return [];
  const body = html`<p class="lead">Training loss by optimiser step. Solid lines are the first iteration, dashed ones later iterations.</p>${lossesChart(losses, styles)}`;
  return [{ id: "losses", title: "Losses", body }];
}

function rolloutPart(input: ReportInput): Part {
  const options = [
    ["all", "All"],
    ["solved", "Solved"],
    ["unsolved", "Unsolved"],
    ["wrong-target", "Wrong target"],
  ] as const;
  const radios = options.map(
    ([value, label], index) =>
      html`<label><input type="radio" name="show" value="${value}"${index === 0 ? html` checked` : null}><span>${label}</span></label>`,
  );
  return {
    id: "rollouts-part",
    title: "Rollouts",
    body: html`<p class="lead">A sample of ${String(input.problems.length)} problems. Arrow keys move through problems and rollouts, / goes to the search.</p><div class="browser"><div class="finder"><input type="search" id="search" placeholder="Search prompts and programs" aria-label="Search prompts and programs" autocomplete="off" spellcheck="false"><fieldset><legend>Show problems</legend>${radios}</fieldset><small id="found" role="status"></small><div id="problems" role="group" aria-label="Problems"></div></div><div id="problem" aria-label="Chosen problem" role="region"></div></div>`,
  };
}

function setupPart({ config, environment, metrics }: ReportInput): Part {
  const facts = flatten(environment).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return {
    id: "setup",
    title: "Configuration",
    body: html`<div class="columns"><pre class="wrap" tabindex="0">${config}</pre><dl>${facts}<dt>digest of results</dt><dd>${metrics.digest}</dd></dl></div>`,
  };
}

/** {engine: {torch: "2"}} -> [["engine.torch", "2"]]. */
function flatten(value: Record<string, unknown>, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([name, inner]): [string, string][] => {
    const path = prefix + name;
    if (inner === null || inner === undefined) return [[path, "none"]];
    if (Array.isArray(inner)) return [[path, inner.map(String).join(", ")]];
    if (typeof inner === "object") return flatten(inner as Record<string, unknown>, `${path}.`);
    return [[path, String(inner)]];
  });
}
