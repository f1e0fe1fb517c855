// Everything that the phases of one run share.
import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import type { Executor, ServeSpec } from "../jobs/executor.ts";
import {
  balanced,
  classifyVerifier,
  codeOnly,
  type Generator,
  openAiGenerator,
  type Verifier,
} from "../models/index.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Config } from "./config.ts";
import { canonicalJson, sha256 } from "./files.ts";
import type { Phase, PhaseStore } from "./phase-store.ts";
import type { Progress } from "./progress.ts";

/** A model folder with the digest of its content. */
export interface Model {
  folder: string;
  digest: string;
}

export interface Splits {
  train: readonly Problem[];
  validation: readonly Problem[];
  test: readonly Problem[];
}

export interface ProblemDigests {
  train: string;
  /** Validation and test problems. */
  measured: string;
}

export function digestsOf({ train, validation, test }: Splits): ProblemDigests {
  const digest = (problems: unknown) => sha256(canonicalJson(problems));
  return { train: digest(train), measured: digest([validation, test]) };
}

export interface RunContext {
  config: Config;
  benchmark: string;
  problems: Splits;
  /** Of the problems, so that phases are remade when one that they read changes. */
  digests: ProblemDigests;
  /** Names the code of the recipes: a new one makes nothing anew but what is relabelled differently. */
  recipesCode: string;
  base: Model;
  store: Pick<PhaseStore, "run">;
  executor: Executor;
  sandbox: Sandbox;
  /** How many phases that need a model may run at once. */
  slots: number;
  progress: Progress;
}

/** The model that a training phase made. */
export function modelOf(phase: Phase): Model {
  return { folder: join(phase.folder, "model"), digest: phase.digest };
}

/** How models are served, as far as results depend on it. */
export function serving(run: RunContext) {
  const { dtype, device } = run.config.engine;
  return { dtype, device };
}

/** What the verifier reads, as far as results depend on it; nothing for whole answers, as it was before there was a choice. */
export function verifierReading({ config }: Pick<RunContext, "config">): { input?: "code" } {
  return config.verifier.input === "code" ? { input: "code" } : {};
}

/** What a search does with a program that it has tried; nothing where it may try it again, as it was before there was a choice. */
export function repeating({ config }: Pick<RunContext, "config">): { repeats?: "redrawn" } {
  return config.evaluation.repeats === "redrawn" ? { repeats: "redrawn" } : {};
}

/** The limits of a program. */
export function limitsOf(run: RunContext) {
  const { cpuSeconds, wallSeconds, memoryMb, outputKb } = run.config.sandbox;
  return { cpuSeconds, wallSeconds, memoryMb, outputKb };
}

function serveSpec(run: RunContext, model: Model, task: ServeSpec["task"]): ServeSpec {
  const { dtype, device, threads, maxBatch } = run.config.engine;
  return { model: model.folder, task, dtype, device, threads, maxBatch };
}

/** Serves a generator for as long as `use` takes, on as many servers as asked for. */
export async function withGenerator<T>(
  run: RunContext,
  model: Model,
  use: (generator: Generator) => Promise<T>,
  replicas = 1,
): Promise<T> {
  const spec = serveSpec(run, model, "generate");
  const started = await Promise.allSettled(Array.from({ length: replicas }, () => run.executor.serve(spec)));
  const servers = started.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const clients = servers.map((served) => openAiGenerator(served));
  try {
    const failed = started.find((start) => start.status === "rejected");
    if (failed) throw failed.reason;
    return await use(balanced(clients));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(servers.map((served) => served.stop()));
  }
}

/** Serves a verifier for as long as `use` takes. */
export async function withVerifier<T>(
  run: RunContext,
  model: Model,
  use: (verifier: Verifier) => Promise<T>,
): Promise<T> {
  const served = await run.executor.serve(serveSpec(run, model, "classify"));
  const client = classifyVerifier(served);
  try {
    return await use(run.config.verifier.input === "code" ? codeOnly(client) : client);
  } finally {
    await client.close();
    await served.stop();
  }
}
