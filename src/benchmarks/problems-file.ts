// Your own problems: JSON Lines, one problem a line, in the schema of docs/reference/problems.md. Every mistake
// is one line with file, line and field; nothing is skipped silently.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Problem, Tests } from "../core/problem.ts";
import type { Benchmark } from "./benchmark.ts";

const asserts = z.array(z.string().min(1)).min(1);
const cases = z.array(z.strictObject({ input: z.string(), output: z.string() })).min(1);
const tests = z.union([asserts, cases], {
  error: 'expected a list of asserts ("assert f(1) == 2") or of {"input", "output"} cases, at least one',
});

const problemSchema = z.strictObject({
  id: z.string().min(1),
  split: z.enum(["train", "validation", "test"]),
  prompt: z.string().min(1),
  tests: z.strictObject({ public: tests, private: tests, strong: tests.optional() }),
  limits: z
    .strictObject({
      cpuSeconds: z.number().positive().optional(),
      wallSeconds: z.number().positive().optional(),
      memoryMb: z.int().min(16).optional(),
      outputKb: z.int().min(1).optional(),
    })
    .optional(),
});

type Row = z.infer<typeof problemSchema>;

/** @throws InputError at the first mistake */
export function problemsFile(file: string): Benchmark {
  const problems = parseProblems(readText(file), file);
  return { name: file, problems: (split) => problems.filter((problem) => problem.split === split) };
}

function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      file,
      code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is not UTF-8 text" : `can't be read (${code})`,
    );
  }
}

export function parseProblems(text: string, file: string): Problem[] {
  const seen = new Map<string, number>();
  const problems = text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const where = `${file}:${index + 1}`;
    const row = parseRow(line, where);
    const earlier = seen.get(row.id);
    if (earlier !== undefined)
      throw new InputError(
        where,
        `field "id": ${JSON.stringify(row.id)} stands in line ${earlier} too; ids must be unique`,
      );
    seen.set(row.id, index + 1);
    return [asProblem(row)];
  });
  if (problems.length === 0) throw new InputError(file, "holds no problem; expected one JSON object a line");
  return problems;
}

function parseRow(line: string, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError(where, `is not JSON: ${(error as Error).message}`);
  }
  const parsed = problemSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const field = [...issue.path, issue.keys[0]].join(".");
    throw new InputError(where, `unknown field "${field}" (see docs/reference/problems.md)`);
  }
  const field = issue.path.join(".");
  throw new InputError(where, field === "" ? "must be a JSON object" : `field "${field}": ${issue.message}`);
}

function asProblem({ id, split, prompt, tests, limits }: Row): Problem {
  const problem: Problem = {
    id,
    split,
    prompt,
    publicTests: asTests(tests.public),
    privateTests: asTests(tests.private),
  };
  if (tests.strong) problem.strongTests = asTests(tests.strong);
  if (limits)
    problem.limits = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  return problem;
}

function asTests(rows: z.infer<typeof tests>): Tests {
  return typeof rows[0] === "string"
    ? { style: "function", asserts: rows as string[] }
    : { style: "stdio", cases: rows as { input: string; output: string }[] };
}
