// What every benchmark is to the rest of the system: a name and problems by split.
import type { Problem } from "../core/problem.ts";

export interface Benchmark {
  name: string;
  /** The problems of a split in their fixed order; empty where the benchmark has no such split. */
  problems(split: Problem["split"]): readonly Problem[];
}
