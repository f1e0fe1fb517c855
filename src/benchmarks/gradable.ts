// The tasks of a benchmark as its publishers grade them, which is not always how the paper splits them for learning.
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import { type BenchmarkOptions, benchmarkNames, openBenchmark, openTasks } from "./catalog.ts";
import { dataFolder } from "./data-folder.ts";
import { type HumanEvalRecord, humanEvalFiles, officialTests, readHumanEval } from "./humaneval.ts";
import type { Task } from "./task.ts";

/** What grading needs to know of a task. A `Problem` of the user's own is one too. */
export type Gradable = Pick<Problem, "id" | "publicTests" | "privateTests" | "strongTests" | "limits"> &
  Partial<Pick<Task, "statement" | "entryPoint" | "definitions">> & {
    /** The groups that decide where there are no strong tests; default: public and private. */
    base?: readonly ("public" | "private")[];
  };

/**
 * All tasks, whatever their split. Pocket's problems and those of a user's file are tasks without a statement.
 * @throws InputError as openTasks and openBenchmark do
 */
export async function openGradables(
  benchmark: string,
  options: BenchmarkOptions = {},
): Promise<readonly Gradable[]> {
  if (benchmark === "pocket" || !benchmarkNames().some(({ name }) => name === benchmark)) {
    const { problems } = await openBenchmark(benchmark, options);
    return (["train", "validation", "test"] as const).flatMap((split) => [...problems(split)]);
  }
  const tasks = await openTasks(benchmark, options);
  if (!benchmark.startsWith("humaneval")) return tasks;
  const records = await readHumanEval(dataFolder(options.data));
  const suites = new Map(records.map(({ record }) => [record.task_id, record]));
  return tasks.map((task) => {
    const record = suites.get(task.id);
    if (!record) throw new InputError(humanEvalFiles.humaneval, `has no record "${task.id}"`);
    return bySuite(task, record, benchmark === "humaneval");
  });
}

/**
 * HumanEval's task as its publishers grade it: private is the suite of their own file and decides alone. HumanEvalPack, of
 * which the paper's split is made, has other suites for two problems and the docstring's examples beside them; some
 * programs pass the one and fail the other. The examples are all public here, and told without deciding.
 */
export function bySuite(task: Task, record: HumanEvalRecord, ownPrompt: boolean): Gradable {
  const { publicTests, privateTests } = task;
  const examples = [publicTests, privateTests].flatMap((tests) =>
    tests.style === "function" ? tests.asserts : [],
  );
  return {
    ...task,
    ...(ownPrompt && { statement: record.prompt }),
    publicTests: { style: "function", asserts: examples, entryPoint: record.entry_point },
    privateTests: officialTests(record),
    base: ["private"],
  };
}
