// What running a program gave, per group of tests. The verdict is decided outside the program's process.

/** Why a program did or did not pass a group of tests. `fault` is ours and never counts against a program. */
export type Verdict =
  | "passed"
  | "wrong"
  | "exception"
  | "unparsable"
  | "cpu-time"
  | "wall-time"
  | "memory"
  | "output"
  | "killed"
  | "fault";

/** The first test that failed, in words the generator may see when the test is public. */
export interface Failure {
  /** 0-based index of the test inside its group; -1 when the program failed before any test ran. */
  test: number;
  /** The call as written (`f([1, 2])`) or the stdin given. */
  input?: string;
  /** Expected value as a Python literal, or expected stdout. */
  expected?: string;
  /** Actual value as a Python literal, or actual stdout (bounded). */
  actual?: string;
  /** Exception type and message (`IndexError: list index out of range`), or the syntax error. */
  error?: string;
  /** 1-based line of the program, where the error has one. */
  line?: number;
}

export interface Outcome {
  verdict: Verdict;
  /**
   * Tests passed. All tests run, also after a failure, so that this is a fraction of `total`; where a job asks to stop
   * at the first failure, the tests before it.
   */
  passed: number;
  total: number;
  failure?: Failure;
}

export function allPassed(outcome: Outcome): boolean {
  return outcome.verdict === "passed";
}
