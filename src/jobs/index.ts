// What other folders use of the jobs.
export { engineProgram } from "./engine.ts";
export {
  type EngineEnvironment,
  ensureEnvironment,
  findEnvironment,
  freeDisk,
  gpuNames,
  mucodeHome,
  neededDisk,
} from "./environment.ts";
export type { Executor, Served, ServeSpec, TrainProgress, TrainResult, TrainSpec } from "./executor.ts";
export { type LocalOptions, localExecutor } from "./local.ts";
export { withLock } from "./lock.ts";
export { findPython } from "./python.ts";
