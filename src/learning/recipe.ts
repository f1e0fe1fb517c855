// A training method as a value: which states become examples, and what is written as the answer to each.
// Everything around it (rollouts, verifier, fine-tuning from the base model) is the same for all methods.
import type { Rollout } from "../core/rollout.ts";
import type { Answer } from "./candidates.ts";

/** An answer with the newest verifier's raw score R_φ(x, y); 0 for recipes that use no scores. */
export interface ScoredAnswer extends Answer {
  score: number;
}

/** A rollout with the score of its final answer; 0 for recipes that use no scores. */
export interface ScoredRollout extends Rollout {
  score: number;
}

/** What a recipe may look at when it picks the target of one state. */
export interface StateContext {
  /** The rollout in which the state s_t occurred. */
  rollout: ScoredRollout;
  /** Index of the turn taken in that state: s_t is the state before `rollout.turns[turn]`. */
  turn: number;
  /** All rollouts of the problem, `rollout` among them, iteration by iteration; each has a turn. */
  rollouts: readonly ScoredRollout[];
  /** D(x): all distinct answers of these rollouts, scored. Never empty. */
  answers: readonly ScoredAnswer[];
  /** Uniform draws in [0, 1) that belong to this state alone. */
  random: () => number;
}

/** An answer to imitate, with its share of the state's loss (> 0; a single answer has 1). */
export interface Target {
  completion: string;
  weight: number;
}

/** Which states a recipe keeps: all, none, those of solved problems or of rollouts that ended right, or of the K best rollouts. */
export type Kept = "all" | "none" | "solved problems" | "right rollouts" | { best: number };

export interface Recipe {
  name: string;
  /** One line for `mucode recipes`. */
  summary: string;
  /** Which states become examples, what is imitated there, and where that stands: for `mucode recipes NAME`. */
  keeps: string;
  imitates: string;
  source: string;
  /** `keeps` for a plan, which counts examples before there are any; `firstTurns` where later states are left out. */
  kept: Kept;
  firstTurns?: true;
  /** The most answers that it gives in a state; 1 where it isn't said. */
  answers?: number;
  /** Whether `target` reads the verifier's scores. If not, fine-tuning need not wait for the verifier. */
  usesScores: boolean;
  /**
   * Whether examples of earlier iterations stay as their own verifier labelled them: then `rollouts` and `answers` are
   * those of one iteration. Else all rollouts so far are relabelled together, with the newest scores (Eq. 5).
   */
  keepsLabels?: true;
  /** The answer that the generator is to imitate in a state, or several; null leaves the state out. */
  target(state: StateContext): string | readonly Target[] | null;
}
