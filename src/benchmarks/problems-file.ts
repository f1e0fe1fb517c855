// Your own problems: JSON Lines, one problem a line, in the schema of docs/reference/problems.md. Every mistake
// is one line with file, line and field; nothing is skipped silently.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { largestLimits, type Problem, type Tests } from "../core/problem.ts";
import type { Benchmark } from "./benchmark.ts";
import { decodeText, parseRecords } from "./records.ts";

const asserts = z.array(z.string().min(1)).min(1);
const cases = z.array(z.strictObject({ input: z.string(), output: z.string() })).min(1);
const tests = z.union([asserts, cases], {
  error: 'expected a list of asserts ("assert f(1) == 2") or of {"input", "output"} cases, at least one',
});

/** One program can't be both: asserts call its functions, cases run it as a script. */
const styleText = (rows: z.infer<typeof tests>) =>
  typeof rows[0] === "string" ? "asserts" : "input and output";

const problemSchema = z.strictObject({
  id: z.string().min(1),
  split: z.enum(["train", "validation", "test"]),
  prompt: z.string().min(1),
  tests: z
    .strictObject({ public: tests, private: tests, strong: tests.optional() })
    .superRefine((groups, context) => {
      const first = styleText(groups.public);
      for (const name of ["private", "strong"] as const) {
        const other = groups[name];
        if (other && styleText(other) !== first)
          context.addIssue({
            code: "custom",
            path: [name],
            message: `${styleText(other)} here and ${first} in tests.public; a problem's tests are all of one kind`,
          });
      }
    }),
  limits: z
    .strictObject({
      cpuSeconds: z.number().positive().max(largestLimits.cpuSeconds).optional(),
      wallSeconds: z.number().positive().max(largestLimits.wallSeconds).optional(),
      memoryMb: z.int().min(16).max(largestLimits.memoryMb).optional(),
      outputKb: z.int().min(1).max(largestLimits.outputKb).optional(),
    })
    .optional(),
});

type Row = z.infer<typeof problemSchema>;

/** @throws InputError at the first mistake */
export function problemsFile(file: string): Benchmark {
  const located = parseLocated(readText(file), file);
  const problems = located.map(({ record }) => asProblem(record));
  const places = new Map(located.map(({ record, where }) => [record.id, where]));
  return {
    name: file,
    problems: (split) => problems.filter((problem) => problem.split === split),
    place: (id) => places.get(id),
  };
}

function readText(file: string): string {
  try {
    return decodeText(readFileSync(file), file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(file, code === "ENOENT" ? "is not there" : `can't be read (${code})`);
  }
}

/** @throws InputError at the first mistake */
export function parseProblems(text: string, file: string): Problem[] {
  return parseLocated(text, file).map(({ record }) => asProblem(record));
}

const parseLocated = (text: string, file: string) => parseRecords(text, file, problemSchema, "id");

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
