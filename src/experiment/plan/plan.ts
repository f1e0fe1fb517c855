// The plan of a run: its phases with their tokens, memory, disk, operations and time, from the configuration alone and what
// is at hand of data and model. Everything is an estimate with its assumptions, but for the upper bounds, which hold.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { PhaseTokens } from "../../evaluation/results.ts";
import { sourcesOf } from "../benchmark-choice.ts";
import type { Config } from "../config.ts";
import { modelFolderOf } from "../model-defaults.ts";
import { openModel } from "../model-folder.ts";
import { digestsOf, type Model } from "../run-context.ts";
import { type Amount, sum } from "./amount.ts";
import { type Architecture, architectureOf, parameterCount, verifierParameterCount } from "./architecture.ts";
import { type Device, devices, type Utilisation, usualUtilisation } from "./compute.ts";
import { assumedLengths, type Bounds, type Lengths, longestFeedback, type Prompts } from "./lengths.ts";
import { measuredLengths } from "./measured.ts";
import type { ServingMemory, TrainingMemory } from "./memory.ts";
import { estimatePhase, memoryOf } from "./phase-estimate.ts";
import { type PlannedProblems, plannedProblems } from "./prompts.ts";
import { addAmounts, type PhaseAmounts } from "./tokens.ts";
import { plannedPhases } from "./walk.ts";

export interface PlanOptions {
  /** The run directory, whose finished phases are marked. */
  folder: string;
  /** Name the code that results depend on, and that of the recipes. */
  code: string;
  recipes: string;
  /** Name of a device in the table; default: a CPU for Pocket's model and for `engine.device: cpu`, else an H100. */
  device?: string | undefined;
  /** Share of the peak; default: usualUtilisation. */
  utilisation?: number | undefined;
  /** A run directory that lengths are measured in. */
  measured?: string | undefined;
  /** Take prompts in bytes even where the model's tokenizer could count them, which takes seconds. */
  unread?: boolean;
}

export interface PhaseEstimate {
  name: string;
  kind: string;
  reads: string[];
  makes: string[];
  finished: boolean;
  tokens: PhaseAmounts;
  /** What it used, where it is finished. */
  usedTokens: PhaseTokens | null;
  /** Floating-point operations, expected. */
  flops: number;
  /** On the plan's device, expected. */
  seconds: number;
  disk: Amount;
}

export interface Plan {
  name: string;
  model: {
    name: string;
    source: string;
    architecture: Architecture;
    parameters: number;
    verifierParameters: number;
  };
  problems: { train: number; validation: number; test: number };
  device: Device & { utilisation: Utilisation; default: boolean };
  memory: {
    generator: ServingMemory;
    verifier: ServingMemory;
    finetune: TrainingMemory;
    verifierTraining: TrainingMemory;
  };
  phases: PhaseEstimate[];
  /** Of all phases; `left` of those that are not finished. */
  totals: { tokens: PhaseAmounts; flops: number; seconds: number; left: { flops: number; seconds: number } };
  disk: Amount;
  lengths: Lengths;
  bounds: Bounds;
  /** Mean and longest prompts, tokens. */
  prompts: Record<"train" | "validation" | "test", Prompts>;
  assumptions: string[];
}

/** What all estimates of one plan are made from. */
export interface PlanInputs {
  config: Config;
  architecture: Architecture;
  prompts: PlannedProblems["prompts"];
  lengths: Lengths;
  bounds: Bounds;
  device: Device;
  utilisation: Utilisation;
}

