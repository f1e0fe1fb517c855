// The verifier's favourites on training problems that nobody solved: all of them are wrong, and μCode imitates them all
// the same (reviewer QsKU). Are they at least less wrong than the other answers?
import { join } from "node:path";
import type { Rollout } from "../../core/rollout.ts";
import type { ClusteredValue } from "../../evaluation/estimates.ts";
import { fractionPassed } from "../../learning/experts.ts";
import type { ScoredAnswer } from "../../learning/recipe.ts";
import { readRecords } from "../journal.ts";
import type { ScoreRow } from "../phases/history.ts";
import type { MeasuredSystem } from "./measured-system.ts";
import type { Reading } from "./reading.ts";

/** A distinct answer with the fraction of its public and private tests that it passes. */
export interface TestedAnswer extends Pick<ScoredAnswer, "completion" | "score" | "publicPassed"> {
  passed: number;
}

/** The distinct answers to each training problem without a right one, by problem. */
async function unsolvedAnswers({ system, history }: MeasuredSystem): Promise<Map<string, TestedAnswer[]>> {
  const unsolved = new Map<string, TestedAnswer[]>();
  if (!system.made) return unsolved;
  const fractions = new Map<string, Map<string, number>>();
  for (const { rollouts } of history)
    for await (const rollout of readRecords<Rollout>(join(rollouts.folder, "rollouts.jsonl"))) {
      const known = fractions.get(rollout.problem) ?? new Map<string, number>();
      fractions.set(rollout.problem, known);
      for (const turn of rollout.turns) known.set(turn.completion, fractionPassed(turn));
    }
  for await (const { problem, answers } of readRecords<ScoreRow>(
    join(system.made.scores.folder, "scores.jsonl"),
  )) {
    if (answers.length === 0 || answers.some(({ correct }) => correct)) continue;
    const known = fractions.get(problem);
    unsolved.set(
      problem,
      answers.map(({ completion, score, publicPassed }) => ({
        completion,
        score,
        publicPassed,
        passed: known?.get(completion) ?? 0,
      })),
    );
  }
  return unsolved;
}

/** Highest score, the earliest of equals: the target of Eq. 4 where nothing is right. */
export function favouriteOf(answers: readonly TestedAnswer[]): TestedAnswer {
  return answers.reduce((best, answer) => (answer.score > best.score ? answer : best));
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** One number of each unsolved problem's answers. */
function ofUnsolved(label: string, read: (answers: readonly TestedAnswer[]) => number): Reading {
  return {
    label,
    unit: "percent",
    async values(system) {
      const unsolved = await unsolvedAnswers(system);
      return [...unsolved].map(([cluster, answers]): ClusteredValue => ({ cluster, value: read(answers) }));
    },
  };
}

/** Share of training problems without a right answer. */
export const unsolvedProblems: Reading = {
  label: "problems unsolved",
  unit: "percent",
  async values(system) {
    if (!system.system.made) return [];
    const unsolved = await unsolvedAnswers(system);
    return system.run.problems.train.map(({ id }) => ({ cluster: id, value: unsolved.has(id) ? 1 : 0 }));
  },
};

const asNumber = (holds: boolean) => (holds ? 1 : 0);

export const favouritePassesPublic = ofUnsolved("favourite passes public tests", (answers) =>
  asNumber(favouriteOf(answers).publicPassed),
);
export const answerPassesPublic = ofUnsolved("an answer passes public tests", (answers) =>
  meanOf(answers.map(({ publicPassed }) => asNumber(publicPassed))),
);
export const favouriteTestsPassed = ofUnsolved(
  "tests that the favourite passes",
  (answers) => favouriteOf(answers).passed,
);
export const answerTestsPassed = ofUnsolved("tests that an answer passes", (answers) =>
  meanOf(answers.map(({ passed }) => passed)),
);
export const bestTestsPassed = ofUnsolved("tests that the best answer passes", (answers) =>
  Math.max(...answers.map(({ passed }) => passed)),
);
