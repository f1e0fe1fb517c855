// `mucode/sandbox`: run hostile Python and judge it outside its process. Useful without the rest of μCode.

export type { Failure, Outcome, Verdict } from "../core/outcome.ts";
export {
  defaultLimits,
  type FunctionTests,
  type Limits,
  type StdioTests,
  type Tests,
} from "../core/problem.ts";
export { type ParsedAssert, parseAssert } from "./assert.ts";
export { findInterpreter, type Interpreter } from "./interpreter.ts";
export { type JobResult, readJobsFile, runJobs, runJobsFile } from "./jobs-file.ts";
export { createSandbox, type SandboxOptions } from "./pool.ts";
export { type JailReport, probeJail } from "./probe.ts";
export { parseLiteral } from "./python-literal.ts";
export { equalValues, type PyValue, pythonText } from "./python-value.ts";
export type { Sandbox, SandboxJob } from "./sandbox.ts";
export { type Isolation, JailRefused } from "./worker.ts";
