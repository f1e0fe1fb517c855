// What other folders use of the jobs.
export { engineProgram } from "./engine.ts";
export { type EngineEnvironment, ensureEnvironment } from "./environment.ts";
export type { Executor, Served, ServeSpec, TrainProgress, TrainResult, TrainSpec } from "./executor.ts";
export { type LocalOptions, localExecutor } from "./local.ts";
