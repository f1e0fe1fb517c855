// Reading D, all rollouts so far, problem by problem: every `rollouts.jsonl` stands in the order of the training
// problems, so that reading them side by side never holds more than one problem in memory.
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Problem } from "../../core/problem.ts";
import type { Rollout } from "../../core/rollout.ts";
import { distinctAnswers } from "../../learning/candidates.ts";
import type { ScoredAnswer } from "../../learning/recipe.ts";
import type { Round } from "../../learning/relabel.ts";
import { readRecords } from "../journal.ts";
import type { Phase } from "../phase-store.ts";
import type { RunContext } from "../run-context.ts";

export interface ProblemHistory {
  problem: Problem;
  /** All rollouts of the problem, iteration by iteration. */
  rollouts: Rollout[];
}

/** One line of `scores.jsonl`: D(x) of one problem with the newest verifier's scores. */
export interface ScoreRow {
  problem: string;
  answers: ScoredAnswer[];
}

export async function* eachProblem(
  run: RunContext,
  history: readonly Phase[],
): AsyncGenerator<ProblemHistory> {
  const files = history.map((phase) => sideBySide<Rollout>(join(phase.folder, "rollouts.jsonl")));
  for (const problem of run.problems.train) {
    const rollouts: Rollout[] = [];
    for (const file of files) rollouts.push(...(await file.of(problem.id)));
    yield { problem, rollouts };
  }
}

/** The same with D(x) and its scores; without a verifier's scores they are 0. */
export async function* eachScoredProblem(
  run: RunContext,
  history: readonly Phase[],
  scores: Phase | null,
): AsyncGenerator<ProblemHistory & { answers: ScoredAnswer[] }> {
  if (scores === null) {
    for await (const { problem, rollouts } of eachProblem(run, history))
      yield {
        problem,
        rollouts,
        answers: distinctAnswers(rollouts).map((answer) => ({ ...answer, score: 0 })),
      };
    return;
  }
  const file = join(scores.folder, "scores.jsonl");
  const rows = sideBySide<ScoreRow>(file);
  for await (const { problem, rollouts } of eachProblem(run, history)) {
    const [row] = await rows.of(problem.id);
    if (!row) throw new InputError(file, `has no scores of ${problem.id}; delete its folder to make it anew`);
    const scoreOf = new Map(row.answers.map(({ completion, score }) => [completion, score]));
    const answers = distinctAnswers(rollouts).map((answer) => {
      const score = scoreOf.get(answer.completion);
      if (score === undefined)
        throw new InputError(
          file,
          `lacks a score of an answer to ${problem.id}; delete its folder to make it anew`,
        );
      return { ...answer, score };
    });
    yield { problem, rollouts, answers };
  }
}

/** Some iterations' rollouts, and the scores that they are relabelled with. */
export interface ScoredHistory {
  history: readonly Phase[];
  /** Of a verifier that was trained on these rollouts, and perhaps on earlier ones. */
  scores: Phase | null;
}

/** Several such at once, each a round of its own. */
export async function* eachProblemInRounds(
  run: RunContext,
  parts: readonly ScoredHistory[],
): AsyncGenerator<{ problem: Problem; rounds: Round[] }> {
  const readers = parts.map(({ history, scores }) => eachScoredProblem(run, history, scores));
  try {
    for (const problem of run.problems.train) {
      const rounds: Round[] = [];
      // A reader gives the training problems in their order, as they are walked through here.
      for (const reader of readers) rounds.push((await reader.next()).value!);
      yield { problem, rounds };
    }
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
}

/** Takes the records of one problem after the other from a file that is in the order of the problems. */
function sideBySide<T extends { problem: string }>(file: string) {
  const records = readRecords<T>(file);
  let next: IteratorResult<T> | undefined;
  return {
    async of(problem: string): Promise<T[]> {
      const taken: T[] = [];
      next ??= await records.next();
      while (!next.done && next.value.problem === problem) {
        taken.push(next.value);
        next = await records.next();
      }
      return taken;
    },
  };
}
