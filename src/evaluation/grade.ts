// Grading one program, and what many grades say together. A program passes when the tests that the benchmark counts do: the
// strong ones where it has them (EvalPlus's suites hold the base tests' inputs too), else those of its base.
import { allPassed, type Failure, type Outcome, type Verdict } from "../core/outcome.ts";
import type { Problem, Tests } from "../core/problem.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

export interface Grade {
  passed: boolean;
  /** Whether all tests of the group pass. */
  public: boolean;
  private: boolean;
  /** Whether the groups pass that decide where there are no strong tests. */
  base: boolean;
  /** Absent where the task has no strong tests. */
  strong?: boolean;
  /** Of the first group that counts and did not pass. */
  verdict: Verdict;
  /** What that group's first failed test said. */
  detail?: string;
}

export type Judged = Pick<Problem, "publicTests" | "privateTests" | "strongTests" | "limits"> & {
  base?: readonly ("public" | "private")[];
};

/** Judges a Python program by all groups of tests of a task. Never rejects because of what the program did. */
export async function gradeProgram(task: Judged, program: string, sandbox: Sandbox): Promise<Grade> {
  const { publicTests, privateTests, strongTests, limits, base = ["public", "private"] } = task;
  const judge = (groups: Tests[]): Promise<Outcome[]> =>
    sandbox.judge({ language: "python", program, groups, stopAtFailure: true, ...(limits && { limits }) });
  // Groups that may differ in what they say are judged apart: a time limit that strikes in one would end those behind it.
  const together = base.length === 2 ? [[publicTests, privateTests]] : [[publicTests], [privateTests]];
  if (strongTests) together.push([strongTests]);
  const outcomes = (await Promise.all(together.map(judge))).flat();
  const [shown, hidden, strong] = outcomes as [Outcome, Outcome, Outcome?];
  const basis = base.map((group) => (group === "public" ? shown : hidden));
  const failed = (strong ? [strong] : basis).find((outcome) => !allPassed(outcome));
  return {
    passed: failed === undefined,
    public: allPassed(shown),
    private: allPassed(hidden),
    base: basis.every(allPassed),
    ...(strong && { strong: allPassed(strong) }),
    verdict: failed?.verdict ?? "passed",
    ...(failed?.failure && { detail: detailOf(failed.failure) }),
  };
}

function detailOf({ test, input, error, expected, actual, line }: Failure): string {
  const where = test < 0 ? "before any test" : `test ${test}`;
  const what = error ?? `expected ${expected}, got ${actual}`;
  return `${where}${input === undefined ? "" : `, ${input}`}: ${what}${line === undefined ? "" : ` (line ${line})`}`;
}
