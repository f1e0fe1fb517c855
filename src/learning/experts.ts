// Who is imitated. Each expert is a pure function from a state to the answer to write there, or null.
import { drawIndex } from "../core/seed.ts";
import type { ScoredAnswer, StateContext } from "./recipe.ts";

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

/** The answer that was given in this state, if its rollout ended right: rejection-sampling fine-tuning. */
export function ownAnswerIfRolloutRight({ rollout, turn }: StateContext): string | null {
  return rollout.turns.at(-1)!.correct ? rollout.turns[turn]!.completion : null;
}

/** A right answer to the problem, drawn uniformly among the distinct ones; null where none is known. */
export function anyRightAnswer({ answers, random }: StateContext): string | null {
  const right = answers.filter((answer) => answer.correct);
  return right.length === 0 ? null : right[drawIndex(random, right.length)]!.completion;
}
