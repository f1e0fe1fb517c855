// One system of one seed with everything that was made and measured of it: what readings read.
import type { ProblemEvaluation, SystemResult, WidthsEvaluation } from "../../evaluation/results.ts";
import type { System } from "../expert-iteration.ts";
import type { RunContext } from "../run-context.ts";

export interface MeasuredSystem {
  /** As the study names it. */
  name: string;
  seed: number;
  /** The run that made it. */
  run: Pick<RunContext, "config" | "problems">;
  /** Its phases, those of the base model, and of its recipe's iterations up to it. */
  system: System;
  base: System;
  history: readonly System[];
  /** By the run's own evaluation. */
  result: SystemResult;
  evaluations: readonly ProblemEvaluation[];
  /** By the study's measurements, by their names. */
  measured: Readonly<Record<string, readonly WidthsEvaluation[]>>;
}
