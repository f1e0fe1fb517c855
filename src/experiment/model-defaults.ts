// Defaults that suit the base model: the paper's are for models of billions of parameters, and Pocket's reads 512
// tokens. And no setting may ask for more tokens than the model's context, which is said before anything is started.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Config } from "./config.ts";
import { packageFolder } from "./package.ts";

/** What `model: pocket` is run with where a configuration says nothing else: the values of configs/quickstart.yaml. */
export const pocketDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  rollouts: { temperature: [0.8], maxTokens: 96, concurrency: 256 },
  verifier: { epochs: 4, batchProblems: 16, learningRate: 1e-3, maxLength: 512, threads: 2 },
  finetune: { steps: 120, batchTokens: 4096, learningRate: 1e-3, maxLength: 512 },
  evaluation: { temperature: 0.8 },
  engine: { dtype: "float64", maxBatch: 256 },
};

type Settings = Record<string, unknown>;

const isMap = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The settings as given, with Pocket's defaults below them where the model is Pocket's. */
export function withModelDefaults(given: Settings): Settings {
  if (given.model !== undefined && given.model !== "pocket") return given;
  const settings = { ...given };
  for (const [section, defaults] of Object.entries(pocketDefaults)) {
    const own = given[section];
    // Steps would overrule epochs that somebody asked for.
    const { steps, ...rest } = defaults;
    const usable = steps !== undefined && !(isMap(own) && own.epochs !== undefined) ? defaults : rest;
    if (own === undefined) settings[section] = { ...usable };
    else if (isMap(own)) settings[section] = { ...usable, ...own };
  }
  return settings;
}

/** Folder of the base model that a configuration names. */
export function modelFolderOf({ model }: Pick<Config, "model">): string {
  return model === "pocket" ? join(packageFolder, "pocket", "model") : model;
}

/** The most tokens of prompt and completion together; undefined where the folder doesn't say. */
export function contextOf(folder: string): number | undefined {
  let config: { max_position_embeddings?: unknown };
  try {
    config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  } catch {
    // Whoever opens the model says what is wrong with the folder.
    return undefined;
  }
  const most = config?.max_position_embeddings;
  return Number.isInteger(most) && (most as number) > 0 ? (most as number) : undefined;
}

/**
 * The configuration with lengths that the model can read. A training length that nobody chose becomes the context, as
 * the engine would take it.
 *
 * @param given the settings as they stand in the file
 * @param context the model's, tokens
 * @param at where a setting stands, `run.yaml:3:3`
 * @throws InputError where a chosen length, or rollouts.maxTokens, doesn't fit
 */
export function fitToContext(
  config: Config,
  given: Settings,
  context: number,
  at: (path: string[]) => string,
): Config {
  const refuse = (path: string[], value: number, right: string): never => {
    throw new InputError(
      at(path),
      `setting "${path.join(".")}": ${value} does not fit; the model's context is ${context} tokens${right}`,
    );
  };
  const { maxTokens } = config.rollouts;
  if (maxTokens >= context)
    refuse(["rollouts", "maxTokens"], maxTokens, ", of prompt and completion together: choose fewer");
  const lengthOf = (section: "verifier" | "finetune"): number => {
    const { maxLength } = config[section];
    if (maxLength <= context) return maxLength;
    const own = given[section];
    return isMap(own) && own.maxLength !== undefined
      ? refuse([section, "maxLength"], maxLength, `: choose at most ${context}`)
      : context;
  };
  return {
    ...config,
    verifier: { ...config.verifier, maxLength: lengthOf("verifier") },
    finetune: { ...config.finetune, maxLength: lengthOf("finetune") },
  };
}
