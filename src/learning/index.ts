// The method itself, as `mucode/learning`: pure functions over rollouts.
export { type Answer, byProblem, distinctAnswers } from "./candidates.ts";
export {
  anyRightAnswer,
  type ExpertWeights,
  endedRight,
  finalAnswer,
  fractionPassed,
  highestScored,
  isSolved,
  localSearchExpert,
  mostTestsExpert,
  officialExpert,
  ownAnswer,
} from "./experts.ts";
export { type LabelRow, labelledAnswers, type PairRow, preferencePairs } from "./pairs.ts";
export type { Recipe, ScoredAnswer, ScoredRollout, StateContext, Target } from "./recipe.ts";
export { findRecipe, recipes } from "./recipes.ts";
export { type Round, relabel, type SftRow } from "./relabel.ts";
