// A study as a value: which systems answer a question, what is measured of them, and what the page shows. Everything
// around it (seeds, phases, pooling, pages) is the same for all studies.
import type { SelectorName } from "../../evaluation/results.ts";
import type { Config } from "../config.ts";
import type { Reading } from "./reading.ts";

/** A recipe under some settings, at one iteration. */
export interface StudySystem {
  /** As tables and figures name it; one of its kind in a study. */
  name: string;
  recipe: string;
  /** M; 1 where it isn't said. The base model has none. */
  iterations?: number;
  /** This iteration; where it isn't said, the one of 1 … M that validation selects. */
  iteration?: number;
  /** Merged over the configuration: `{ verifier: { loss: "bce" } }`. */
  settings?: Settings;
}

export type Settings = { [section: string]: unknown };

/** An evaluation beside the run's own; what isn't said is as in the configuration. */
export interface Measurement {
  turns?: number;
  /** Every N of best-of-N. */
  widths?: readonly number[];
  selectors: readonly SelectorName[];
  /** The public tests are left out of the prompt and learned of by feedback. */
  testless?: boolean;
  /** Scores come from the verifier of the base model's rollouts, whatever the generator. */
  verifier?: "base";
  /** Systems that are measured; all where it isn't said. */
  systems?: readonly string[];
}

/** Rows are systems, columns are readings. */
export interface StudyTable {
  title: string;
  /** By name; all of the study where it isn't said. */
  systems?: readonly string[];
  columns: readonly Reading[];
  /** The paper's own numbers beside ours. */
  paper?: PaperColumns;
}

export interface PaperColumns {
  /** Table, model: `Table 1, Llama-3.2-1B`. */
  source: string;
  columns: readonly string[];
  /** By system, in the order of the columns; as printed there. */
  rows: Readonly<Record<string, readonly (string | number)[]>>;
}

/** a − b. */
export interface StudyContrast {
  name: string;
  a: readonly [system: string, reading: Reading];
  b: readonly [system: string, reading: Reading];
  /** What the paper says of it, with where. */
  paper?: string;
}

/** Small multiples: lines over a number, or a mark for each system in a lane of its own. */
export interface StudyFigure {
  title: string;
  kind: "lines" | "marks";
  /** What the numbers under the lines count: `turns`. */
  x?: string;
  panels: readonly { title: string; series: readonly StudySeries[] }[];
}

export interface StudySeries {
  name: string;
  /** In a lane of marks there is one point, and its x says nothing. */
  points: readonly { x: number; system: string; reading: Reading }[];
}

export interface StudyContent {
  tables: readonly StudyTable[];
  contrasts: readonly StudyContrast[];
  figure: StudyFigure;
}

/** What a study's page may depend on. */
export interface StudySetup {
  /** T and N of the configuration's evaluation. */
  turns: number;
  candidates: number;
}

export interface Study {
  name: string;
  /** One line: what it asks, and which table, figure or reviewer of the paper asked it. */
  question: string;
  systems: readonly StudySystem[];
  measurements?: Readonly<Record<string, Measurement>>;
  content(setup: StudySetup): StudyContent;
  /** What the configuration lacks for this study, with what would do; null where it will do. */
  lacks?(config: Config): string | null;
  /** What a reader must know to read the numbers right. */
  notes?: readonly string[];
  /** Folder of its runs, where that is not `STUDIES/CONFIGURATION/STUDY`. */
  folder?: string;
}

/** The study with another M, where it doesn't ask for a certain iteration. */
export function withIterations(study: Study, iterations: number): Study {
  const systems = study.systems.map((one) =>
    one.recipe === "base" || one.iteration !== undefined ? one : { ...one, iterations },
  );
  return { ...study, systems };
}

/** For each system a line through these readings. */
export function lines(
  systems: readonly string[],
  points: readonly (readonly [x: number, reading: Reading])[],
): StudySeries[] {
  return systems.map((name) => ({
    name,
    points: points.map(([x, reading]) => ({ x, system: name, reading })),
  }));
}

/** A panel of marks for each reading. */
export function marks(title: string, systems: readonly string[], readings: readonly Reading[]): StudyFigure {
  const panels = readings.map((reading) => ({
    title: reading.label,
    series: lines(systems, [[0, reading]]),
  }));
  return { title, kind: "marks", panels };
}

/** A recipe by its own name, at the iteration that validation selects. */
export function system(recipe: string, iterations = 1, name = recipe): StudySystem {
  return recipe === "base" ? { name, recipe } : { name, recipe, iterations };
}
