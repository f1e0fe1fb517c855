// The numbers of a study as text, the same on both of its pages.
import type { PairedDifference } from "../../evaluation/paired.ts";
import type { Estimate } from "../../evaluation/results.ts";
import { count, duration } from "../format.ts";
import type { ShownStudy, Unit } from "./input.ts";

const scaled = (value: number, unit: Unit) =>
  (unit === "percent" ? 100 * value : value).toFixed(1).replace("-", "−");

/** `41.3 ± 2.4`; without an error where one problem, or one seed, gives none; a dash where there is no number. */
export function shown(estimate: Estimate | null, unit: Unit): string {
  if (!estimate) return "–";
  const mean = scaled(estimate.mean, unit);
  return estimate.problems < 2 ? mean : `${mean} ± ${scaled(estimate.se, unit)}`;
}

/** `+1.2`, `−0.3`, `0.0`: the sign of what is shown. */
export function signed(value: number, unit: Unit): string {
  const size = scaled(Math.abs(value), unit);
  if (Number(size) === 0) return size;
  return `${value < 0 ? "−" : "+"}${size}`;
}

/** Difference, standard error, z, p, and whether it is beyond two standard errors. */
export function differenceCells(difference: PairedDifference | null, unit: Unit): string[] {
  if (!difference) return ["–", "–", "–", "–", "–"];
  const { mean, se, t, p, problems } = difference;
  if (problems < 2) return [signed(mean, unit), "–", "–", "–", "–"];
  return [
    signed(mean, unit),
    scaled(se, unit),
    t === null ? "–" : t.toFixed(1).replace("-", "−"),
    p === null ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3),
    Math.abs(mean) > 2 * se ? (mean > 0 ? "yes, above" : "yes, below") : "no",
  ];
}

const differenceHeadings = ["points", "standard error", "t", "p", "beyond two standard errors"];

/** A row a difference; a last column where the paper says something of one. */
export function contrastCells(contrasts: ShownStudy["contrasts"]) {
  const withPaper = contrasts.some(({ paper }) => paper !== null);
  return {
    headings: ["difference", ...differenceHeadings, ...(withPaper ? ["the paper's"] : [])],
    rows: contrasts.map(({ name, unit, difference, paper }) => [
      name,
      ...differenceCells(difference, unit),
      ...(withPaper ? [paper ?? ""] : []),
    ]),
  };
}

export function timeNote(costs: ShownStudy["costs"]): string {
  const seconds = costs.reduce((sum, cost) => sum + cost.seconds, 0);
  return `${duration(seconds)} of work in all phases, those that other studies made included; some of them ran side by side.`;
}

/** What the phases of each kind took. */
export function costCells(costs: ShownStudy["costs"]) {
  return {
    headings: ["phases", "number", "time", "prompt tokens", "completion tokens", "training tokens"],
    rows: costs.map(({ kind, phases, seconds, tokens }) => [
      kind,
      String(phases),
      duration(seconds),
      count(tokens.prompt),
      count(tokens.completion),
      count(tokens.training),
    ]),
  };
}

/** What every number of the page rests on, in two sentences. */
export function setting({ seeds, problems, benchmark, configuration }: ShownStudy): string {
  const runs = seeds.length === 1 ? `Seed ${seeds[0]}` : `Seeds ${seeds.join(", ")}`;
  return (
    `${runs} of ${configuration}; ${problems.test} ${benchmark} test problems, ${problems.train} training and ` +
    `${problems.validation} validation problems. Percent ± standard error, clustered by problem over all seeds; right means ` +
    "that public, private and strong tests pass, where a heading doesn't say otherwise. Where a system has several " +
    "iterations, it is the one with the best greedy accuracy on the validation problems."
  );
}

/** Iterations by seed: `1`, or `1 2 1` where seeds differ; nothing for the base model. */
export function iterationText(iterations: readonly number[]): string {
  const distinct = [...new Set(iterations)];
  if (distinct.length === 1) return distinct[0] === 0 ? "" : String(distinct[0]);
  return iterations.join(" ");
}

/** The measured columns first, then the iteration where systems have one, then the paper's. */
export function tableCells({ columns, paper, rows }: ShownStudy["tables"][number]) {
  const iterations = rows.some((row) => iterationText(row.iterations) !== "");
  return {
    iterations,
    headings: [
      "system",
      ...(iterations ? ["iteration"] : []),
      ...columns.map(({ label }) => label),
      ...(paper?.columns.map((column) => `paper: ${column}`) ?? []),
    ],
    rows: rows.map((row) => [
      row.system,
      ...(iterations ? [iterationText(row.iterations)] : []),
      ...row.cells.map((cell, index) => shown(cell, columns[index]!.unit)),
      ...(paper?.columns.map((_, index) => row.paper[index] ?? "") ?? []),
    ]),
  };
}
