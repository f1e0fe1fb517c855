// The method itself, as `mucode/learning`: pure functions over rollouts.
export { type Answer, byProblem, distinctAnswers } from "./candidates.ts";
export { anyRightAnswer, type ExpertWeights, localSearchExpert, ownAnswerIfRolloutRight } from "./experts.ts";
export { type LabelRow, labelledAnswers, type PairRow, preferencePairs } from "./pairs.ts";
export type { Recipe, ScoredAnswer, StateContext } from "./recipe.ts";
export { findRecipe, recipes } from "./recipes.ts";
export { relabel, type SftRow } from "./relabel.ts";
