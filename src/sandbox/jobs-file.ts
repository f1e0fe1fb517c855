// `mucode sandbox run --jobs FILE`: JSON Lines in, one verdict a line out, in order. The file is read and checked
// as a whole before the first program runs; results stream.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Failure, Outcome, Verdict } from "../core/outcome.ts";
import { parseAssert } from "./assert.ts";
import { createSandbox, type SandboxOptions } from "./pool.ts";
import type { Sandbox, SandboxJob } from "./sandbox.ts";

export interface NamedJob {
  id: string | number;
  job: SandboxJob;
}

export interface JobResult {
  id: string | number;
  verdict: Verdict;
  passed: boolean;
  /** How many tests passed, and the first that did not. */
  detail?: string;
}

const positive = z.number().positive();
const limits = z
  .strictObject({ cpu_seconds: positive, wall_seconds: positive, memory_mb: positive, output_kb: positive })
  .partial();
const tests = z.discriminatedUnion("style", [
  z.strictObject({
    style: z.literal("function"),
    setup: z.string().optional(),
    asserts: z.array(z.string()).min(1),
  }),
  z.strictObject({
    style: z.literal("stdio"),
    cases: z.array(z.strictObject({ input: z.string(), output: z.string() })).min(1),
  }),
]);
const row = z.strictObject({
  id: z.union([z.string(), z.number()]),
  language: z.literal("python"),
  program: z.string(),
  tests,
  limits: limits.optional(),
});

/** Reads a jobs file. Throws InputError that names the file and the line. */
export async function readJobsFile(path: string): Promise<NamedJob[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new InputError(
      path,
      `the jobs file can't be read (${(error as NodeJS.ErrnoException).code ?? error})`,
    );
  }
  const jobs: NamedJob[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") jobs.push(readJob(line, `${path}:${index + 1}`));
  }
  return jobs;
}

function readJob(line: string, where: string): NamedJob {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new InputError(where, `not JSON: ${(error as Error).message}`);
  }
  const parsed = row.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(where, `field "${issue.path.join(".")}": ${issue.message}`);
  }
  const { id, program, tests, limits } = parsed.data;
  if (tests.style === "function") for (const text of tests.asserts) parseAssert(text, where);
  const job: SandboxJob = {
    language: "python",
    // Setup follows the program, so that it finds the program's names and its lines keep their numbers.
    program: tests.style === "function" && tests.setup ? `${program}\n${tests.setup}` : program,
    groups: [tests.style === "function" ? { style: "function", asserts: tests.asserts } : tests],
  };
  if (limits) {
    const {
      cpu_seconds: cpuSeconds,
      wall_seconds: wallSeconds,
      memory_mb: memoryMb,
      output_kb: outputKb,
    } = limits;
    const given = Object.entries({ cpuSeconds, wallSeconds, memoryMb, outputKb }).filter(
      ([, value]) => value !== undefined,
    );
    job.limits = Object.fromEntries(given);
  }
  return { id, job };
}

/** Judges a jobs file in a sandbox of its own; `write` gets one line of JSON per job, without the line end. */
export async function runJobsFile(
  path: string,
  write: (line: string) => void,
  options: SandboxOptions = {},
): Promise<void> {
  const jobs = await readJobsFile(path);
  const sandbox = await createSandbox(options);
  try {
    for await (const result of runJobs(sandbox, jobs)) write(JSON.stringify(result));
  } finally {
    await sandbox.close();
  }
}

/** Judges the jobs, at most `ahead` at a time, and gives each result in the order of the jobs. */
export async function* runJobs(
  sandbox: Sandbox,
  jobs: Iterable<NamedJob>,
  ahead = 64,
): AsyncGenerator<JobResult> {
  const running: { id: string | number; outcomes: Promise<Outcome[]> }[] = [];
  const source = jobs[Symbol.iterator]();
  for (;;) {
    while (running.length < ahead) {
      const next = source.next();
      if (next.done) break;
      running.push({ id: next.value.id, outcomes: sandbox.judge(next.value.job) });
    }
    const oldest = running.shift();
    if (!oldest) return;
    yield result(oldest.id, (await oldest.outcomes)[0]!);
  }
}

function result(id: string | number, outcome: Outcome): JobResult {
  const { verdict, passed, total, failure } = outcome;
  if (!failure) return { id, verdict, passed: verdict === "passed" };
  return {
    id,
    verdict,
    passed: false,
    detail: `${passed} of ${total} tests passed; ${failureText(failure)}`,
  };
}

function failureText(failure: Failure): string {
  const where = failure.test < 0 ? "before any test" : `test ${failure.test}`;
  const line = failure.line === undefined ? "" : ` (line ${failure.line})`;
  const what = failure.error ?? `expected ${failure.expected}, got ${failure.actual}`;
  return `${where}${failure.input === undefined ? "" : `, ${failure.input}`}: ${what}${line}`;
}
