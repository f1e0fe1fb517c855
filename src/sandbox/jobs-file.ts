// `mucode sandbox run --jobs FILE`: JSON Lines in, one verdict a line out, in order. The file is read and checked
// as a whole before the first program runs; results stream.
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Failure, Outcome, Verdict } from "../core/outcome.ts";
import { type FunctionTests, largestLimits, type Tests } from "../core/problem.ts";
import { spelledIn } from "./field-names.ts";
import type { Isolation } from "./isolation.ts";
import { checkTests } from "./judge-code.ts";
import { createSandbox, type SandboxOptions } from "./local-sandbox.ts";
import { refuseInPortable } from "./portable-limits.ts";
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

const limit = (name: keyof typeof largestLimits) => z.number().positive().max(largestLimits[name]);
const limits = z
  .strictObject({
    cpu_seconds: limit("cpuSeconds"),
    wall_seconds: limit("wallSeconds"),
    memory_mb: limit("memoryMb"),
    output_kb: limit("outputKb"),
  })
  .partial();
const tests = z.discriminatedUnion("style", [
  z.strictObject({
    style: z.literal("function"),
    setup: z.string().optional(),
    asserts: z.array(z.string()).default([]),
    code: z.string().optional(),
    entry_point: z.string().optional(),
  }),
  z.strictObject({
    style: z.literal("stdio"),
    cases: z.array(z.strictObject({ input: z.string(), output: z.string() })).min(1),
    comparison: z.enum(["text", "lines", "tokens"]).exactOptional(),
  }),
]);
const row = z.strictObject({
  id: z.union([z.string(), z.number()]),
  language: z.enum(["python", "javascript", "typescript"]),
  program: z.string(),
  tests,
  limits: limits.optional(),
  packages: z.array(z.literal("numpy")).optional(),
  stop_at_failure: z.boolean().optional(),
});

/**
 * Reads a jobs file, or the standard input where the path is "-". Throws InputError that names the file and the line, also
 * for a job that the tier can't judge.
 */
export async function readJobsFile(path: string, isolation: Isolation = "strict"): Promise<NamedJob[]> {
  const name = path === "-" ? "stdin" : path;
  let text: string;
  try {
    text = path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
  } catch (error) {
    throw new InputError(
      name,
      `the jobs file can't be read (${(error as NodeJS.ErrnoException).code ?? error})`,
    );
  }
  const jobs: NamedJob[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const where = `${name}:${index + 1}`;
    const job = readJob(line, where);
    if (isolation === "portable") refuseInPortable(job.job, where);
    jobs.push(job);
  }
  return jobs;
}

/** One line of a jobs file. Throws InputError that begins with `where`. */
export function readJob(line: string, where: string): NamedJob {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new InputError(where, `not JSON: ${(error as Error).message}`);
  }
  const parsed = row.safeParse(spelledIn("snake", json, where));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(where, `field "${issue.path.join(".")}": ${issue.message}`);
  }
  const { id, language, program, tests, limits, packages, stop_at_failure: stopAtFailure } = parsed.data;
  const group = testsOf(tests);
  checkTests(language, group, where);
  const job: SandboxJob = { language, program, groups: [group] };
  if (packages) job.packages = packages;
  if (stopAtFailure !== undefined) job.stopAtFailure = stopAtFailure;
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

function testsOf(given: z.infer<typeof tests>): Tests {
  if (given.style === "stdio") return given;
  const group: FunctionTests = { style: "function", asserts: given.asserts };
  if (given.setup !== undefined) group.setup = given.setup;
  if (given.code !== undefined) group.code = given.code;
  if (given.entry_point !== undefined) group.entryPoint = given.entry_point;
  return group;
}

/** Judges a jobs file in a sandbox of its own; `write` gets one line of JSON per job, without the line end. */
export async function runJobsFile(
  path: string,
  write: (line: string) => void,
  options: SandboxOptions = {},
): Promise<void> {
  const jobs = await readJobsFile(path, options.isolation);
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
    yield jobResult(oldest.id, (await oldest.outcomes)[0]!);
  }
}

/** One line of the answer. */
export function jobResult(id: string | number, outcome: Outcome): JobResult {
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
