// What is read of a system: a value for each problem of each seed, which makes means and differences with their
// standard errors. A new kind of number is one more function here.
import { join } from "node:path";
import { type CountingTests, type Mode, rightWithin } from "../../evaluation/accuracy.ts";
import { bestOfN } from "../../evaluation/best-of-n.ts";
import type { ClusteredValue } from "../../evaluation/estimates.ts";
import type { SelectorName, SystemResult } from "../../evaluation/results.ts";
import { aucOverall } from "../../evaluation/verifier-quality.ts";
import type { Unit } from "../../report/index.ts";
import { readAll } from "../metrics.ts";
import type { TargetRow } from "../phases/evaluation.ts";
import type { MeasuredSystem } from "./measured-system.ts";

export interface Reading {
  /** Heading of a column, and part of a contrast's name. */
  label: string;
  unit: Unit;
  /** Of one seed; the cluster is the problem. None where the system has no such number. */
  values(system: MeasuredSystem): ClusteredValue[] | Promise<ClusteredValue[]>;
}

export const modeNames: Readonly<Record<Mode, string>> = {
  greedy: "greedy",
  random: "random",
  public: "PT",
  verifier: "LV",
  "public+verifier": "PT+LV",
  oracle: "oracle",
};

export interface AccuracyOptions {
  /** Which tests decide what is right; all of them where it isn't said. */
  tests?: CountingTests;
  /** The study's measurement; the run's own evaluation where it isn't said. */
  in?: string;
  /** N, of a measurement with several. */
  width?: number;
  label?: string;
}

/** Accuracy within `turn` turns. */
export function accuracy(mode: Mode, turn: number, options: AccuracyOptions = {}): Reading {
  const { tests = "strong", in: measurement, width } = options;
  const within = `${modeNames[mode]}${width === undefined ? "" : ` of ${width}`} T${turn}`;
  return {
    label: options.label ?? (tests === "private" ? `${within}, private` : within),
    unit: "percent",
    values(system) {
      if (measurement === undefined) return rightWithin(system.evaluations, mode, turn, tests);
      const outcomes = system.measured[measurement]!.map(({ problem, greedy, byWidth }) => {
        const chosen = width === undefined ? byWidth[0] : byWidth.find((one) => one.candidates === width);
        return { problem, greedy, bestOfN: chosen?.bestOfN ?? {} };
      });
      return rightWithin(outcomes, mode, turn, tests);
    },
  };
}

/** Exact best of `n` at the first turn, over all subsets of a measurement's samples. */
export function exactBestOf(
  selector: SelectorName,
  n: number,
  measurement: string,
  tests: CountingTests = "strong",
): Reading {
  return {
    label: `${modeNames[selector]} of ${n} T1`,
    unit: "percent",
    values: ({ measured }) =>
      measured[measurement]!.map(({ problem, samples }) => {
        const judged = samples.map((sample) => ({
          ...sample,
          right: tests === "strong" ? sample.right : sample.correct,
        }));
        // A prompt that outgrows the model's context has no samples, and no answer.
        return {
          cluster: problem,
          value: judged.length === 0 ? 0 : bestOfN(judged, selector, n)[n - 1]!,
        };
      }),
  };
}

/**
 * AUC of the verifier inside each problem that has right and wrong programs among the first turn's candidates: the distinct
 * ones of the run's evaluation, or all samples of a measurement.
 */
export function verifierAuc(measurement?: string): Reading {
  const scored = ({ evaluations, measured }: MeasuredSystem) =>
    measurement === undefined
      ? evaluations.map(({ problem, candidates }) => ({
          problem,
          programs: candidates.map(({ score, strong }) => ({ score, right: strong })),
        }))
      : measured[measurement]!.map(({ problem, samples }) => ({
          problem,
          programs: samples.map(({ score, right }) => ({ score: score!, right })),
        }));
  return {
    label: "verifier AUC in problem",
    unit: "percent",
    values: (system) =>
      scored(system).flatMap(({ problem, programs }) => {
        const auc = aucOverall(programs);
        return auc === null ? [] : [{ cluster: problem, value: auc }];
      }),
  };
}

/** The same over all pairs, across problems: its standard error is between seeds. */
export const verifierAucOverall = perSeed(
  "AUC overall",
  "percent",
  ({ verifier }) => verifier?.aucOverall ?? null,
);

/** Share of relabelled states whose target passes all tests, by training problem. */
export const targetsRight: Reading = {
  label: "targets right",
  unit: "percent",
  async values({ system }) {
    if (!system.made) return [];
    const rows = await readAll<TargetRow>(join(system.made.targets.folder, "targets.jsonl"));
    return rows.flatMap(({ problem, targets }) => {
      const states = targets.reduce((sum, { weight }) => sum + weight, 0);
      const right = targets.reduce((sum, { strong, weight }) => sum + (strong ? weight : 0), 0);
      return states === 0 ? [] : [{ cluster: problem, value: right / states }];
    });
  },
};

/** One number a seed: its standard error is between seeds. */
export function perSeed(label: string, unit: Unit, pick: (result: SystemResult) => number | null): Reading {
  return {
    label,
    unit,
    values({ seed, result }) {
      const value = pick(result);
      return value === null ? [] : [{ cluster: `seed ${seed}`, value }];
    },
  };
}

export const solvedProblems = perSeed(
  "problems solved",
  "percent",
  ({ relabel }) => relabel?.solvable.mean ?? null,
);
export const examples = perSeed("examples", "number", ({ relabel }) => relabel?.examples ?? null);
export const distinctTargets = perSeed(
  "distinct targets",
  "number",
  ({ relabel }) => relabel?.targets ?? null,
);
