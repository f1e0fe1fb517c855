// The shape of a run's results (`metrics.json`) and of what the report draws. Everything under `results` is
// a function of configuration and seed; only `seconds` differs between two runs of the same configuration.

/** A mean over problems with its standard error (clustered by problem). Fractions in [0, 1]. */
/** Whether a search may try a program again that failed in the same conversation, or draws another instead. */
export type Repeats = "allowed" | "redrawn";

export interface Estimate {
  mean: number;
  se: number;
  /** Number of problems (clusters). */
  problems: number;
}

export const selectorNames = ["random", "public", "verifier", "public+verifier", "oracle"] as const;
export type SelectorName = (typeof selectorNames)[number];

/** Accuracy by turn: element t-1 is the accuracy within t turns. */
export interface TurnwiseAccuracy {
  /** Public, private and, where the benchmark has them, strong tests pass: the headline. */
  strong: Estimate[];
  /** Public and private tests pass: the paper's measure. */
  private: Estimate[];
}

/** How far predicted probabilities of being right can be believed. */
export interface Calibration {
  /** Expected calibration error over the bins of `reliability`, in [0, 1]. */
  ece: number;
  /** Mean squared error of the probabilities, in [0, 1]. */
  brier: number;
  /** Bins of equal mass, ascending: programs, their mean probability, and the share of right ones. */
  reliability: { count: number; predicted: number; right: number }[];
}

export interface VerifierQuality {
  /** Probability that a correct program of a problem outscores a wrong one of the same problem. */
  aucWithin: Estimate | null;
  /** The same over all pairs, across problems. */
  aucOverall: number | null;
  /** Of the problems with a right program among the candidates, the share whose best-scored one is right. */
  topOfSolvable: Estimate | null;
  /** Of probabilities by cross-fitted Platt scaling; null for fewer than two problems. */
  calibration: Calibration | null;
  /** Scores of right and wrong programs, binned, for the report. */
  histogram: { edges: number[]; right: number[]; wrong: number[] };
}

export interface RelabelQuality {
  /** Of the training problems that have a target, the share of states whose target passes all tests. */
  accuracy: Estimate;
  /** Share of training problems with at least one correct program (public and private tests). */
  solvable: Estimate;
  /** Relabelled states, distinct (state, target) examples after merging, distinct targets. */
  states: number;
  examples: number;
  targets: number;
}

/** One generator with its verifier: the base model, or a recipe after one iteration. */
export interface SystemResult {
  recipe: string;
  /** 0 for the base model. */
  iteration: number;
  greedy: TurnwiseAccuracy;
  bestOfN: { candidates: number; selectors: Record<SelectorName, TurnwiseAccuracy> };
  /** Episodes that ended, not solved, because the conversation outgrew the model's context; there where some did. */
  outgrown?: { greedy: number; selectors: Record<SelectorName, number> };
  verifier: VerifierQuality | null;
  relabel: RelabelQuality | null;
  /** Greedy accuracy at the last turn on the validation problems (private tests): what model selection uses. */
  validation: Estimate;
  /** Whether model selection chose this iteration among its recipe's. */
  selected: boolean;
}

/** Tokens of one phase: prompt and completion tokens for generation, training tokens for training. */
export interface PhaseTokens {
  prompt: number;
  completion: number;
  training: number;
}

export interface PhaseCost {
  /** e.g. "mucode/iteration-1/finetune". */
  phase: string;
  tokens: PhaseTokens;
}

export interface Metrics {
  name: string;
  seed: number;
  results: {
    benchmark: string;
    testProblems: number;
    trainProblems: number;
    systems: SystemResult[];
    costs: PhaseCost[];
    /** Loss curves by training phase: [step, loss]. */
    losses: Record<string, [number, number][]>;
  };
  /** sha256 of the canonical JSON of `results`: equal digests mean equal results. */
  digest: string;
  /** Wall seconds per phase, as measured; the only part that differs between two runs. */
  seconds: Record<string, number>;
}

