// What a configuration's `benchmark` can be, and the problems behind it: Pocket, a published benchmark with splits of its
// own, one to train on and another to be tested on, or a file of the user's problems.
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { openBenchmark } from "../benchmarks/catalog.ts";
import { dataFolder } from "../benchmarks/data-folder.ts";
import { dataSets } from "../benchmarks/sources.ts";
import { InputError } from "../core/errors.ts";

/** Benchmarks that have train and validation problems. */
const trainable = ["pocket", "mbpp", "mbpp-sanitized"] as const;
/** Benchmarks that have test problems, by name. */
const testable = [
  ...trainable,
  "mbpp-plus",
  "humaneval",
  "humaneval-plus",
  "codecontests",
  "codecontests-fusion",
] as const;

/** A path, told from a name by its slash or its ending. */
const file = z.string().regex(/[/\\.]/);

export const benchmarkSchema = z.union([
  z.enum(trainable),
  z.strictObject({ problems: z.string().min(1) }),
  z.strictObject({ train: z.union([z.enum(trainable), file]), test: z.union([z.enum(testable), file]) }),
]);

export type BenchmarkChoice = z.infer<typeof benchmarkSchema>;

export const benchmarkForms = `${trainable.map((name) => `"${name}"`).join(", ")}, { problems: FILE } or { train: NAME or FILE, test: NAME or FILE } such as { train: mbpp, test: humaneval }`;

/** What a message and a report call it; without a file's folder, which is this machine's. */
export function choiceName(choice: BenchmarkChoice): string {
  if (typeof choice === "string") return choice;
  if ("problems" in choice) return basename(choice.problems);
  return `${basename(choice.test)} (trained on ${basename(choice.train)})`;
}

/** A relative path is taken from the configuration's folder, else from the working directory. */
export function placed(choice: BenchmarkChoice, configFile: string): BenchmarkChoice {
  const place = (path: string) => {
    const beside = resolve(dirname(configFile), path);
    return existsSync(beside) ? beside : resolve(path);
  };
  if (typeof choice === "string") return choice;
  if ("problems" in choice) return { problems: place(choice.problems) };
  const named = <T extends string>(part: T) => (isFile(part) ? (place(part) as T) : part);
  return { train: named(choice.train), test: named(choice.test) };
}

export const isFile = (name: string) => file.safeParse(name).success;

/** The benchmark that gives each split. */
export function sourcesOf(choice: BenchmarkChoice): { train: string; test: string } {
  if (typeof choice === "string") return { train: choice, test: choice };
  return "problems" in choice ? { train: choice.problems, test: choice.problems } : choice;
}

/**
 * Opens it: train and validation problems come from the one, test problems from the other.
 * @throws InputError where a file is missing or has a mistake
 */
export async function openChoice(choice: BenchmarkChoice): Promise<Benchmark> {
  const { train, test } = sourcesOf(choice);
  const learning = await openSource(train);
  const testing = train === test ? learning : await openSource(test);
  return {
    name: train === test ? learning.name : choiceName(choice),
    problems: (split) => (split === "test" ? testing : learning).problems(split),
    place(id) {
      const [here, there] = [learning.place?.(id), testing.place?.(id)];
      // Of two files that both have the id, which one is meant isn't known here.
      return here === undefined || here === there ? there : there === undefined ? here : undefined;
    },
  };
}

function openSource(name: string): Promise<Benchmark> {
  if (!isFile(name)) {
    const missing = missingFile(name);
    if (missing !== null)
      throw new InputError(
        `benchmark ${JSON.stringify(name)}`,
        `${missing} is missing; "mucode data get ${name}" fetches it, or says how to make it, and MUCODE_DATA names another folder`,
      );
  }
  return openBenchmark(isFile(name) ? resolve(name) : name);
}

/** The first file of a published benchmark that isn't in the data folder; null where all are there. */
export function missingFile(name: string): string | null {
  const set = dataSets.find((one) => one.name === name);
  const paths = [...(set?.files ?? []), ...(set?.byHand ? [set.byHand] : [])].map(({ path }) => path);
  const folder = dataFolder();
  return paths.map((path) => join(folder, path)).find((path) => !existsSync(path)) ?? null;
}
