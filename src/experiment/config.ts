// The configuration of a run: one YAML file, every key known, every default visible (`--print-config`).
import { z } from "zod";
import { largestLimits } from "../core/problem.ts";
import { recipes } from "../learning/recipes.ts";
import { isolations } from "../sandbox/isolation.ts";
import { benchmarkSchema } from "./benchmark-choice.ts";

const count = z.int().min(1);
const positive = z.number().positive();
const temperature = z.number().min(0).max(5);

const recipeName = z.enum(recipes.map((recipe) => recipe.name) as [string, ...string[]]);

const training = {
  learningRate: positive.max(1).describe("Peak learning rate of AdamW; it decays linearly to 0."),
  maxLength: count.describe("Longest example, tokens. A longer one is an error, never cut or dropped."),
  threads: count.describe("CPU threads of the training process.").default(1),
};

export const configSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, "letters, digits, dots, dashes and underscores")
    .describe("Names the run directory: runs/NAME."),
  seed: z.int().min(0).describe("Every random choice of the run derives from it.").default(1),
  benchmark: benchmarkSchema
    .describe(
      "The embedded world, a published benchmark, a JSON Lines file of your own problems, or { train, test }: one to learn from and another to be tested on.",
    )
    .default("pocket"),
  limit: z
    .strictObject({ train: count.optional(), validation: count.optional(), test: count.optional() })
    .describe("Use only the first problems of a split.")
    .default({}),
  model: z
    .string()
    .min(1)
    .describe('Base model: "pocket", or a Hugging Face model folder with a chat template.')
    .default("pocket"),
  recipes: z
    .array(recipeName)
    .min(1)
    .describe("Methods to run; the base model is always evaluated.")
    .default(["rft", "rft-relabelled", "mucode"]),
  iterations: z
    .union([count, z.partialRecord(recipeName, count)])
    .describe("Rounds of expert iteration, M: for all recipes, or by recipe (1 where none is named).")
    .default(2),
  rollouts: z
    .strictObject({
      samples: count.describe("Episodes per training problem.").default(15),
      turns: count.describe("Turn limit T.").default(3),
      temperature: z
        .array(temperature)
        .min(1)
        .describe("By turn; the last one serves all later turns.")
        .default([0.7]),
      topP: z.number().gt(0).max(1).default(1),
      maxTokens: count.describe("Per completion.").default(1000),
      concurrency: count.describe("Episodes in flight.").default(128),
    })
    .prefault({}),
  verifier: z
    .strictObject({
      loss: z
        .enum(["bradley-terry", "bce"])
        .describe("Eq. 3 (the paper's choice) or Eq. 2.")
        .default("bradley-terry"),
      pairs: z
        .union([count, z.literal("all")])
        .describe("Bradley-Terry pairs per problem.")
        .default(16),
      refresh: z
        .boolean()
        .describe(
          "Train it anew in each iteration, on all rollouts so far; false keeps the first iteration's.",
        )
        .default(true),
      input: z
        .enum(["answer", "code"])
        .describe("What it reads of an answer: the whole message (the paper's choice), or the program alone.")
        .default("answer"),
      epochs: positive.default(2),
      batchProblems: count.describe("Problems per optimiser step.").default(64),
      ...training,
      learningRate: training.learningRate.default(1e-6),
      maxLength: training.maxLength.default(4096),
    })
    .prefault({}),
  finetune: z
    .strictObject({
      steps: count
        .describe("Optimiser steps. Fixed steps keep methods with fewer examples comparable.")
        .optional(),
      epochs: positive.describe("Passes over the examples; used when steps is absent.").default(2),
      batchTokens: count.describe("Tokens per optimiser step.").default(65536),
      sharePrefixes: z
        .boolean()
        .describe("Compute what a problem's examples have in common once; a step then holds whole problems.")
        .default(false),
      ...training,
      learningRate: training.learningRate.default(5e-7),
      maxLength: training.maxLength.default(4096),
    })
    .prefault({}),
  evaluation: z
    .strictObject({
      turns: count.default(3),
      candidates: count.describe("N of best-of-N.").default(5),
      temperature: temperature.describe("Of best-of-N; greedy decoding uses 0.").default(0.7),
      repeats: z
        .enum(["allowed", "redrawn"])
        .describe("A program that failed in the same conversation: tried again, or drawn anew.")
        .default("allowed"),
      concurrency: count.describe("Problems in flight.").default(64),
    })
    .prefault({}),
  engine: z
    .strictObject({
      dtype: z
        .enum(["auto", "float32", "float64", "bfloat16"])
        .describe("Of the model servers. float64 on a CPU makes runs repeatable to the byte.")
        .default("auto"),
      device: z.enum(["auto", "cpu", "cuda"]).default("auto"),
      threads: count.describe("CPU threads of a model server.").default(1),
      maxBatch: count.describe("Sequences decoded together.").default(128),
      slots: count
        .describe("Models served or trained at once; default: GPUs, or CPU cores without one.")
        .optional(),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      workers: count.default(2),
      isolation: z
        .enum(isolations)
        .describe(
          "The tier that programs run in. It holds or the run does not start; none is weakened silently.",
        )
        .default("strict"),
      cpuSeconds: positive
        .max(largestLimits.cpuSeconds)
        .describe("CPU time of one program over one group of tests.")
        .default(2),
      wallSeconds: positive.max(largestLimits.wallSeconds).describe("Wall time, a backstop.").default(10),
      memoryMb: count.max(largestLimits.memoryMb).default(512),
      outputKb: count.max(largestLimits.outputKb).default(256),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** M of one recipe. */
export function iterationsOf({ iterations }: Pick<Config, "iterations">, recipe: string): number {
  return typeof iterations === "number" ? iterations : (iterations[recipe] ?? 1);
}

/** The configuration's JSON Schema, for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema, { io: "input" });
}
