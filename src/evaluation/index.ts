// Estimators and the shape of results: everything between raw outcomes and a number with its error bar.
export { accuracyByTurn, type EpisodeEnd, passAtK, systemAccuracy } from "./accuracy.ts";
export { type ClusteredValue, clusteredMean } from "./estimates.ts";
export { type PairedDifference, pairedDifference } from "./paired.ts";
export {
  type Estimate,
  type Metrics,
  type PhaseCost,
  type PhaseTokens,
  type ProblemEvaluation,
  type RelabelQuality,
  type SelectorName,
  type SystemResult,
  selectorNames,
  type TurnwiseAccuracy,
  type VerifierQuality,
} from "./results.ts";
export {
  aucOverall,
  aucWithin,
  type ScoredProgram,
  scoreHistogram,
  verifierQuality,
} from "./verifier-quality.ts";
