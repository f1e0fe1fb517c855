// What the page of a study shows: numbers alone, already pooled. `results.json` of a study is this.
import type { PairedDifference } from "../../evaluation/paired.ts";
import type { Estimate, PhaseTokens } from "../../evaluation/results.ts";

/** How numbers are shown: fractions as percent, or as they are. */
export type Unit = "percent" | "number";

export interface ShownStudy {
  name: string;
  question: string;
  /** The command that makes or continues it. */
  command: string;
  /** Name of the configuration, and of the benchmark. */
  configuration: string;
  benchmark: string;
  seeds: number[];
  problems: { train: number; validation: number; test: number };
  tables: ShownTable[];
  contrasts: ShownContrast[];
  figure: ShownFigure;
  costs: ShownCost[];
  notes: string[];
}

export interface ShownTable {
  title: string;
  columns: { label: string; unit: Unit }[];
  /** The paper's columns, and where they stand there; null where it has none. */
  paper: { source: string; columns: string[] } | null;
  rows: {
    system: string;
    /** One iteration a seed; 0 is the base model. */
    iterations: number[];
    /** Null where the system has no such number. */
    cells: (Estimate | null)[];
    /** As printed in the paper; empty where it has no such row. */
    paper: string[];
  }[];
}

export interface ShownContrast {
  name: string;
  unit: Unit;
  /** a − b, paired by problem over all seeds; null where a side has no values. */
  difference: PairedDifference | null;
  paper: string | null;
}

export interface ShownFigure {
  title: string;
  kind: "lines" | "marks";
  /** What the numbers under the lines count; empty for marks. */
  x: string;
  panels: {
    title: string;
    series: {
      name: string;
      points: { x: number; label: string; unit: Unit; estimate: Estimate | null }[];
    }[];
  }[];
}

/** All phases of one kind that the study's numbers rest on, those made for other studies included. */
export interface ShownCost {
  kind: string;
  phases: number;
  seconds: number;
  tokens: PhaseTokens;
}
