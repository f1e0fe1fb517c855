// HumanEval and HumanEval+ as tasks. HumanEvalPack gives what the split needs: the docstring's examples as asserts. One of
// them is public, the others and the official suite are private (the paper's C.2); HumanEval+ adds the EvalPlus suite as
// strong tests. All problems are test problems.
import { join } from "node:path";
import { z } from "zod";
import { definedFunctions, mentions } from "../core/definitions.ts";
import { InputError } from "../core/errors.ts";
import type { FunctionTests, Limits } from "../core/problem.ts";
import { docstringAsserts } from "./docstring-tests.ts";
import { officialSplit, wholeExamples } from "./humaneval-official.ts";
import type { Variant } from "./mbpp.ts";
import { type Located, readRecords, recordText } from "./records.ts";
import type { Task } from "./task.ts";

const named = recordText.min(1, { error: "it is empty" });
const name = recordText.regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, { error: "it must be a Python name" });
const taskId = (kind: string) =>
  recordText.regex(new RegExp(`^${kind}/\\d{1,6}$`), { error: `it must look like "${kind}/0"` });

const humanEvalSchema = z.object({
  task_id: taskId("HumanEval"),
  prompt: named,
  entry_point: name,
  canonical_solution: named,
  test: named,
});
const packSchema = humanEvalSchema.extend({
  task_id: taskId("Python"),
  // Empty in six records, for which `ownExamples` stands in.
  example_test: recordText,
  buggy_solution: named,
});

export type HumanEvalRecord = z.infer<typeof humanEvalSchema>;
export type PackRecord = z.infer<typeof packSchema>;

export const humanEvalFiles = {
  humaneval: join("humaneval", "HumanEval.jsonl.gz"),
  pack: join("humanevalpack", "humanevalpack.jsonl"),
  plus: join("humanevalplus", "HumanEvalPlus-OriginFmt.jsonl.gz"),
};

/** The records of a published file below `folder`. All throw InputError at the first mistake, with file and line. */
export const readHumanEval = (folder: string) =>
  readRecords(join(folder, humanEvalFiles.humaneval), humanEvalSchema, "task_id");
export const readPack = (folder: string) =>
  readRecords(join(folder, humanEvalFiles.pack), packSchema, "task_id");
export const readHumanEvalPlus = (folder: string) =>
  readRecords(join(folder, humanEvalFiles.plus), humanEvalSchema, "task_id");

/**
 * The public test of the six problems whose `example_test` is empty: the worked example of the docstring's prose, else
 * one that follows from the statement and is not in the official suite.
 */
export const ownExamples: ReadonlyMap<number, { assert: string; why: string }> = new Map([
  [
    38,
    { assert: 'assert decode_cyclic("bcaefdg") == "abcdefg"', why: "the prompt's own encoder, turned back" },
  ],
  [41, { assert: "assert car_race_collision(5) == 25", why: "each of n cars meets each of n others" }],
  [50, { assert: 'assert decode_shift("mjqqt") == "hello"', why: "the prompt's own encoder, turned back" }],
  [83, { assert: "assert starts_one_ends(6) == 180000", why: "counted: 100,000 + 90,000 − 10,000" }],
  [84, { assert: 'assert solve(1000) == "1"', why: "the docstring's first example" }],
  [160, { assert: "assert do_algebra(['+', '*', '-'], [2, 3, 4, 5]) == 9", why: "the docstring's example" }],
]);

export async function humanEvalTasks(folder: string, variant: Variant): Promise<Task[]> {
  return (await readPack(folder)).map((located) => {
    const { record } = located;
    const official = officialTests(record);
    const split = variant === "paper" ? paperSplit(located, official) : officialSplit(record, official);
    return taskOf(record, split);
  });
}

