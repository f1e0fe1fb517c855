// CodeContests as tasks: the test split's records, and SandboxFusion's twenty problems with the generated tests too. What
// is public, what is private and which limits hold is said here and in docs/reference/codecontests.md.
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { defaultLimits, type Limits, type StdioTests } from "../core/problem.ts";
import { type Located, readRecords, recordText } from "./records.ts";
import type { Task } from "./task.ts";

/**
 * CPU time of a Python program for each second that the problem allows. The limits are set for C++, and a Python program of the
 * same order of growth takes several times as long. Five leaves room for it and hardly any for one of a higher
 * order: at the sizes that such limits are set for, that one takes hundreds of times as long.
 */
export const pythonTimeFactor = 5;
/** Seconds that a problem allows where its record names none: the most frequent limit of the test split. */
export const usualSeconds = 2;
/** The least memory for data, MiB: a list of integers takes ten times what C++ needs. */
export const leastMemoryMb = 512;
/**
 * Address space on top of that, MiB, for the usual way to recurse deeply in Python: one thread whose stack is the largest in
 * use, `threading.stack_size(512 << 20)`. The system reserves it whole, and 128 MiB for the thread's own allocations; what
 * is not used takes no memory.
 */
export const threadStackMb = 512 + 128;

type Case = StdioTests["cases"][number];

const pairs = z
  .object({ input: z.array(recordText), output: z.array(recordText) })
  .refine(({ input, output }) => input.length === output.length, {
    error: 'there must be as many "output" as "input"',
  });
const recordSchema = z.object({
  name: recordText.min(1, { error: "it is empty" }),
  description: recordText.min(1, { error: "it is empty" }),
  time_limit: z
    .object({ seconds: z.number().min(0).max(600), nanos: z.number().min(0).max(999_999_999) })
    .nullish(),
  memory_limit_bytes: z.number().min(0).nullish(),
  public_tests: pairs,
  private_tests: pairs,
  generated_tests: pairs.optional(),
});
const fusionSchema = z.object({
  id: z.int().min(0),
  content: recordText.min(1, { error: "it is empty" }),
  labels: recordText,
  test: recordText,
});
const labelsSchema = z.object({ name: recordText.min(1) });
const fusionTests = z
  .array(z.object({ input: z.object({ stdin: recordText }), output: z.object({ stdout: recordText }) }))
  .min(1, { error: "there is no test" });

export type CodeContestsRecord = z.infer<typeof recordSchema>;

export const codeContestsFiles = {
  test: join("codecontests", "test165.jsonl"),
  fusion: join("codecontests", "sandboxfusion20.jsonl"),
};

/** The test split: 165 problems. @throws InputError at the first mistake, with file and line */
export async function codeContestsTasks(folder: string): Promise<Task[]> {
  const records = await readRecords(join(folder, codeContestsFiles.test), recordSchema, "name");
  return records.map(({ record, where }) => {
    const { name, description, time_limit, memory_limit_bytes } = record;
    const groups = splitCases(
      casesOf(record.public_tests),
      [record.private_tests, record.generated_tests].flatMap((more) => (more ? casesOf(more) : [])),
      where,
    );
    const seconds = time_limit ? time_limit.seconds + time_limit.nanos / 1e9 : 0;
    return taskOf(name, description, groups, seconds, memory_limit_bytes ?? 0);
  });
}

/** The twenty problems of SandboxFusion, whose records name no limits. @throws InputError at the first mistake */
export async function sandboxFusionTasks(folder: string): Promise<Task[]> {
  const records = await readRecords(join(folder, codeContestsFiles.fusion), fusionSchema, "id");
  return records.map(fusionTask);
}

function fusionTask({ record, where }: Located<z.infer<typeof fusionSchema>>): Task {
  const { name } = parsedField(record.labels, labelsSchema, where, "labels");
  const cases = parsedField(record.test, fusionTests, where, "test").map(
    ({ input, output }): Case => ({ input: input.stdin, output: output.stdout }),
  );
  const statement = spaced(record.content).toLowerCase();
  const isExample = ({ input }: Case) => statement.includes(`input ${spaced(input).toLowerCase()} output `);
  const examples = cases.filter(isExample);
  const others = cases.filter((one) => !isExample(one));
  return taskOf(name, record.content, splitCases(examples, others, where), 0, 0);
}

/** A statement's examples stand under "Input" and "Output", with or without a colon, or "Sample" before it. */
function spaced(text: string): string {
  return text
    .replace(/\b(?:sample|example) (?=input\b|output\b)/gi, "")
    .replace(/\b(input|output):/gi, "$1")
    .trim()
    .replace(/\s+/g, " ");
}

function parsedField<T>(json: string, schema: z.ZodType<T>, where: string, field: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new InputError(where, `field "${field}": it is not JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new InputError(where, `field "${[field, ...path].join(".")}": ${message}`);
}

function casesOf({ input, output }: z.infer<typeof pairs>): Case[] {
  return input.map((text, index) => ({ input: text, output: output[index]! }));
}

interface Groups {
  shown: Case[];
  hidden: Case[];
}

/**
 * Public are the examples; where none of them expects any output, which a program that prints nothing would pass, the
 * first of the others that does is public too. Private are the others, without those whose input is public. Where
 * nothing is left, private are the public ones: what is right is then what passes the examples.
 */
function splitCases(examples: Case[], others: Case[], where: string): Groups {
  const proves = ({ output }: Case) => output.trim() !== "";
  const extra = examples.some(proves) ? undefined : others.find(proves);
  const shown = extra ? [...examples, extra] : examples;
  if (!shown.some(proves))
    throw new InputError(where, "no test of the problem expects any output, so that nothing could be judged");
  const known = new Set(shown.map(({ input }) => input));
  const hidden = others.filter(({ input }) => !known.has(input));
  return { shown, hidden: hidden.length > 0 ? hidden : shown };
}

function taskOf(name: string, statement: string, groups: Groups, seconds: number, memoryBytes: number): Task {
  const stdio = (cases: Case[]): StdioTests => ({ style: "stdio", cases, comparison: "tokens" });
  return {
    id: `codecontests/${name}`,
    split: "test",
    style: "stdio",
    statement,
    publicTests: stdio(groups.shown),
    privateTests: stdio(groups.hidden),
    limits: limitsOf(seconds, memoryBytes, [...groups.shown, ...groups.hidden]),
    references: [],
  };
}

/** @param seconds of the problem; 0 where it names none. Output may be twice as long as the longest that is expected. */
function limitsOf(seconds: number, memoryBytes: number, cases: readonly Case[]): Limits {
  const cpuSeconds = pythonTimeFactor * (seconds || usualSeconds);
  const longest = Math.max(...cases.map(({ output }) => Buffer.byteLength(output)));
  return {
    cpuSeconds,
    wallSeconds: 2 * cpuSeconds + 5,
    memoryMb: Math.max(leastMemoryMb, Math.ceil(memoryBytes / 2 ** 20)) + threadStackMb,
    outputKb: Math.max(defaultLimits.outputKb, Math.ceil((2 * longest) / 1024)),
  };
}
