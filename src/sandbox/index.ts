// `mucode/sandbox`: run hostile Python, JavaScript and TypeScript and judge it outside its process. Useful without the rest of μCode.

export { InputError, WorkError } from "../core/errors.ts";
export type { Failure, Outcome, Verdict } from "../core/outcome.ts";
export {
  defaultLimits,
  type FunctionTests,
  type Limits,
  type StdioTests,
  type Tests,
} from "../core/problem.ts";
export { type ParsedAssert, parseAssert } from "./assert.ts";
export { type CalibrationOptions, calibrateCpuLimit } from "./calibrate.ts";
export { findInterpreter, type Interpreter } from "./interpreter.ts";
export { type Isolation, isolations } from "./isolation.ts";
export { type JobResult, readJobsFile, runJobs, runJobsFile } from "./jobs-file.ts";
export { checkTests } from "./judge-code.ts";
export { createSandbox, type SandboxOptions } from "./local-sandbox.ts";
export { findNumpy, type Numpy, needsNumpy } from "./numpy.ts";
export { type JailReport, type PortableReport, probeJail, probePortable } from "./probe.ts";
export { parseLiteral } from "./python-literal.ts";
export { equalValues, type PyValue, pythonText } from "./python-value.ts";
export type { LocalSandbox, Measured, Sandbox, SandboxJob } from "./sandbox.ts";
export { parseScriptAssert, type ScriptAssert } from "./script/script-assert.ts";
export { parseScriptLiteral } from "./script/script-literal.ts";
export type { ScriptComparison, ScriptValue } from "./script/script-value.ts";
export { readToken, tokenVariable } from "./service/access.ts";
export { connectSandbox, type ServiceConnection } from "./service/client.ts";
export { type SandboxService, type ServiceOptions, serveSandbox } from "./service/server.ts";
export type { Language } from "./wire.ts";
export { JailRefused, type Layers } from "./worker.ts";