export async function humanEvalPlusTasks(folder: string, variant: Variant): Promise<Task[]> {
  const pack = await readPack(folder);
  const byNumber = new Map(pack.map((located) => [numberOf(located.record), located]));
  return (await readHumanEvalPlus(folder)).map(({ record, where }) => {
    const number = numberOf(record);
    const partner = byNumber.get(number);
    if (!partner)
      throw new InputError(where, `field "task_id": ${humanEvalFiles.pack} has no record "Python/${number}"`);
    const limits = slowPlus[number] ?? plusLimits;
    const strong = suiteOf(record, repairedPlus(number, record.test));
    if (variant === "paper") {
      const split = paperSplit(partner, officialTests(partner.record));
      return { ...taskOf(record, split), strongTests: strong, limits };
    }
    const { privateTests } = officialSplit(partner.record, { ...strong, code: record.test });
    return { ...taskOf(record, { publicTests: wholeExamples(partner.record), privateTests }), limits };
  });
}

const plusLimits: Partial<Limits> = { cpuSeconds: 10, wallSeconds: 40, memoryMb: 1024 };
/** References that need more than a third of that, by `mucode data check`. */
const slowPlus: Record<number, Partial<Limits>> = {
  15: { cpuSeconds: 20, wallSeconds: 80, memoryMb: 1024 },
  139: { cpuSeconds: 20, wallSeconds: 80, memoryMb: 1024 },
};

export function numberOf({ task_id }: { task_id: string }): number {
  return Number(task_id.slice(task_id.indexOf("/") + 1));
}

/**
 * EvalPlus's suite as published, but for problem 32: it hands the polynomial its root as coefficients and its
 * coefficients as the point, which raises a TypeError for every program. The two are put in their places.
 */
export function repairedPlus(number: number, test: string): string {
  return number === 32
    ? test.replace("_poly(*candidate(*inp), inp) <= 0.0001", "abs(_poly(*inp, candidate(*inp))) <= 0.0001")
    : test;
}

/** A problem's whole suite, which is code. */
export function officialTests(record: HumanEvalRecord): FunctionTests {
  return suiteOf(record, record.test);
}

/**
 * A suite of a record as tests. Those of problems 32, 38 and 50 call what the prompt defines beside the function that it
 * asks for, and get the prompt's own: a program may lack it, or define one by which anything passes, such as an
 * encoder and a decoder that both give back what they are given.
 */
function suiteOf(record: HumanEvalRecord, suite: string): FunctionTests {
  const definitions = promptDefinitions(record);
  const called =
    definitions !== undefined && definedFunctions(definitions).some((one) => mentions(suite, one));
  const code = called ? `${definitions}\n${suite}` : suite;
  return { style: "function", asserts: [], code, entryPoint: record.entry_point };
}

/** What stands in a prompt before its function, where that defines functions: their imports too. */
function promptDefinitions({ prompt, entry_point }: HumanEvalRecord): string | undefined {
  const before = prompt.slice(0, Math.max(0, prompt.search(new RegExp(`^def ${entry_point}\\b`, "m"))));
  return definedFunctions(before).length > 0 ? before : undefined;
}

interface Split {
  publicTests: FunctionTests;
  privateTests: FunctionTests;
}

function paperSplit({ record, where }: Located<PackRecord>, suite: FunctionTests): Split {
  const { example_test, entry_point } = record;
  const [shown, ...others] = docstringAsserts(example_test, entry_point);
  const own = ownExamples.get(numberOf(record))?.assert;
  const first = shown ?? own;
  if (first === undefined)
    throw new InputError(
      where,
      `field "example_test": no assert of it calls ${entry_point}, so that nothing could be public`,
    );
  return {
    publicTests: { style: "function", asserts: [first], entryPoint: entry_point },
    privateTests: { ...suite, asserts: others },
  };
}

function taskOf(record: HumanEvalRecord, split: Split): Task {
  const definitions = promptDefinitions(record);
  return {
    id: `HumanEval/${numberOf(record)}`,
    split: "test",
    style: "function",
    statement: record.prompt,
    ...split,
    entryPoint: record.entry_point,
    ...(definitions !== undefined && { definitions }),
    references: [record.prompt + record.canonical_solution],
  };
}