/** @throws InputError where the model is of no known shape, or data, device or the measured run are not right */
export async function planRun(config: Config, options: PlanOptions): Promise<Plan> {
  const folder = modelFolderOf(config);
  const { name, source, architecture } = architectureOf(config.model, folder);
  const { device, given } = deviceOf(config, options.device);
  const utilisation = { ...usualUtilisation, ...(options.utilisation && { flops: options.utilisation }) };
  const problems = await plannedProblems(config, options.unread ? null : folder);
  const lengths = options.measured
    ? await measuredLengths(options.measured)
    : assumedLengths(styleOf(config));
  const bounds: Bounds = {
    completion: config.rollouts.maxTokens,
    feedback: longestFeedback,
    context: architecture.context,
  };
  const { prompts } = problems;
  const inputs: PlanInputs = { config, architecture, prompts, lengths, bounds, device, utilisation };
  const run = existsSync(join(options.folder, "phases")) && problems.real ? options.folder : null;
  const planned = await plannedPhases(config, {
    problems: problems.splits,
    digests: problems.real
      ? digestsOf(problems.splits)
      : { train: "planned problems", measured: "planned problems" },
    base: run === null ? { folder, digest: "planned model" } : await openOrPlanned(folder),
    folder: run,
    code: options.code,
    recipes: options.recipes,
  });
  const phases = planned.map((phase) => estimatePhase(phase, inputs));
  const left = phases.filter(({ finished }) => !finished);
  const total = (of: readonly PhaseEstimate[], key: "flops" | "seconds") =>
    of.reduce((amount, phase) => amount + phase[key], 0);
  return {
    name: config.name,
    model: {
      name,
      source,
      architecture,
      parameters: parameterCount(architecture),
      verifierParameters: verifierParameterCount(architecture),
    },
    problems: {
      train: prompts.train.problems,
      validation: prompts.validation.problems,
      test: prompts.test.problems,
    },
    device: { ...device, utilisation, default: !given },
    memory: memoryOf(inputs),
    phases,
    totals: {
      tokens: addAmounts(...phases.map(({ tokens }) => tokens)),
      flops: total(phases, "flops"),
      seconds: total(phases, "seconds"),
      left: { flops: total(left, "flops"), seconds: total(left, "seconds") },
    },
    disk: sum(...phases.map(({ disk }) => disk)),
    lengths,
    bounds,
    prompts,
    assumptions: assumptionsOf(inputs, problems, source, name),
  };
}

function deviceOf(config: Config, named: string | undefined): { device: Device; given: boolean } {
  const small = config.model === "pocket" || config.engine.device === "cpu";
  const device = devices[named ?? (small ? "cpu" : "h100")];
  if (!device)
    throw new InputError("--device", `${named} is not known; expected ${Object.keys(devices).join(", ")}`);
  return { device, given: named !== undefined };
}

function styleOf(config: Config): Parameters<typeof assumedLengths>[0] {
  const { train, test } = sourcesOf(config.benchmark);
  if (train === "pocket") return "pocket";
  return test.startsWith("codecontests") ? "scripts" : "functions";
}

/** A model that isn't here has no digest, so that no phase that reads it can be finished here. */
async function openOrPlanned(folder: string): Promise<Model> {
  return existsSync(folder) ? openModel(folder) : { folder, digest: "planned model" };
}

function assumptionsOf(
  { config, lengths, bounds, device, utilisation }: PlanInputs,
  problems: PlannedProblems,
  source: string,
  name: string,
): string[] {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return [
    `shape of ${name}: ${source}`,
    problems.source,
    `lengths and reach: ${lengths.source}: ${Math.round(lengths.completion)} tokens a completion, ${Math.round(lengths.feedback)} of feedback a turn, ${lengths.reach.map(percent).join(", ")} of episodes come to turn 1, 2, …`,
    `upper bounds: all turns taken, every completion ${bounds.completion} tokens, conversations up to the context of ${bounds.context}; a text read again is taken to have no more tokens than when it was written`,
    "prompt tokens count the whole conversation at every turn; what a server remembers of it makes prefill cheaper",
    "operations: 2·P a token forward, 6·P a token of training (Kaplan et al. 2020), attention over the context left out",
    `time on ${device.gpu ? "one " : ""}${device.name}: ${device.flops / 1e12} TFLOP/s peak, ${percent(utilisation.flops)} of it reached, ${percent(utilisation.bandwidth)} of ${device.bandwidth / 1e12} TB/s in decoding; running programs, starting servers and loading models left out`,
    device.gpu
      ? "training memory: float32 weights, gradients and AdamW, bfloat16 autocast, gradient checkpointing, one device, one batch at once; the engine does not shard"
      : "training memory: float32, every layer's activations kept, one batch at once",
    `models on disk in float32 (4 bytes a parameter), ${config.recipes.length === 1 ? "one recipe" : `${config.recipes.length} recipes`}`,
  ];
}
