// D* = {(x, s_t, y*)}: every state that the generator visited, with the answer that the recipe's expert gives
// there (Eq. 5). Equal examples are merged into one with a weight, which leaves the loss as it was.
import { stateAfter } from "../core/conversation.ts";
import type { Message, Problem } from "../core/problem.ts";
import type { Rollout } from "../core/rollout.ts";
import { deriveSeed, randomStream } from "../core/seed.ts";
import type { Recipe, ScoredAnswer, ScoredRollout, Target } from "./recipe.ts";

/** One fine-tuning example in the prompt/completion format that TRL reads. */
export interface SftRow {
  problem: string;
  prompt: Message[];
  completion: Message[];
  /** How many visited states it stands for; a fraction where a recipe weights its targets. */
  weight: number;
}

/** What is relabelled together: rollouts of one problem, and D(x) of them with a verifier's scores. */
export interface Round {
  rollouts: readonly Rollout[];
  answers: readonly ScoredAnswer[];
}

/**
 * The examples of one problem.
 *
 * @param rounds one round with all rollouts so far; for a recipe that keeps labels one for each iteration
 */
export function relabel(
  recipe: Recipe,
  problem: Pick<Problem, "id" | "prompt">,
  rounds: readonly Round[],
  runSeed: number,
): SftRow[] {
  const rows = new Map<string, SftRow>();
  const add = (prompt: Message[], { completion, weight }: Target) => {
    const key = JSON.stringify([prompt, completion]);
    const known = rows.get(key);
    if (known) known.weight += weight;
    else
      rows.set(key, {
        problem: problem.id,
        prompt,
        completion: [{ role: "assistant", content: completion }],
        weight,
      });
  };
  let index = 0;
  for (const { rollouts: unscored, answers } of rounds) {
    const all = withScores(unscored, answers);
    const rollouts = all.filter(({ turns }) => turns.length > 0);
    for (const rollout of all) {
      for (const turn of rollout.turns.keys()) {
        const random = randomStream(deriveSeed(runSeed, "target", problem.id, index, turn));
        const target = recipe.target({ rollout, turn, rollouts, answers, random });
        if (target === null) continue;
        const prompt = stateAfter(problem, rollout.turns.slice(0, turn));
        const targets = typeof target === "string" ? [{ completion: target, weight: 1 }] : target;
        for (const one of targets) add(prompt, one);
      }
      index++;
    }
  }
  return [...rows.values()];
}

function withScores(rollouts: readonly Rollout[], answers: readonly ScoredAnswer[]): ScoredRollout[] {
  const scores = new Map(answers.map(({ completion, score }) => [completion, score]));
  return rollouts.map((rollout) => ({
    ...rollout,
    score: scores.get(rollout.turns.at(-1)?.completion ?? "") ?? 0,
  }));
}
