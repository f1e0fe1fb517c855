// How many problems a configuration has and how long their prompts are: counted where the data is at hand, with the model's
// tokenizer where that is at hand too, and otherwise from what is known of the published files.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Message, Problem } from "../../core/problem.ts";
import { countTokens } from "../../jobs/count-tokens.ts";
import { findEnvironment } from "../../jobs/environment.ts";
import { isFile, missingFile, sourcesOf } from "../benchmark-choice.ts";
import type { Config } from "../config.ts";
import { splitsOf } from "../run.ts";
import type { Splits } from "../run-context.ts";
import type { Prompts } from "./lengths.ts";
import { blankProblems } from "./walk.ts";

/** UTF-8 bytes of English and Python a token, of a vocabulary of about 130,000 tokens: an assumption. */
export const bytesPerToken = 3.5;
/** What a chat template adds to a first message: an assumption; Llama 3's default system message is about 30 of them. */
const templateTokens = 40;

export interface PlannedProblems {
  splits: Splits;
  /** Whether these are the problems themselves, or only as many. */
  real: boolean;
  prompts: Record<"train" | "validation" | "test", Prompts>;
  /** What was counted, and what assumed. */
  source: string;
}

interface Known {
  problems: Partial<Record<Problem["split"], number>>;
  /** UTF-8 bytes of the paper's prompts: mean and longest. */
  bytes: { mean: number; longest: number };
}

/** Of the published files, counted by `openBenchmark(NAME)` over each split. */
const known: Readonly<Record<string, Known>> = {
  mbpp: { problems: { train: 374, validation: 90, test: 500 }, bytes: { mean: 607, longest: 2523 } },
  "mbpp-sanitized": {
    problems: { train: 120, validation: 43, test: 257 },
    bytes: { mean: 618, longest: 941 },
  },
  "mbpp-plus": { problems: { test: 378 }, bytes: { mean: 617, longest: 947 } },
  humaneval: { problems: { test: 164 }, bytes: { mean: 967, longest: 1889 } },
  "humaneval-plus": { problems: { test: 164 }, bytes: { mean: 967, longest: 1889 } },
  codecontests: { problems: { test: 165 }, bytes: { mean: 2206, longest: 5119 } },
  "codecontests-fusion": { problems: { test: 20 }, bytes: { mean: 1900, longest: 5119 } },
};

/** A CodeContests training file that isn't there: 1000 problems (paper), and the data set's 117 validation problems. */
const codeContestsTraining: Known = {
  problems: { train: 1000, validation: 117 },
  bytes: known.codecontests!.bytes,
};

/**
 * @param modelFolder whose tokenizer counts; null for none
 * @throws InputError where a file of the user's own is missing, or has a mistake
 */
export async function plannedProblems(config: Config, modelFolder: string | null): Promise<PlannedProblems> {
  const { train, test } = sourcesOf(config.benchmark);
  const missing = [train, test].some((name) =>
    isFile(name) ? !existsSync(name) && isCodeContests(config) : missingFile(name) !== null,
  );
  return missing ? assumedProblems(config, train, test) : countedProblems(config, modelFolder);
}

const isCodeContests = (config: Config) => sourcesOf(config.benchmark).test.startsWith("codecontests");

function assumedProblems(config: Config, train: string, test: string): PlannedProblems {
  const learning = isFile(train) ? codeContestsTraining : known[train];
  const testing = isFile(test) ? undefined : known[test];
  if (!learning || !testing) throw new InputError(isFile(test) ? test : train, "can't be read (ENOENT)");
  const of = (split: Problem["split"]): Prompts => {
    const { problems, bytes } = split === "test" ? testing : learning;
    return {
      problems: Math.min(problems[split] ?? 0, config.limit[split] ?? Number.POSITIVE_INFINITY),
      mean: bytes.mean / bytesPerToken + templateTokens,
      longest: bytes.longest + 2 * templateTokens,
    };
  };
  const prompts = { train: of("train"), validation: of("validation"), test: of("test") };
  return {
    splits: {
      train: blankProblems("train", prompts.train.problems),
      validation: blankProblems("validation", prompts.validation.problems),
      test: blankProblems("test", prompts.test.problems),
    },
    real: false,
    prompts,
    source: `the data of ${[...new Set([train, test])].map((name) => (isFile(name) ? basename(name) : name)).join(" and ")} is not here: problems and prompt lengths as known of the published files, ${ratio}`,
  };
}

const ratio = `${bytesPerToken} bytes a token and ${templateTokens} tokens of chat template assumed, one token a byte at most`;

async function countedProblems(config: Config, modelFolder: string | null): Promise<PlannedProblems> {
  const splits = await splitsOf(config);
  const all = [splits.train, splits.validation, splits.test].flat();
  const counts = await tokenCounts(modelFolder, all);
  const of = (problems: readonly Problem[]): Prompts => {
    const sizes = problems.map((problem) => {
      const bytes = Buffer.byteLength(problem.prompt);
      const counted = counts?.get(problem);
      return counted === undefined
        ? { mean: bytes / bytesPerToken + templateTokens, most: bytes + 2 * templateTokens }
        : { mean: counted, most: counted };
    });
    return {
      problems: problems.length,
      mean: sizes.reduce((total, { mean }) => total + mean, 0) / sizes.length,
      longest: Math.max(...sizes.map(({ most }) => most)),
    };
  };
  return {
    splits,
    real: true,
    prompts: { train: of(splits.train), validation: of(splits.validation), test: of(splits.test) },
    source:
      counts === null
        ? `prompts counted in bytes (the model's tokenizer, or the engine, is not here): ${ratio}`
        : "prompts counted with the model's tokenizer",
  };
}

/** Null where the folder holds no tokenizer, or the engine isn't installed: nothing is installed for a plan. */
async function tokenCounts(
  folder: string | null,
  problems: readonly Problem[],
): Promise<Map<Problem, number> | null> {
  if (folder === null || !existsSync(join(folder, "tokenizer.json"))) return null;
  const environment = await findEnvironment();
  if (!environment) return null;
  const conversations = problems.map(({ prompt }) => ({
    messages: [{ role: "user", content: prompt } satisfies Message],
    generationPrompt: true,
  }));
  const counts = await countTokens(environment.python, folder, conversations);
  return new Map(problems.map((problem, index) => [problem, counts[index]!]));
}
