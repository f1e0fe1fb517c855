// Programs made elsewhere, in the forms that graders of this field take: JSON Lines of human-eval ("task_id" with
// "completion") and of evalplus ("task_id" with "solution"), plain or gzip, and evalplus's results, which also hold the
// verdicts that it gave. Every mistake is one line with file, line and field.
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { lineElements } from "./record-text.ts";
import { readText, recordText } from "./records.ts";

export interface Sample {
  /** As it stands in the file. */
  taskId: string;
  /** "completion": what follows the task's prompt; "solution": a whole program. */
  form: "completion" | "solution";
  text: string;
  /** Whether another grader passed it: by the benchmark's own tests, and by EvalPlus's. */
  published?: { base?: boolean; plus?: boolean };
  /** Where it stands, for messages: `samples.jsonl:12`. */
  where: string;
}

const taskId = z.union([recordText.min(1, { error: "it is empty" }), z.int()], {
  error: 'expected the id of a task, such as "HumanEval/0"',
});
const sampleSchema = z.object({
  task_id: taskId,
  completion: recordText.nullish(),
  solution: recordText.nullish(),
});
const statusSchema = z.union([z.string(), z.null()]).optional();
const resultSchema = z.object({ solution: recordText, base_status: statusSchema, plus_status: statusSchema });
const resultListSchema = z.array(resultSchema, { error: "expected a list of results" });

/**
 * The samples in the file's order; a task may have any number of them.
 * @throws InputError at the first mistake, and where there is no sample
 */
export async function readSamples(file: string): Promise<Sample[]> {
  const text = await readText(file);
  const results = resultsOf(text, file);
  const samples = results ?? [...lineElements(text, file)].map(({ json, where }) => sampleOf(json, where));
  if (samples.length === 0) throw new InputError(`${file}:1`, "the file holds no sample");
  return samples;
}

function sampleOf(json: string, where: string): Sample {
  const { task_id, completion, solution } = checked(parsed(json, where), sampleSchema, where);
  // Null is a field that is not there; the whole program is what was judged by the tool that wrote both.
  const text = solution ?? completion;
  if (text === undefined || text === null)
    throw new InputError(
      where,
      'there is neither a field "solution" with the whole program nor "completion" with what follows the prompt',
    );
  return { taskId: String(task_id), form: text === solution ? "solution" : "completion", text, where };
}

/** The samples of evalplus's results, one JSON object with a field "eval"; undefined for JSON Lines. */
function resultsOf(text: string, file: string): Sample[] | undefined {
  // A sample is short and whole in its line; results are one object, in one line or in many.
  const first = text.slice(0, text.indexOf("\n") + 1 || text.length);
  if (!/^\s*\{(?!\s*"(?:task_id|completion|solution)")/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (file.includes(".jsonl") || isObject(first)) return undefined;
    throw new InputError(file, `is neither JSON Lines nor one JSON object: ${(error as Error).message}`);
  }
  // A single sample may have a field of that name beside its own.
  const { eval: results, task_id: sample } = value as { eval?: unknown; task_id?: unknown };
  if (results === undefined || sample !== undefined) return undefined;
  if (typeof results !== "object" || results === null || Array.isArray(results))
    throw new InputError(file, 'field "eval": expected an object with a list of results for each task');
  // Task by task: a schema of the whole would leave out a task whose id is a name of the language, "__proto__".
  return Object.entries(results).flatMap(([id, list]) =>
    checkedField(list, resultListSchema, file, ["eval", id]).map(
      ({ solution, base_status, plus_status }, index): Sample => {
        const published: NonNullable<Sample["published"]> = {};
        if (typeof base_status === "string") published.base = base_status === "pass";
        if (typeof plus_status === "string") published.plus = plus_status === "pass";
        return {
          taskId: id,
          form: "solution",
          text: solution,
          published,
          where: `${file}: eval.${id}.${index}`,
        };
      },
    ),
  );
}

function isObject(json: string): boolean {
  try {
    return typeof JSON.parse(json) === "object";
  } catch {
    return false;
  }
}

function parsed(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const message = (error as Error).message.replace(/[\p{Cc}\u2028\u2029]/gu, "�");
    throw new InputError(where, `is not JSON: ${message.slice(0, 200)}`);
  }
}

function checked<T>(value: unknown, schema: z.ZodType<T>, where: string): T {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError(where, "must be a JSON object");
  return checkedField(value, schema, where, []);
}

/** @param under where in the record the value stands */
function checkedField<T>(value: unknown, schema: z.ZodType<T>, where: string, under: readonly string[]): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const missing = path.length === 1 && !Object.hasOwn(value as object, path[0]!);
  throw new InputError(
    where,
    `field "${[...under, ...path].join(".")}": ${missing ? "it is missing" : message}`,
  );
}
