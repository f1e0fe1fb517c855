// What every benchmark is to the rest of the system: a name and problems by split.
import type { Problem } from "../core/problem.ts";

export interface Benchmark {
  name: string;
  /** The problems of a split in their fixed order; empty where the benchmark has no such split. */
  problems(split: Problem["split"]): readonly Problem[];
  /** Where a problem of the user's own file stands ("problems.jsonl:3"), for messages. */
  place?(id: string): string | undefined;
}
