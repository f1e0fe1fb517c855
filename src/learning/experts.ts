// Who is imitated. Each expert is a pure function from a state to the answer to write there, or null.
import { drawIndex } from "../core/seed.ts";
import type { ScoredAnswer, ScoredRollout, StateContext } from "./recipe.ts";

/** Eq. 4's weights of the oracle reward and of the learned score: 1.0 and 0.1 in the paper. */
export interface ExpertWeights {
  oracle: number;
  learned: number;
}

/** y* = argmax over D(x) of β_O · R(x, y) + β_L · R_φ(x, y) (Eq. 4). Ties go to the earliest answer. */
export function localSearchExpert(answers: readonly ScoredAnswer[], weights: ExpertWeights): ScoredAnswer {
  const value = (answer: ScoredAnswer) =>
    weights.oracle * (answer.correct ? 1 : 0) + weights.learned * answer.score;
  return answers.reduce((best, answer) => (value(answer) > value(best) ? answer : best));
}

/** Share of a turn's public and private tests that its program passes. */
export function fractionPassed(turn: Pick<ScoredRollout["turns"][number], "public" | "private">): number {
  const total = turn.public.total + turn.private.total;
  return total === 0 ? 0 : (turn.public.passed + turn.private.passed) / total;
}

/**
 * Eq. 4 with that share in the place of R_φ: a right answer where there is one, else the answer that passes most tests. Ties
 * go to the earliest.
 */
export function mostTestsExpert({ rollouts, answers }: StateContext): ScoredAnswer {
  const share = new Map<string, number>();
  for (const { turns } of rollouts)
    for (const turn of turns) share.set(turn.completion, fractionPassed(turn));
  const dense = answers.map((answer) => ({ ...answer, score: share.get(answer.completion)! }));
  return localSearchExpert(dense, { oracle: 1, learned: 0.1 });
}

/** Some answer to the problem is right. */
export function isSolved({ answers }: Pick<StateContext, "answers">): boolean {
  return answers.some(({ correct }) => correct);
}

/** The answer that was given in this state. */
export function ownAnswer({ rollout, turn }: StateContext): string {
  return rollout.turns[turn]!.completion;
}

/** Its last answer passes all tests. */
export function endedRight(rollout: ScoredRollout): boolean {
  return rollout.turns.at(-1)!.correct;
}

export function finalAnswer(rollout: ScoredRollout): string {
  return rollout.turns.at(-1)!.completion;
}

/** A right answer to the problem, drawn uniformly among the distinct ones; null where none is known. */
export function anyRightAnswer({ answers, random }: StateContext): string | null {
  const right = answers.filter((answer) => answer.correct);
  return right.length === 0 ? null : right[drawIndex(random, right.length)]!.completion;
}

/** The rollouts whose final answers score highest, best first. Ties go to the earliest rollout. */
export function highestScored(rollouts: readonly ScoredRollout[], limit: number): ScoredRollout[] {
  return [...rollouts].sort((a, b) => b.score - a.score).slice(0, limit);
}

/**
 * What the official script writes in a state (create_merged_RS_data.py:38-64): a rollout that ended right keeps its own
 * final answer; of the others the three with the highest final scores get the best final answer of all rollouts, right
 * ones before wrong ones and then by score. Null for the rest.
 */
export function officialExpert({ rollout, rollouts }: StateContext): string | null {
  if (endedRight(rollout)) return finalAnswer(rollout);
  const wrong = rollouts.filter((one) => !endedRight(one));
  if (!highestScored(wrong, 3).includes(rollout)) return null;
  const right = rollouts.filter(endedRight);
  return finalAnswer(highestScored(right.length > 0 ? right : wrong, 1)[0]!);
}
