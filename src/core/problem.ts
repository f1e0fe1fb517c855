// A problem: what the generator is asked, and how a program for it is judged. Tests come in three
// groups that never mix: public ones (the generator sees their outcome), private ones (label a program
// during training, never shown) and strong ones (evaluation only, never used by training).

/** One chat message, as in the OpenAI chat format. */
export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

/**
 * Tests that call the program. `assert <call> == <literal>` is judged by its value alone; any other assert, and whatever
 * is in `code`, runs in a trusted process that calls the program from outside.
 */
export interface FunctionTests {
  style: "function";
  /** One test each. */
  asserts: string[];
  /** Runs before the asserts and after the program, whose names it may use. */
  setup?: string;
  /** One more test: statements, or a `check(candidate)` that is called with the entry point. */
  code?: string;
  /** The name of the program's function that the tests are about. */
  entryPoint?: string;
}

/** Tests that run the program as a script: stdin in, stdout compared. */
export interface StdioTests {
  style: "stdio";
  cases: { input: string; output: string }[];
  /**
   * When an output is the expected one (sandbox/output.ts). "lines", the default: but for white space at line ends, and near
   * for numbers expected as fractions; "tokens": besides, any white space is as good as any other; "text": no number is near.
   */
  comparison?: "text" | "lines" | "tokens";
}

export type Tests = FunctionTests | StdioTests;

/** Resource limits of one program: over one group of function tests, or over each stdin/stdout case. */
export interface Limits {
  /** CPU time, seconds. This is the limit that decides a verdict. */
  cpuSeconds: number;
  /** Wall time, seconds: a backstop for programs that sleep. */
  wallSeconds: number;
  /** Address space, MiB. */
  memoryMb: number;
  /** Captured output, KiB. */
  outputKb: number;
}

export const defaultLimits: Limits = { cpuSeconds: 2, wallSeconds: 10, memoryMb: 512, outputKb: 256 };

/**
 * No limit may be larger: an hour of CPU, ten hours of wall time, 1 TiB, 1 GiB. Beyond lie numbers that a timer (2^31 ms
 * for ten times the wall time), a kernel's limit or a string can't hold.
 */
export const largestLimits: Limits = {
  cpuSeconds: 3600,
  wallSeconds: 36_000,
  memoryMb: 1_048_576,
  outputKb: 1_048_576,
};

export interface Problem {
  /** Unique within its benchmark, e.g. "pocket/train/17". */
  id: string;
  split: "train" | "validation" | "test";
  /** The whole first user message. State s_1 is this message alone. */
  prompt: string;
  /** Tests whose outcome becomes feedback. At least one. */
  publicTests: Tests;
  /** Tests that, together with the public ones, define the oracle reward R(x, y). */
  privateTests: Tests;
  /** A larger set for evaluation only; absent where a benchmark has none. */
  strongTests?: Tests;
  /** Code that the prompt gives for a program's use (definitions.ts); absent where it gives none. */
  definitions?: string;
  limits?: Partial<Limits>;
}

/** How many tests a group holds. */
export function testCount(tests: Tests): number {
  if (tests.style === "stdio") return tests.cases.length;
  return tests.asserts.length + (tests.code === undefined ? 0 : 1);
}
