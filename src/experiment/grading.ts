// Grading a file of samples, resumable: each grade goes into a journal beside the output as it is made, so that a killed
// grading goes on where it was. The journal names a grade by what was judged, so a changed sample is graded anew.
import { rm } from "node:fs/promises";
import type { Gradable } from "../benchmarks/gradable.ts";
import { programOf, taskFinder, unknownTask } from "../benchmarks/sample-program.ts";
import type { Sample } from "../benchmarks/samples-file.ts";
import { InputError } from "../core/errors.ts";
import { defaultLimits, type Limits, largestLimits } from "../core/problem.ts";
import { type Grade, gradeProgram } from "../evaluation/grade.ts";
import { meanPassAtK } from "../evaluation/pass-at-k.ts";
import type { Sandbox } from "../sandbox/index.ts";
import { canonicalJson, sha256, writeAtomically } from "./files.ts";
import { Journal, readRecords } from "./journal.ts";
import { packageVersion } from "./package.ts";
import { type Progress, silent } from "./progress.ts";

export interface GradedSample extends Grade {
  /** As in the samples file. */
  task_id: string;
  /** 0-based among the samples of its task. */
  sample: number;
}

/** Where another grader's verdicts came with the samples: how many are the same here, and which are not. */
export interface Agreement {
  against: "base_status" | "plus_status";
  agree: number;
  total: number;
  differ: { task_id: string; sample: number; theirs: boolean; ours: boolean }[];
}

export interface Grades {
  benchmark: string;
  /** Tasks with a sample, and those of the benchmark without one. */
  tasks: number;
  tasksWithoutSample: number;
  samples: number;
  /** Samples of tasks that the benchmark lacks, where these are to be ignored. */
  ignored: number;
  /** Programs about which nothing could be said, by a failure of the sandbox or of a test; they count as not passed. */
  faults: number;
  /** pass@k over the tasks with a sample, by k; only those k for which each of them has enough. */
  passAt: Record<string, number>;
  agreement?: Agreement[];
  results: GradedSample[];
}

export interface GradingOptions {
  benchmark: string;
  tasks: readonly Gradable[];
  samples: readonly Sample[];
  /** Of tasks that name none of their own. */
  limits: Partial<Limits>;
  /** Over those of the tasks. */
  overridden?: Partial<Limits>;
  /** The k of pass@k. */
  k: readonly number[];
  ignoreUnknown?: boolean;
  /** Where the result is written; the journal is beside it. Without it nothing is written and nothing can be resumed. */
  output?: string;
  progress?: Progress;
}

/** Programs in work at a time: enough to keep the workers busy, few enough to lose little when killed. */
const inWork = 64;

/** A program of a task, and the samples that hold it: equal ones are judged once. */
interface Entry {
  key: string;
  task: Gradable;
  program: string;
  count: number;
}

interface JournalRecord {
  key: string;
  grade: Grade;
}

/**
 * Grades all samples, each in a process of its own in the sandbox, and writes the result where `output` says.
 * @throws InputError where a sample is for no task, before anything is judged
 */
export async function gradeSamples(options: GradingOptions, sandbox: Sandbox): Promise<Grades> {
  const { output, progress = silent } = options;
  const placed = placeSamples(options);
  const entries = new Map<string, Entry>();
  for (const { key, task, program } of placed.samples) {
    const entry = entries.get(key);
    if (entry) entry.count++;
    else entries.set(key, { key, task, program, count: 1 });
  }
  const { grades, journal } = await openJournal(output);
  try {
    const todo = [...entries.values()].filter(({ key }) => !grades.has(key));
    const left = todo.reduce((sum, { count }) => sum + count, 0);
    const total = placed.samples.length;
    const phase = progress.phase(`grade ${options.benchmark}`, total, "samples", total - left);
    await forEach(todo, async ({ key, task, program, count }) => {
      const grade = await gradeProgram(task, program, sandbox);
      grades.set(key, grade);
      // A fault is not the program's: the next start tries again.
      if (grade.verdict !== "fault") await journal?.append(key, { key, grade });
      phase.advance(count);
    });
    phase.end();
  } finally {
    await journal?.close();
  }
  const result = summary(options, placed, grades);
  if (journal && output !== undefined) {
    await writeAtomically(output, `${JSON.stringify(result, null, 1)}\n`);
    await rm(journal.file, { force: true });
  }
  return result;
}

async function openJournal(output: string | undefined) {
  const grades = new Map<string, Grade>();
  if (output === undefined) return { grades };
  const file = `${output}.journal`;
  const journal = await Journal.open<JournalRecord>(file, keyOf).catch((error: NodeJS.ErrnoException) => {
    throw error.code === undefined ? error : new InputError(file, `can't be written (${error.code})`);
  });
  for await (const { key, grade } of readRecords<JournalRecord>(file)) grades.set(key, grade);
  return { grades, journal };
}

