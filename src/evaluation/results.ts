// The shape of a run's results (`metrics.json`) and of what the report draws. Everything under `results` is
// a function of configuration and seed; only `seconds` differs between two runs of the same configuration.

/** A mean over problems with its standard error (clustered by problem). Fractions in [0, 1]. */
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

export interface VerifierQuality {
  /** Probability that a correct program of a problem outscores a wrong one of the same problem. */
  aucWithin: Estimate | null;
  /** The same over all pairs, across problems. */
  aucOverall: number | null;
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

/** Per-problem outcomes of a system, one a line in `evaluation.jsonl`: what paired tests and the report read. */
export interface ProblemEvaluation {
  problem: string;
  /** Turn (1-based) at which the greedy episode stopped, and whether its program was right. */
  greedy: { stopped: number | null; strong: boolean; private: boolean };
  bestOfN: Record<SelectorName, { stopped: number | null; strong: boolean; private: boolean }>;
  /** The distinct first-turn candidates of best-of-N with their verifier scores: the verifier's own test. */
  candidates: { score: number; strong: boolean; private: boolean }[];
  tokens: { prompt: number; completion: number };
}
