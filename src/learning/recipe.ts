// A training method as a value: which states become examples, and what is written as the answer to each.
// Everything around it (rollouts, verifier, fine-tuning from the base model) is the same for all methods.
import type { Rollout } from "../core/rollout.ts";
import type { Answer } from "./candidates.ts";

/** An answer with the newest verifier's raw score R_φ(x, y); 0 for recipes that use no scores. */
export interface ScoredAnswer extends Answer {
  score: number;
}

/** What a recipe may look at when it picks the target of one state. */
export interface StateContext {
  /** The rollout in which the state s_t occurred. */
  rollout: Rollout;
  /** Index of the turn taken in that state: s_t is the state before `rollout.turns[turn]`. */
  turn: number;
  /** D(x): all distinct answers to the problem, scored. Never empty. */
  answers: readonly ScoredAnswer[];
  /** Uniform draws in [0, 1) that belong to this state alone. */
  random: () => number;
}

export interface Recipe {
  name: string;
  /** One line for `mucode recipes`. */
  summary: string;
  /** Whether `target` reads the verifier's scores. If not, fine-tuning need not wait for the verifier. */
  usesScores: boolean;
  /** The answer that the generator is to imitate in a state; null leaves the state out. */
  target(state: StateContext): string | null;
}