/** How one search ended: the turn (1-based) at which it stopped, and whether its program was right. */
export interface SearchEnd {
  stopped: number | null;
  strong: boolean;
  private: boolean;
  /** There where the search ended because the conversation outgrew the model's context: not solved. */
  outgrown?: boolean;
}

/** Per-problem outcomes of a system, one a line in `evaluation.jsonl`: what paired tests and the report read. */
export interface ProblemEvaluation {
  problem: string;
  greedy: SearchEnd;
  bestOfN: Record<SelectorName, SearchEnd>;
  /** The distinct first-turn candidates of best-of-N with their verifier scores: the verifier's own test. */
  candidates: { score: number; strong: boolean; private: boolean }[];
  tokens: { prompt: number; completion: number };
}

/** One completion of the first turn: what selectors may know of it, and whether it is right. */
export interface FirstTurnSample {
  publicPassed: boolean;
  /** Raw verifier score; absent where there is no verifier. */
  score?: number;
  /** Public and private tests pass: the paper's measure. */
  correct: boolean;
  /** The strong tests pass too, where the problem has some. */
  right: boolean;
  /** The completion was cut at the token limit. */
  cut?: true;
  /** What it lacks: it is empty, or there is text without a program. */
  without?: "text" | "program";
}

/** Outcomes of one problem under `mucode evaluate --benchmark`, one a line in `evaluation.jsonl`. */
export interface SampledEvaluation {
  problem: string;
  greedy: ProblemEvaluation["greedy"];
  /** The selectors that were asked for. */
  bestOfN: Partial<ProblemEvaluation["bestOfN"]>;
  /**
   * All N samples of the first turn, in order of drawing; equal texts included. None where the prompt alone outgrew the
   * model's context, which the searches' ends say too.
   */
  samples: FirstTurnSample[];
  /**
   * There where some of its programs could not be judged by all tests (verdict "fault": the sandbox's or a test's failure,
   * never the program's): how many distinct ones, counted as not passed.
   */
  faults?: number;
  tokens: { prompt: number; completion: number };
}

/** Outcomes of one problem by N of best-of-N, from shared draws: what a study measures beside a run's own evaluation. */
export interface WidthsEvaluation
  extends Pick<SampledEvaluation, "problem" | "greedy" | "samples" | "tokens"> {
  /** For each N that was asked for. `samples` are those of the largest. */
  byWidth: { candidates: number; bestOfN: SampledEvaluation["bestOfN"] }[];
}

/** The numbers of an evaluation by one measure of being right. */
export interface SampledAccuracy {
  /** Element t−1: within t turns. */
  greedy: Estimate[];
  /** Multi-turn best of N; element t−1: within t turns. */
  search: Partial<Record<SelectorName, Estimate[]>>;
  /** Exact best of n among the samples of the first turn; element n−1, up to n = N. */
  bestOfN: Partial<Record<SelectorName, Estimate[]>>;
  /** Element k−1: pass@k of the same samples. */
  passAtK: Estimate[];
}

export interface SampledResults {
  problems: number;
  turns: number;
  /** N: samples a turn. */
  samples: number;
  selectors: SelectorName[];
  /** By all tests. */
  strong: SampledAccuracy;
  /** By public and private tests; null where no problem has strong tests, and both are the same. */
  private: SampledAccuracy | null;
  /** Quality of the scores of the first turn's samples; null without a verifier. */
  verifier: VerifierQuality | null;
  /** Share of the first turn's samples that were cut at the token limit; null where there are none. */
  cut: number | null;
  /** Shares of them without any text, and with text that holds no program; 0 where there are none. */
  withoutText: number;
  withoutProgram: number;
  /** What was counted as wrong because the conversation outgrew the model's context. */
  outgrown: {
    /** Problems whose prompt alone was too long, so that there is no sample. */
    prompts: number;
    /** Greedy episodes and searches that ended so, those of the prompts above included. */
    episodes: number;
  };
  /** Distinct programs that could not be judged, for a failure of the sandbox or of a test; they count as not passed. */
  faults: number;
  tokens: { prompt: number; completion: number };
}
