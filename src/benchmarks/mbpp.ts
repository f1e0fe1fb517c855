// MBPP, its sanitized edition and MBPP+: records of the published files as tasks. The splits are the paper's (C.2); what the
// official code does instead is the variant "official" (docs/reference/benchmarks.md).
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { FunctionTests, Limits } from "../core/problem.ts";
import { type Located, readRecords, recordText } from "./records.ts";
import type { Task } from "./task.ts";

/** Whose public/private splits. */
export type Variant = "paper" | "official";

const id = z.int().min(1);
const assert = recordText.regex(/^\s*assert(?!\w)/, { error: "a test must begin with `assert`" });
const asserts = z.array(assert).min(1, { error: "at least one assert was expected" });
const imports = z.array(recordText);
const named = recordText.min(1, { error: "it is empty" });

const mbppSchema = z.object({
  task_id: id,
  text: named,
  code: named,
  test_setup_code: recordText,
  test_list: asserts,
  challenge_test_list: z.array(assert),
});
const sanitizedSchema = z.object({
  task_id: id,
  prompt: named,
  code: named,
  test_imports: imports,
  test_list: asserts,
});
const plusSchema = sanitizedSchema.extend({ test: named });

export type MbppRecord = z.infer<typeof mbppSchema>;
export type SanitizedRecord = z.infer<typeof sanitizedSchema>;
export type MbppPlusRecord = z.infer<typeof plusSchema>;

export const mbppFiles = {
  mbpp: join("mbpp", "mbpp.jsonl"),
  sanitized: join("mbpp", "sanitized-mbpp.json"),
  plus: join("mbppplus", "MbppPlus-OriginFmt.jsonl.gz"),
};

/** The records of a published file below `folder`. All throw InputError at the first mistake, with file and line. */
export const readMbpp = (folder: string) => readRecords(join(folder, mbppFiles.mbpp), mbppSchema, "task_id");
export const readSanitized = (folder: string) =>
  readRecords(join(folder, mbppFiles.sanitized), sanitizedSchema, "task_id");
export const readMbppPlus = (folder: string) =>
  readRecords(join(folder, mbppFiles.plus), plusSchema, "task_id");

/** 123 sums amicable numbers by trial division: its reference needs more than the default limit of 2 s. */
const slowLimits = (taskId: number): { limits?: Partial<Limits> } =>
  taskId === 123 ? { limits: { cpuSeconds: 20, wallSeconds: 80 } } : {};

/** MBPP's split of a task id (README of the data set); undefined for the ten few-shot examples, which belong to none. */
export function mbppSplit(taskId: number): Task["split"] | undefined {
  if (taskId <= 10) return undefined;
  return taskId <= 510 ? "test" : taskId <= 600 ? "validation" : "train";
}

export async function mbppTasks(folder: string, variant: Variant): Promise<Task[]> {
  return bySplit(await readMbpp(folder), (record, split) => ({
    ...splitTask(`mbpp/${record.task_id}`, split, variant, {
      statement: record.text,
      setup: record.test_setup_code,
      asserts: record.test_list,
      challenges: record.challenge_test_list,
      reference: record.code,
    }),
    ...slowLimits(record.task_id),
  }));
}

export async function sanitizedTasks(folder: string, variant: Variant): Promise<Task[]> {
  return bySplit(await readSanitized(folder), (record, split) => ({
    ...splitTask(`mbpp-sanitized/${record.task_id}`, split, variant, partsOf(record)),
    ...slowLimits(record.task_id),
  }));
}

/** All are test problems, as the paper and everybody else reports MBPP+, although 108 of their ids are in MBPP's train split. */
export async function mbppPlusTasks(folder: string, variant: Variant): Promise<Task[]> {
  const records = await readMbppPlus(folder);
  return records.map(({ record }) => {
    const parts = partsOf(record);
    const task = splitTask(`mbpp-plus/${record.task_id}`, "test", variant, parts);
    const plus = withSetup(parts.setup, { style: "function", asserts: [], code: repaired(record) });
    const limits = plusLimits(record.task_id);
    if (variant === "paper") return { ...task, strongTests: plus, limits };
    return { ...task, privateTests: { ...task.privateTests, code: record.test } as FunctionTests, limits };
  });
}

/**
 * EvalPlus's test as published, but for 255: five of its inputs ask for up to 128 million items, a gigabyte that would
 * have to cross from the program to the judge. They are passed over, so that the problem can be solved.
 */
function repaired({ task_id, test }: MbppPlusRecord): string {
  if (task_id !== 255) return test;
  const loop = "for i, inp in enumerate(inputs):\n";
  return test.replace(loop, `${loop}    if inp[1] > 70:\n        continue\n`);
}

const plusLimits = (taskId: number): Partial<Limits> =>
  slowPlus[taskId] ?? { cpuSeconds: 10, wallSeconds: 40, memoryMb: 1024 };
/** References that need more than a quarter of that, by `mucode data check`. */
const slowPlus: Record<number, Partial<Limits>> = {
  123: { cpuSeconds: 20, wallSeconds: 80, memoryMb: 1024 },
  392: { cpuSeconds: 20, wallSeconds: 80, memoryMb: 2048 },
  599: { cpuSeconds: 60, wallSeconds: 240, memoryMb: 1024 },
};

interface Parts {
  statement: string;
  setup: string;
  asserts: string[];
  challenges: string[];
  /** As a whole program. */
  reference: string;
}

/** The imports of a record's tests come before its program in a reference, as published, and before its tests in a task. */
function partsOf(record: SanitizedRecord): Parts {
  return {
    statement: record.prompt,
    setup: record.test_imports.join("\n"),
    asserts: record.test_list,
    challenges: [],
    reference: [...record.test_imports, record.code].join("\n"),
  };
}

function splitTask(taskId: string, split: Task["split"], variant: Variant, parts: Parts): Task {
  const { statement, setup, asserts, challenges, reference } = parts;
  const group = (of: string[]) => withSetup(setup, { style: "function", asserts: of });
  const entryPoint = calledFunction(asserts[0]!, reference);
  // Where nothing would be left for private tests, they are the public ones: a group without a test proves nothing.
  const shown = variant === "official" && split === "train" ? asserts.length : 1;
  const rest = [...asserts.slice(shown), ...(variant === "paper" ? challenges : [])];
  return {
    id: taskId,
    split,
    style: "function",
    statement,
    publicTests: group(asserts.slice(0, shown)),
    privateTests: group(rest.length > 0 ? rest : asserts.slice(0, shown)),
    ...(entryPoint !== undefined && { entryPoint }),
    references: [reference],
  };
}

function withSetup(setup: string, tests: FunctionTests): FunctionTests {
  return setup.trim() === "" ? tests : { ...tests, setup };
}

function bySplit<T extends { task_id: number }>(
  records: Located<T>[],
  task: (record: T, split: Task["split"]) => Task,
): Task[] {
  return records.flatMap(({ record, where }) => {
    if (record.task_id > 974)
      throw new InputError(where, `field "task_id": MBPP's ids end at 974, it is ${record.task_id}`);
    const split = mbppSplit(record.task_id);
    return split === undefined ? [] : [task(record, split)];
  });
}

/** The first function that the assert calls and the reference defines. */
function calledFunction(test: string, reference: string): string | undefined {
  const called = [...test.matchAll(/([\p{L}_][\p{L}\p{N}_]*)\s*\(/gu)].map((found) => found[1]!);
  return called.find((name) => new RegExp(`^(?:def|class)\\s+${name}\\b`, "mu").test(reference));
}
