// `mucode`: what other programs may rely on, in one place. Each part is also a door of its own, which loads less:
// mucode/sandbox, mucode/learning, mucode/evaluation, mucode/benchmarks.
export * from "./benchmarks/index.ts";
export * from "./evaluation/index.ts";
export * from "./learning/index.ts";
export * from "./sandbox/index.ts";
