// How long prompts and answers are and how episodes go: what a plan has to assume, or to take from a run that was measured.

/** Means over the rollouts of the base model. Tokens include what the chat template adds. */
export interface Lengths {
  /** Tokens of a completion. */
  completion: number;
  /** Tokens that a turn adds to the next prompt beside its completion: the feedback. */
  feedback: number;
  /** Share of episodes that come to turn t, at index t - 1; the last serves all later turns. */
  reach: readonly number[];
  /** The same of best-of-N searches, over all selectors. */
  searchReach: readonly number[];
  /** Distinct answers of a problem per answer. */
  distinct: number;
  /** Of the distinct answers, the share of right ones. */
  right: number;
  /** Share of training problems with a right and a wrong answer: those that give pairs. */
  mixed: number;
  /** Share of problems with a right answer. */
  solvable: number;
  /** Share of rollouts that end right. */
  solved: number;
  /** Where the numbers come from. */
  source: string;
}

const assumed = "assumed; --measured RUN takes them from a run";

/**
 * Pocket: measured on its own model (`mucode train configs/quickstart.yaml`). MBPP and HumanEval: an answer that reasons before its
 * code is taken as 300 tokens, less than a third of the paper's limit of 1000; about 70 % of prompts have a right rollout (rebuttal),
 * and a later turn mends few (rebuttal, table a: 39.2, 41.5, 43.1 % within 1, 2, 3 turns for Llama-3.2-1B). CodeContests:
 * answers of 500 tokens, of which few pass (4.4 % within 3 turns for Llama-3.1-8B).
 */
const usual = {
  pocket: {
    completion: 29,
    feedback: 33,
    reach: [1, 0.6, 0.5],
    searchReach: [1, 0.45, 0.37],
    distinct: 0.45,
    right: 0.25,
    mixed: 0.75,
    solvable: 0.77,
    solved: 0.42,
  },
  functions: {
    completion: 300,
    feedback: 60,
    reach: [1, 0.55, 0.5, 0.47],
    searchReach: [1, 0.55, 0.5, 0.47],
    distinct: 0.9,
    right: 0.4,
    mixed: 0.65,
    solvable: 0.7,
    solved: 0.4,
  },
  scripts: {
    completion: 500,
    feedback: 120,
    reach: [1, 0.9, 0.87, 0.85],
    searchReach: [1, 0.9, 0.87, 0.85],
    distinct: 0.98,
    right: 0.06,
    mixed: 0.25,
    solvable: 0.25,
    solved: 0.06,
  },
} as const;

/** @param style what the problems are: Pocket's, functions, or scripts that read stdin */
export function assumedLengths(style: keyof typeof usual): Lengths {
  return { ...usual[style], source: assumed };
}

/** Share of episodes that come to a turn (1-based). */
export const reachOf = (reach: readonly number[], turn: number): number =>
  reach[Math.min(turn, reach.length) - 1] ?? 0;

/** Prompts of one split, in tokens. */
export interface Prompts {
  problems: number;
  mean: number;
  /** No prompt is longer. */
  longest: number;
}

/** What no completion, feedback and conversation exceeds, tokens. */
export interface Bounds {
  completion: number;
  feedback: number;
  context: number;
}

/**
 * Longest feedback, tokens: core/feedback.ts quotes at most three times 200 characters in about 100 of its own, a UTF-16 unit is at most
 * three bytes, and a token of a byte-level tokenizer at least one. And what a chat template puts around messages.
 */
export const longestFeedback = 3 * (3 * 200 + 100) + 64;
