// The named methods. To add one, write a value.
import { anyRightAnswer, localSearchExpert, ownAnswerIfRolloutRight } from "./experts.ts";
import type { Recipe } from "./recipe.ts";

const base: Recipe = {
  name: "base",
  summary: "The base model as it is; nothing is trained but the verifier.",
  usesScores: false,
  target: () => null,
};

const rft: Recipe = {
  name: "rft",
  summary: "Multi-STaR (RFT): every turn of a rollout that ended right, as it was written.",
  usesScores: false,
  target: ownAnswerIfRolloutRight,
};

const rftRelabelled: Recipe = {
  name: "rft-relabelled",
  summary: "Multi-STaR²: every state of a solved problem, answered by one of its right programs at random.",
  usesScores: false,
  target: anyRightAnswer,
};

const mucode: Recipe = {
  name: "mucode",
  summary: "μCode: every state, answered by the local-search expert (Eq. 4, β_O = 1.0, β_L = 0.1).",
  usesScores: true,
  target: ({ answers }) => localSearchExpert(answers, { oracle: 1.0, learned: 0.1 }).completion,
};

export const recipes: readonly Recipe[] = [base, rft, rftRelabelled, mucode];

export function findRecipe(name: string): Recipe | undefined {
  return recipes.find((recipe) => recipe.name === name);
}
