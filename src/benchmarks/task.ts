// What a benchmark's record is before a prompt is made of it: loaders make tasks, prompts.ts says what the generator
// reads of one, and the two together are a problem.
import type { Limits, Problem, Tests } from "../core/problem.ts";

export interface Task {
  /** Unique within its benchmark: "mbpp/11", "HumanEval/3", "codecontests/…". */
  id: string;
  split: Problem["split"];
  style: "function" | "stdio";
  /** The task's own text; for HumanEval its code prefix with docstring. */
  statement: string;
  /** Shown to the generator where prompts show tests: asserts one a line, or the examples. */
  publicTests: Tests;
  privateTests: Tests;
  strongTests?: Tests;
  /** Name of the function that the tests call. */
  entryPoint?: string;
  /** What the statement defines before that function and its program may use. */
  definitions?: string;
  limits?: Partial<Limits>;
  /** Reference solutions as whole programs, best first; empty where there is none. Never shown to a model. */
  references: string[];
}
