// A problem: what the generator is asked, and how a program for it is judged. Tests come in three
// groups that never mix: public ones (the generator sees their outcome), private ones (label a program
// during training, never shown) and strong ones (evaluation only, never used by training).

/** One chat message, as in the OpenAI chat format. */
export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

/** Tests that call the program: each assert is one line of Python, `assert <call> == <literal>`. */
export interface FunctionTests {
  style: "function";
  asserts: string[];
}

/** Tests that run the program as a script: stdin in, stdout compared. */
export interface StdioTests {
  style: "stdio";
  cases: { input: string; output: string }[];
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
  limits?: Partial<Limits>;
}

/** How many tests a group holds. */
export function testCount(tests: Tests): number {
  return tests.style === "function" ? tests.asserts.length : tests.cases.length;
}
