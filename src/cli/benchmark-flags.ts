// The flags that say which model is measured on which problems, shared by the commands that do so.
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import { benchmarkNames, openBenchmark } from "../benchmarks/catalog.ts";
import type { PromptOptions } from "../benchmarks/prompts.ts";
import { didYouMean } from "../core/closest.ts";
import { InputError } from "../core/errors.ts";
import { defaultLimits, type Limits, type Problem } from "../core/problem.ts";
import type { ProblemSet } from "../experiment/evaluate-benchmark.ts";
import { canonicalJson, sha256 } from "../experiment/files.ts";
import { readFinishedRun } from "../experiment/finished-run.ts";
import { computeMetrics } from "../experiment/metrics.ts";
import { contextOf, pocketDefaults } from "../experiment/model-defaults.ts";
import { type ModelSource, openModelSource } from "../experiment/model-source.ts";
import type { Settings } from "../experiment/problem-records.ts";
import { checkProblem } from "../experiment/run.ts";
import { modelOf, verifierReading } from "../experiment/run-context.ts";
import { isolations } from "../sandbox/index.ts";
import { count, seconds, share, temperature, wholeNumber } from "./flags.ts";

const benchmarkHelp = `${benchmarkNames()
  .map(({ name }) => name)
  .join(", ")}, or your problems: a .jsonl file`;

/** Adds them. None has a default here, so that a command can tell what was given. */
export function withBenchmarkFlags<A extends unknown[]>(command: Command<A>) {
  return command
    .option("--benchmark <name>", benchmarkHelp)
    .option("--model <url>", 'address of an OpenAI-compatible server, a model folder, or "pocket"')
    .option("--model-name <name>", "name to send as model (default: the only one that the server lists)")
    .option("--recipe <name>", "system of the run: mucode, or mucode/1 for its iteration 1")
    .addOption(
      new Option("--split <name>", "problems of this split (default: test)").choices([
        "train",
        "validation",
        "test",
      ] as const),
    )
    .option("--limit <K>", "only the first K problems", count)
    .option("--turns <T>", "turn limit (default: 3)", count)
    .option("--samples <N>", "programs a turn (default: 5)", count)
    .option("--temperature <t>", "sampling temperature (default: 0.7)", temperature)
    .option("--top-p <p>", "nucleus mass (default: 1)", share)
    .option(
      "--max-tokens <n>",
      "tokens of one completion (default: 1000, less where the model's context is short)",
      count,
    )
    .option("--seed <n>", "every random choice derives from it (default: 1)", wholeNumber)
    .option("--testless", "show no tests in prompts; the generator learns of them by feedback")
    .option("--prompts <template>", "paper, official, or a file with a Jinja template (default: paper)")
    .addOption(
      new Option("--variant <whose>", "public and private tests as in the paper or in its code").choices([
        "paper",
        "official",
      ] as const),
    )
    .option("--data <dir>", "folder of the benchmarks' files (default: MUCODE_DATA, else the cache)")
    .option("--out <dir>", "folder of the results (default: evaluations/NAME)")
    .option("--cpu-seconds <s>", "CPU time limit of every problem, instead of its own", seconds)
    .addOption(
      new Option("--isolation <tier>", "what holds the programs (default: strict)").choices(isolations),
    )
    .option("--workers <n>", "programs' workers (default: one per core, at most 4)", count)
    .option("--judge-python <path>", "interpreter of the tests, with numpy for the plus benchmarks")
    .option("--concurrency <n>", "problems in flight (default: 16)", count);
}

/** What the flags of `withBenchmarkFlags` give. */
export interface BenchmarkFlags {
  benchmark?: string | undefined;
  model?: string | undefined;
  modelName?: string | undefined;
  recipe?: string | undefined;
  split?: Problem["split"] | undefined;
  limit?: number | undefined;
  turns?: number | undefined;
  samples?: number | undefined;
  temperature?: number | undefined;
  topP?: number | undefined;
  maxTokens?: number | undefined;
  seed?: number | undefined;
  testless?: true | undefined;
  prompts?: string | undefined;
  variant?: "paper" | "official" | undefined;
  data?: string | undefined;
  out?: string | undefined;
  cpuSeconds?: number | undefined;
  isolation?: (typeof isolations)[number] | undefined;
  workers?: number | undefined;
  judgePython?: string | undefined;
  concurrency?: number | undefined;
}

/** The numbers among the flags, with their defaults, but for --max-tokens, whose default the model decides. */
export function samplingOf(flags: BenchmarkFlags) {
  const { turns = 3, samples = 5, temperature = 0.7, topP = 1, seed = 1 } = flags;
  return { turns, samples, temperature, topP, seed, isolation: flags.isolation ?? "strict" };
}

/** Tokens of one completion, where the model's context is no reason for less. */
const usualMaxTokens = 1000;

/** Of a short context a quarter, so that a prompt and two turns before it have room. */
const shareOfContext = 1 / 4;

/**
 * Tokens of one completion: as asked for, else `usual` as far as it fits. A server's context is not known here.
 * @throws InputError where those asked for leave no room for a prompt
 */
export function maxTokensOf(flags: BenchmarkFlags, { model, maxTokens: usual = usualMaxTokens }: Models) {
  const context = model.kind === "folder" ? contextOf(model.folder) : undefined;
  const asked = flags.maxTokens;
  if (context === undefined) return asked ?? usual;
  if (asked !== undefined && asked >= context)
    throw new InputError(
      "--max-tokens",
      `${asked} does not fit: the context of ${model.kind === "folder" ? model.label : ""} is ${context} tokens, of prompt and completion together; choose fewer`,
    );
  return asked ?? Math.min(usual, Math.max(1, Math.floor(context * shareOfContext)));
}

