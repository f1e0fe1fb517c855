// `mucode/benchmarks`: the benchmarks by name, as tasks and as problems.
export type { Message, Problem } from "../core/problem.ts";
export type { Benchmark } from "./benchmark.ts";
export { type BenchmarkOptions, benchmarkNames, openBenchmark, openTasks } from "./catalog.ts";
export type { Task } from "./task.ts";
