// A comparison of two systems as text: the table, what its columns mean, and the problems that make the difference.
import type { CountingTests, Mode, ModeComparison } from "../evaluation/index.ts";
import { percentWithError } from "./format.ts";
import { block, headlineSelector } from "./table.ts";

/** What one side is, in words: "runs/a, mucode 1", and how many seeds of it were evaluated. */
export interface ComparisonSide {
  label: string;
  seeds: number;
  /** N of best-of-N; null where not known. */
  candidates: number | null;
}

export interface ComparisonInput {
  a: ComparisonSide;
  b: ComparisonSide;
  turn: number;
  tests: CountingTests;
  /** Whether there are strong tests; by default there are. */
  strongTests?: boolean;
  problems: number;
  modes: readonly ModeComparison[];
}

/** Problem ids shown in each direction where several modes are compared, of these two alone; of a single mode all are. */
const shownIds = 8;
const shownModes: readonly Mode[] = ["greedy", headlineSelector];

export function renderComparison(input: ComparisonInput): string {
  const { a, b, turn, tests, strongTests = true, problems, modes } = input;
  const seeded = a.seeds > 1 || b.seeds > 1;
  const within = turn === 1 ? "1 turn" : `${turn} turns`;
  const head = [
    `A: ${side(a)}`,
    `B: ${side(b)}`,
    `Right within ${within} by ${tests === "strong" && strongTests ? "the strong tests" : "public and private tests"}, % of ${problems} problems ± standard error`,
  ];
  if (a.candidates !== null && b.candidates !== null && a.candidates !== b.candidates)
    head.push(`Mind: best of ${a.candidates} in A, best of ${b.candidates} in B`);
  const table = block(
    [
      { title: "", columns: ["mode"] },
      { title: "accuracy", columns: ["A", "B"] },
      { title: "difference", columns: ["B − A", "95 % interval", "p"] },
      { title: seeded ? "problems more often right in" : "right only in", columns: ["B", "A"] },
    ],
    modes.map((one) => [
      one.mode,
      percentWithError(one.a),
      percentWithError(one.b),
      signed(percentWithError(one.difference), one.difference.mean),
      one.bootstrap ? `${points(one.bootstrap.low)} … ${points(one.bootstrap.high)}` : "-",
      one.bootstrap ? pValue(one.p) : "-",
      String(one.gained.length),
      String(one.lost.length),
    ]),
  );
  const single = modes.length === 1;
  const flips = modes
    .filter(({ mode }) => single || shownModes.includes(mode))
    .flatMap(({ mode, gained, lost }) => [
      ...flipped(`${mode}, ${seeded ? "better in B" : "right only in B"}`, gained, single),
      ...flipped(`${mode}, ${seeded ? "better in A" : "right only in A"}`, lost, single),
    ]);
  if (!single && flips.length > 0) flips.push("--mode NAME or --json shows all");
  return [head.join("\n"), table, legend(modes), flips.join("\n")]
    .map((part) => part.trimEnd())
    .filter((part) => part !== "")
    .join("\n\n");
}

function side({ label, seeds }: ComparisonSide): string {
  return seeds > 1 ? `${label}, ${seeds} seeds` : label;
}

function legend(modes: readonly ModeComparison[]): string {
  const [{ bootstrap, power }] = modes as [ModeComparison];
  if (!bootstrap) return "One problem alone tells no error: no interval and no p";
  const lines = [
    "p: exact paired permutation test; interval: paired bootstrap, " +
      `${bootstrap.resamples.toLocaleString("en")} resamples of the problems`,
  ];
  if (modes.length > 1)
    lines.push(`Each p stands for itself: of ${modes.length} rows, one may look significant by chance`);
  if (power) {
    const seen = points(Math.abs(modes[0]!.difference.mean), "");
    const seeds = power.seedsNeeded === null ? "" : ` or ${power.seedsNeeded.toLocaleString("en")} seeds`;
    const needed =
      power.problemsNeeded === null
        ? ""
        : `; to show ${seen} takes ${power.problemsNeeded.toLocaleString("en")} problems${seeds}`;
    lines.push(
      `Power, ${modes[0]!.mode}: a true difference of ${points(power.detectable, "")} shows in 8 of 10 such comparisons${needed}`,
    );
  }
  return lines.join("\n");
}

function flipped(title: string, ids: readonly string[], all: boolean): string[] {
  if (ids.length === 0) return [];
  const sorted = ids.toSorted(new Intl.Collator("en", { numeric: true }).compare);
  const shown = all ? sorted : sorted.slice(0, shownIds);
  const rest = ids.length - shown.length;
  return [`${title} (${ids.length}): ${shown.join(" ")}${rest > 0 ? ` … ${rest} more` : ""}`];
}

/** A fraction as percent points with its sign: 0.033 -> "+3.3". A zero has none. */
function points(fraction: number, plus = "+"): string {
  return signed((100 * fraction).toFixed(1).replace(/^-(0\.0)$/, "$1"), fraction, plus);
}

function signed(text: string, value: number, plus = "+"): string {
  return value > 0 && !text.startsWith("0.0") ? `${plus}${text}` : text.replace(/^-/, "−");
}

function pValue(p: number): string {
  if (p < 0.001) return "<0.001";
  return p.toFixed(3);
}
