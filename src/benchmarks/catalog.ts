// The benchmarks by name: where each one's tasks come from, and how tasks become problems.
import { didYouMean } from "../core/closest.ts";
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import type { Benchmark } from "./benchmark.ts";
import { codeContestsTasks, sandboxFusionTasks } from "./codecontests.ts";
import { dataFolder } from "./data-folder.ts";
import { humanEvalPlusTasks, humanEvalTasks } from "./humaneval.ts";
import { mbppPlusTasks, mbppTasks, sanitizedTasks, type Variant } from "./mbpp.ts";
import { pocket, testlessPocket } from "./pocket/pocket.ts";
import { problemsFile } from "./problems-file.ts";
import { type PromptOptions, promptOf } from "./prompts.ts";
import type { Task } from "./task.ts";

export interface BenchmarkOptions extends Partial<PromptOptions> {
  /** Folder of the published files; default: see dataFolder. */
  data?: string;
  /** Whose public/private splits; default "paper". */
  variant?: Variant;
}

interface Entry {
  name: string;
  summary: string;
  tasks: (folder: string, variant: Variant) => Promise<Task[]>;
}

/** One line each; a benchmark more is a line more. */
const entries: readonly Entry[] = [
  { name: "mbpp", summary: "MBPP: 374 train, 90 validation, 500 test problems", tasks: mbppTasks },
  { name: "mbpp-sanitized", summary: "MBPP sanitized: 120, 43, 257", tasks: sanitizedTasks },
  {
    name: "mbpp-plus",
    summary: "MBPP+: 378 test problems with EvalPlus's tests as strong ones",
    tasks: mbppPlusTasks,
  },
  {
    name: "humaneval",
    summary: "HumanEval: 164 test problems, split with HumanEvalPack's examples",
    tasks: humanEvalTasks,
  },
  {
    name: "humaneval-plus",
    summary: "HumanEval+: the same with EvalPlus's tests as strong ones",
    tasks: humanEvalPlusTasks,
  },
  {
    name: "codecontests",
    summary: "CodeContests: 165 test problems, programs by stdin and stdout",
    tasks: codeContestsTasks,
  },
  {
    name: "codecontests-fusion",
    summary: "CodeContests: SandboxFusion's 20 problems with 35 to 331 tests each",
    tasks: sandboxFusionTasks,
  },
];

export function benchmarkNames(): { name: string; summary: string }[] {
  return [
    { name: "pocket", summary: "Pocket: a small world of our own, embedded" },
    ...entries.map(({ name, summary }) => ({ name, summary })),
  ];
}

/**
 * The tasks of a benchmark whose records are published, in the order of its file.
 * @throws InputError for an unknown name, a missing file, or the first mistake in one
 */
export async function openTasks(name: string, options: BenchmarkOptions = {}): Promise<Task[]> {
  const entry = entries.find((one) => one.name === name);
  if (!entry)
    throw new InputError(
      `benchmark ${JSON.stringify(name)}`,
      `is not known; expected one of ${entries.map((one) => one.name).join(", ")}${didYouMean(
        name,
        entries.map((one) => one.name),
      )}`,
    );
  return entry.tasks(dataFolder(options.data), options.variant ?? "paper");
}

/**
 * A benchmark by name, or the user's own problems where the name is that of a file (a path or ….jsonl).
 * @throws InputError as openTasks and problemsFile do
 */
export async function openBenchmark(nameOrFile: string, options: BenchmarkOptions = {}): Promise<Benchmark> {
  const { template = "paper", testless = false } = options;
  if (nameOrFile === "pocket") return testless ? testlessPocket : pocket;
  if (!entries.some(({ name }) => name === nameOrFile)) {
    if (/[/\\.]/.test(nameOrFile)) {
      if (testless)
        throw new InputError(
          "testless",
          `the prompts of ${nameOrFile} are as they stand there; leave the tests out of them`,
        );
      return problemsFile(nameOrFile);
    }
    const known = benchmarkNames().map(({ name }) => name);
    throw new InputError(
      `benchmark ${JSON.stringify(nameOrFile)}`,
      `is neither a file (*.jsonl) nor one of ${known.join(", ")}${didYouMean(nameOrFile, known)}`,
    );
  }
  const problems = (await openTasks(nameOrFile, options)).map((task) =>
    problemOf(task, promptOf(nameOrFile, task, { template, testless })),
  );
  return { name: nameOrFile, problems: (split) => problems.filter((problem) => problem.split === split) };
}

function problemOf(task: Task, prompt: string): Problem {
  const { id, split, publicTests, privateTests, strongTests, definitions, limits } = task;
  return {
    id,
    split,
    prompt,
    publicTests,
    privateTests,
    ...(strongTests && { strongTests }),
    ...(definitions !== undefined && { definitions }),
    ...(limits && { limits }),
  };
}
