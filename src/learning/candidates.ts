// D(x): every distinct answer that was ever given to a problem, over all turns, rollouts and iterations so far
// (paper, section 3.1). Answers are whole assistant messages; equal messages are one candidate.
import type { Rollout, Turn } from "../core/rollout.ts";

export interface Answer {
  /** The whole assistant message y, or what was asked for of it. */
  completion: string;
  /** R(x, y) ∈ {0, 1}: public and private tests all pass. */
  correct: boolean;
  /** All public tests pass. */
  publicPassed: boolean;
  /** How many turns gave it. */
  count: number;
}

/**
 * D(x) in order of first occurrence, so that ties are broken the same way in every run.
 *
 * @param textOf what an answer is: the whole message, or its program for a verifier that reads nothing else
 */
export function distinctAnswers(
  rollouts: readonly Rollout[],
  textOf: (turn: Turn) => string = ({ completion }) => completion,
): Answer[] {
  const answers = new Map<string, Answer>();
  for (const rollout of rollouts) {
    for (const turn of rollout.turns) {
      const text = textOf(turn);
      const known = answers.get(text);
      if (known) known.count++;
      else
        answers.set(text, {
          completion: text,
          correct: turn.correct,
          publicPassed: turn.public.verdict === "passed",
          count: 1,
        });
    }
  }
  return [...answers.values()];
}

/** Rollouts by problem, in order of first occurrence. */
export function byProblem(rollouts: Iterable<Rollout>): Map<string, Rollout[]> {
  const groups = new Map<string, Rollout[]>();
  for (const rollout of rollouts) {
    const group = groups.get(rollout.problem);
    if (group) group.push(rollout);
    else groups.set(rollout.problem, [rollout]);
  }
  return groups;
}
