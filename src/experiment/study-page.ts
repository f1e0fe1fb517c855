// The quick study as a page: every number as it came out, positive or not.
import { selectorNames } from "../evaluation/results.ts";
import { accuracyWithin, type PooledSystem, quickContrasts, type SeedRun } from "./study.ts";

const percent = (value: number) => (100 * value).toFixed(1);
const withError = ({ mean, se }: { mean: number; se: number }) => `${percent(mean)} ± ${percent(se)}`;
const signed = (value: number) => `${value < 0 ? "−" : "+"}${percent(Math.abs(value))}`;

/** The study as Markdown, every number as it came out. */
export function renderStudy(
  systems: readonly PooledSystem[],
  runs: readonly SeedRun[],
  turns: number,
): string {
  const { benchmark, testProblems, trainProblems } = runs[0]!.metrics.results;
  const seeds = runs.map(({ metrics }) => metrics.seed);
  const turnNumbers = Array.from({ length: turns }, (_, index) => index + 1);
  const candidates = systems[0]!.results[0]!.bestOfN.candidates;
  const lines = [
    `Seeds ${seeds.join(", ")}; ${testProblems} ${benchmark} test tasks, ${trainProblems} training tasks. Percent ± standard error,`,
    "clustered by task over all seeds; right means that public, private and strong tests pass. Of each recipe the",
    "iteration with the best greedy accuracy on the validation tasks.",
    "",
    "## Greedy accuracy within t turns, and best of N",
    "",
    row([
      "system",
      "iteration by seed",
      ...turnNumbers.map((t) => `greedy T${t}`),
      ...turnNumbers.map((t) => `best of ${candidates}, PT+LV, T${t}`),
    ]),
    rule(2 + 2 * turns),
    ...systems.map((system) =>
      row([
        system.recipe,
        system.iterations.join(" "),
        ...turnNumbers.map((t) => withError(accuracyWithin(system, "greedy", t))),
        ...turnNumbers.map((t) => withError(accuracyWithin(system, "public+verifier", t))),
      ]),
    ),
    "",
    `## Selectors, best of ${candidates} at turn 1`,
    "",
    row(["system", ...selectorNames]),
    rule(1 + selectorNames.length),
    ...systems.map((system) =>
      row([system.recipe, ...selectorNames.map((name) => withError(accuracyWithin(system, name, 1)))]),
    ),
    "",
    "## Differences at turn 1, paired by task",
    "",
    row(["difference", "points", "standard error", "z", "p", "beyond two standard errors"]),
    rule(6),
    ...quickContrasts(systems).map(({ name, difference: { mean, se, t, p } }) =>
      row([
        name,
        signed(mean),
        percent(se),
        t === null ? "" : t.toFixed(1),
        p === null ? "" : p < 0.001 ? "< 0.001" : p.toFixed(3),
        mean > 2 * se ? "yes" : "no",
      ]),
    ),
    "",
    "## What was learned from, by seed",
    "",
    row([
      "system",
      "targets right, %",
      "problems solved, %",
      "examples",
      "distinct targets",
      "verifier AUC within prompt",
      "AUC overall",
    ]),
    rule(7),
    ...systems.map(({ recipe, results }) =>
      row([
        recipe,
        each(results, ({ relabel }) => (relabel ? percent(relabel.accuracy.mean) : "–")),
        each(results, ({ relabel }) => (relabel ? percent(relabel.solvable.mean) : "–")),
        each(results, ({ relabel }) => (relabel ? String(relabel.examples) : "–")),
        each(results, ({ relabel }) => (relabel ? String(relabel.targets) : "–")),
        each(results, ({ verifier }) => verifier?.aucWithin?.mean.toFixed(3) ?? "–"),
        each(results, ({ verifier }) => verifier?.aucOverall?.toFixed(3) ?? "–"),
      ]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

const row = (cells: string[]) => `| ${cells.join(" | ")} |`;
const rule = (columns: number) => row(Array.from({ length: columns }, () => "---"));
const each = <T>(items: readonly T[], text: (item: T) => string) => items.map(text).join(" ");
