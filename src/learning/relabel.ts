// D* = {(x, s_t, y*)}: every state that the generator visited, with the answer that the recipe's expert gives
// there (Eq. 5). Equal examples are merged into one with a weight, which leaves the loss as it was.
import { stateAfter } from "../core/conversation.ts";
import type { Message, Problem } from "../core/problem.ts";
import type { Rollout } from "../core/rollout.ts";
import { deriveSeed, randomStream } from "../core/seed.ts";
import type { Recipe, ScoredAnswer } from "./recipe.ts";

/** One fine-tuning example in the prompt/completion format that TRL reads. */
export interface SftRow {
  problem: string;
  prompt: Message[];
  completion: Message[];
  /** How many visited states it stands for. */
  weight: number;
}

/**
 * The examples of one problem.
 *
 * @param rollouts all rollouts of the problem, over all iterations so far
 * @param answers D(x) with the newest verifier's scores
 */
export function relabel(
  recipe: Recipe,
  problem: Pick<Problem, "id" | "prompt">,
  rollouts: readonly Rollout[],
  answers: readonly ScoredAnswer[],
  runSeed: number,
): SftRow[] {
  const rows = new Map<string, SftRow>();
  rollouts.forEach((rollout, index) => {
    rollout.turns.forEach((_, turn) => {
      const random = randomStream(deriveSeed(runSeed, "target", problem.id, index, turn));
      const target = recipe.target({ rollout, turn, answers, random });
      if (target === null) return;
      const prompt = stateAfter(problem, rollout.turns.slice(0, turn));
      const key = JSON.stringify([prompt, target]);
      const known = rows.get(key);
      if (known) known.weight++;
      else
        rows.set(key, {
          problem: problem.id,
          prompt,
          completion: [{ role: "assistant", content: target }],
          weight: 1,
        });
    });
  });
  return [...rows.values()];
}