/** Of problems that name no limits: what a reference solution of any benchmark keeps to, on a slow machine too. */
const usualLimits: Limits = { cpuSeconds: 10, wallSeconds: 40, memoryMb: 1024, outputKb: 256 };

/**
 * The problems that the flags name, with the limits that their programs run under.
 * @throws InputError where there are none, a flag has no meaning for them, or one can't be judged
 */
export async function problemSetOf(flags: BenchmarkFlags): Promise<ProblemSet> {
  const { benchmark: name, split = "test", limit, variant, prompts, data, testless, cpuSeconds } = flags;
  if (name === undefined)
    throw new InputError("--benchmark", "is needed: a name (mucode data list) or a .jsonl file");
  const own = name === "pocket" || /[/\\.]/.test(name);
  for (const [flag, value] of Object.entries({ prompts, variant, data })) {
    if (own && value !== undefined)
      throw new InputError(`--${flag}`, `has no meaning for ${name}, whose problems are as they stand there`);
  }
  const benchmark = await openBenchmark(name, {
    testless: testless === true,
    ...(prompts !== undefined && { template: templateOf(prompts) }),
    ...(variant !== undefined && { variant }),
    ...(data !== undefined && { data }),
  });
  const problems = benchmark.problems(split).slice(0, limit);
  if (problems.length === 0) throw new InputError(name, `has no problem of the split "${split}"`);
  for (const problem of problems) checkProblem(problem, benchmark.place?.(problem.id));
  const usual = name === "pocket" ? defaultLimits : usualLimits;
  const given = cpuSeconds === undefined ? {} : { cpuSeconds, wallSeconds: 4 * cpuSeconds };
  return {
    benchmark: name,
    split,
    problems: problems.map((problem) => ({ ...problem, limits: { ...usual, ...problem.limits, ...given } })),
  };
}

function templateOf(text: string): PromptOptions["template"] {
  if (text === "paper" || text === "official") return text;
  if (!existsSync(text))
    throw new InputError(
      "--prompts",
      `${JSON.stringify(text)} is neither paper nor official, nor a file that is there${didYouMean(text, ["paper", "official"])}`,
    );
  return { file: text };
}

/** A generator, and the verifier that was trained for it where it comes from a run. */
export interface Models {
  model: ModelSource;
  verifier: ModelSource | null;
  /** Tokens of one completion that it is usually asked for. */
  maxTokens?: number;
}

/**
 * The model that the flags name: of a server or folder (`--model`), or of a system of a finished run.
 * @throws InputError where it is neither or both
 */
export async function modelsOf(run: string | undefined, flags: BenchmarkFlags): Promise<Models> {
  const { model, modelName, recipe } = flags;
  if (run !== undefined) {
    if (model !== undefined) throw new InputError("--model", `is one model too many beside the run ${run}`);
    return systemOf(run, recipe);
  }
  if (model === undefined) throw new InputError("--model", "is needed, or a run");
  if (recipe !== undefined) throw new InputError("--recipe", "is for a run; name its directory");
  const source = await openModelSource(model, {
    name: modelName,
    apiKey: process.env.MUCODE_API_KEY || undefined,
    flag: "--model",
    nameFlag: "--model-name",
  });
  if (model !== "pocket") return { model: source, verifier: null };
  return { model: source, verifier: null, maxTokens: Number(pocketDefaults.rollouts!.maxTokens) };
}

/** `recipe`: a name, or a name with an iteration; without one the iteration that validation chose. */
async function systemOf(folder: string, recipe: string | undefined): Promise<Models> {
  const { config, run, systems } = await readFinishedRun(folder);
  const known = systems.map((system) => `${system.recipe}/${system.iteration}`).join(", ");
  if (recipe === undefined) throw new InputError("--recipe", `is needed: the run has ${known}`);
  const [, name, iteration] = /^(.*?)(?:\/(\d+))?$/.exec(recipe)!;
  const { results } = await computeMetrics(run, systems);
  const index = results.systems.findIndex((system) =>
    iteration === undefined
      ? system.recipe === name && system.selected
      : system.recipe === name && system.iteration === Number(iteration),
  );
  const system = systems[index];
  if (!system) throw new InputError("--recipe", `${recipe} is not in this run; it has ${known}`);
  const { dtype, device, threads, maxBatch } = config.engine;
  const source = ({ folder: at, digest }: { folder: string; digest: string }, what: string): ModelSource => ({
    kind: "folder",
    label: `${folder}, ${system.recipe} ${system.iteration}${what}`,
    folder: at,
    digest,
    serving: { dtype, device, threads, maxBatch },
  });
  return {
    model: source(system.made ? modelOf(system.made.finetune) : run.base, ""),
    verifier: { ...source(modelOf(system.verifier), ", verifier"), ...verifierReading(run) },
    maxTokens: config.rollouts.maxTokens,
  };
}

/** The results' folder: as asked for, or one whose name tells these settings from others. */
export function outFolder(flags: BenchmarkFlags, set: ProblemSet, settings: Settings): string {
  if (flags.out !== undefined) {
    const there = statSync(flags.out, { throwIfNoEntry: false });
    if (there && !there.isDirectory()) throw new InputError("--out", `${flags.out} is a file, not a folder`);
    return flags.out;
  }
  const name = basename(set.benchmark).replace(/\.jsonl(\.gz)?$/, "");
  return join("evaluations", `${name}-${sha256(canonicalJson(settings)).slice(0, 8)}`);
}
