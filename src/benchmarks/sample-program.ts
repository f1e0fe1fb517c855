// From a sample to the program that is judged: which task it is for, and what of the task's prompt belongs to the program.
import { withDefinitions } from "../core/definitions.ts";
import { InputError } from "../core/errors.ts";
import type { Gradable } from "./gradable.ts";
import type { Sample } from "./samples-file.ts";

/** Names by which other tools know a benchmark's tasks: the part before the slash of "HumanEval/0", "Mbpp/2", "Python/3". */
const families: readonly { of: RegExp; prefix: RegExp }[] = [
  { of: /^mbpp/, prefix: /^mbpp(?:[-_]?(?:plus|sanitized)|\+)?$/i },
  { of: /^humaneval/, prefix: /^(?:human_?eval(?:[-_]?plus|\+)?|python)$/i },
  { of: /^codecontests/, prefix: /^code_?contests$/i },
];

/**
 * Finds tasks by the ids of samples: the whole id, or its part behind the slash where nothing or one of the benchmark's
 * known names stands before it; a problem of CodeContests also by its number ("1575_A").
 */
export function taskFinder<T extends { id: string }>(
  benchmark: string,
  tasks: readonly T[],
): (taskId: string) => T | undefined {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const family = families.find(({ of }) => of.test(benchmark));
  if (!family) return (taskId) => byId.get(taskId);
  const byEnd = new Map<string, T>();
  for (const task of tasks) {
    const end = task.id.slice(task.id.indexOf("/") + 1);
    byEnd.set(end, task);
    const number = /^(\d+_[A-Z]\d*)\. /.exec(end)?.[1];
    if (number !== undefined) byEnd.set(number, task);
  }
  return (taskId) => {
    const slash = taskId.indexOf("/");
    const known = slash >= 0 && family.prefix.test(taskId.slice(0, slash));
    return byId.get(taskId) ?? byEnd.get(known ? taskId.slice(slash + 1) : taskId);
  };
}

/** @throws InputError where the sample is for no task of the benchmark */
export function unknownTask(
  benchmark: string,
  { taskId, where }: Sample,
  tasks: readonly { id: string }[],
): InputError {
  return new InputError(
    where,
    `field "task_id": ${benchmark} has no task ${JSON.stringify(taskId.slice(0, 80))}; its ids look like ${JSON.stringify(toolId(benchmark, tasks[0]?.id ?? ""))} ` +
      "(--ignore-unknown leaves such samples out)",
  );
}

/** A task's id as the tools of its benchmark write it: "Mbpp/2", "HumanEval/0", "1575_A". */
function toolId(benchmark: string, id: string): string {
  const end = id.slice(id.indexOf("/") + 1);
  if (benchmark.startsWith("mbpp")) return `Mbpp/${end}`;
  if (benchmark.startsWith("humaneval")) return `HumanEval/${end}`;
  return benchmark.startsWith("codecontests") ? end.replace(/^(\d+_[A-Z]\d*)\. .*/, "$1") : id;
}

/**
 * The whole program of a sample. A completion follows the prompt where the prompt is code that it can follow, as in
 * HumanEval; elsewhere it is the program. A solution is the program, behind which the prompt's definitions stand where it
 * needs them, as in every run: they are the benchmark's, not the model's.
 */
export function programOf(task: Gradable, { form, text }: Sample): string {
  const { statement = "", entryPoint, definitions } = task;
  const isCode = entryPoint !== undefined && new RegExp(`^def ${entryPoint}\\b`, "m").test(statement);
  return isCode && form === "completion" ? statement + text : withDefinitions(text, definitions);
}