function keyOf({ key, grade }: JournalRecord): string {
  if (typeof key !== "string" || typeof grade?.passed !== "boolean") throw new Error("not a grade");
  return key;
}

interface Placed {
  samples: { key: string; task: Gradable; program: string; sample: number; given: Sample }[];
  ignored: number;
}

/** Each sample with its task and program; the key is a digest of all that a grade depends on. */
function placeSamples(options: GradingOptions): Placed {
  const { benchmark, tasks, samples, limits, overridden, ignoreUnknown } = options;
  const find = taskFinder(benchmark, tasks);
  const numbers = new Map<string, number>();
  const digests = new Map<string, string>();
  const placed: Placed = { samples: [], ignored: 0 };
  for (const given of samples) {
    const found = find(given.taskId);
    if (!found) {
      if (!ignoreUnknown) throw unknownTask(benchmark, given, tasks);
      placed.ignored++;
      continue;
    }
    const { publicTests, privateTests, strongTests, base } = found;
    const task: Gradable = { ...found, limits: patient({ ...limits, ...found.limits, ...overridden }) };
    const digest =
      digests.get(task.id) ??
      sha256(
        canonicalJson([
          packageVersion,
          publicTests,
          privateTests,
          strongTests ?? null,
          base ?? null,
          task.limits,
        ]),
      );
    digests.set(task.id, digest);
    const program = programOf(task, given);
    const sample = numbers.get(task.id) ?? 0;
    numbers.set(task.id, sample + 1);
    placed.samples.push({ key: sha256(`${digest}\n${program}`), task, program, sample, given });
  }
  if (placed.samples.length === 0)
    throw new InputError("--ignore-unknown", `leaves nothing: no sample is for a task of ${benchmark}`);
  return placed;
}

/**
 * A grade must not depend on how busy the machine is, and wall time does. CPU time decides; what wall time is left to end is a
 * program that sleeps, so it may be long.
 */
function patient(limits: Partial<Limits>): Partial<Limits> {
  const { cpuSeconds, wallSeconds } = { ...defaultLimits, ...limits };
  const patience = Math.min(wallFactor * cpuSeconds, largestLimits.wallSeconds);
  return { ...limits, wallSeconds: Math.max(wallSeconds, patience) };
}

const wallFactor = 20;

/** Does the work for each item, so many at a time, and no more once one has failed. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: inWork }, worker));
}

function summary(options: GradingOptions, placed: Placed, grades: ReadonlyMap<string, Grade>): Grades {
  const counts = new Map<string, { n: number; c: number }>();
  const results = placed.samples.map(({ key, task, sample, given }): GradedSample => {
    const grade = grades.get(key)!;
    const count = counts.get(task.id) ?? { n: 0, c: 0 };
    counts.set(task.id, { n: count.n + 1, c: count.c + Number(grade.passed) });
    return { task_id: given.taskId, sample, ...grade };
  });
  const tasks = [...counts].map(([problem, count]) => ({ problem, ...count }));
  const passes = options.k.flatMap((k) => {
    // Not told where a task has fewer samples.
    const estimate = tasks.some(({ n }) => n < k) ? null : meanPassAtK(tasks, k);
    return estimate === null ? [] : [[k, estimate.mean] as const];
  });
  const published = placed.samples.map(({ given }) => given.published);
  const agreement = [
    agreementOn(
      "base_status",
      results,
      published.map((one) => one?.base),
      (one) => one.base,
    ),
    agreementOn(
      "plus_status",
      results,
      published.map((one) => one?.plus),
      (one) => one.strong,
    ),
  ].flatMap((one) => (one ? [one] : []));
  return {
    benchmark: options.benchmark,
    tasks: counts.size,
    tasksWithoutSample: options.tasks.length - counts.size,
    samples: results.length,
    ignored: placed.ignored,
    faults: results.filter(({ verdict }) => verdict === "fault").length,
    passAt: Object.fromEntries(passes),
    ...(agreement.length > 0 && { agreement }),
    results,
  };
}

function agreementOn(
  against: Agreement["against"],
  results: readonly GradedSample[],
  theirs: readonly (boolean | undefined)[],
  ours: (result: GradedSample) => boolean | undefined,
): Agreement | undefined {
  const pairs = results.flatMap((result, index) => {
    const [their, our] = [theirs[index], ours(result)];
    return their === undefined || our === undefined ? [] : [{ result, their, our }];
  });
  if (pairs.length === 0) return undefined;
  const differ = pairs
    .filter(({ their, our }) => their !== our)
    .map(({ result: { task_id, sample }, their, our }) => ({ task_id, sample, theirs: their, ours: our }));
  return { against, agree: pairs.length - differ.length, total: pairs.length, differ };
}
