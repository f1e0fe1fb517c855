// Estimators and the shape of results: everything between raw outcomes and a number with its error bar.
export {
  accuracyByTurn,
  accuracyOfRollouts,
  type CountingTests,
  type EpisodeEnd,
  episodeEnd,
  type Mode,
  type ModeOutcomes,
  modes,
  rightWithin,
  systemAccuracy,
} from "./accuracy.ts";
export { bestOfN, bestOfNAccuracy, type ProblemSamples, type ScoredSample, type Ties } from "./best-of-n.ts";
export {
  calibrationOf,
  fitPlatt,
  type Platt,
  type Prediction,
  plattPredictions,
  sigmoid,
} from "./calibration.ts";
export { type CompareOptions, compareModes, type ModeComparison, sameProblems } from "./compare.ts";
export { type ClusteredValue, clusteredMean } from "./estimates.ts";
export { type PairedDifference, type ProblemPair, pairByProblem, pairedDifference } from "./paired.ts";
export { meanPassAtK, passAtK, type SampleCount } from "./pass-at-k.ts";
export {
  type DifferenceVariance,
  detectableDifference,
  differenceVariance,
  type PowerOptions,
  powerOf,
  problemsNeeded,
  type Seeds,
  seedsNeeded,
} from "./power.ts";
export {
  type Recoverability,
  type RecoverabilityRecord,
  type RecoveryLevel,
  recoverability,
} from "./recoverability.ts";
export {
  type BootstrapInterval,
  type BootstrapOptions,
  mcnemarExact,
  pairedBootstrap,
  permutationP,
} from "./resampling.ts";
export {
  type Calibration,
  type Estimate,
  type FirstTurnSample,
  type Metrics,
  type PhaseCost,
  type PhaseTokens,
  type ProblemEvaluation,
  type RelabelQuality,
  type SampledAccuracy,
  type SampledEvaluation,
  type SampledResults,
  type SelectorName,
  type SystemResult,
  selectorNames,
  type TurnwiseAccuracy,
  type VerifierQuality,
  type WidthsEvaluation,
} from "./results.ts";
export { type SampledOptions, sampledResults } from "./sampled-results.ts";
export type { ScoredProgram } from "./scored-program.ts";
export { aucOverall, aucWithin, scoreHistogram, topOfSolvable, verifierQuality } from "./verifier-quality.ts";
