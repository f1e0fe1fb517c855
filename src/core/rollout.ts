// The record of one episode: what the generator wrote at each turn and what came of it. This is the one
// format in which phases meet (`rollouts.jsonl`): one rollout a line.
import type { Outcome } from "./outcome.ts";

/**
 * Why an episode ended. "context-limit": the conversation outgrew the model's context, so that no further turn could
 * be asked for; not solved, as at the turn limit.
 */
export type Stop = "passed-public" | "turn-limit" | "context-limit";

export interface Turn {
  /** 1-based. */
  turn: number;
  /** The whole assistant message. */
  completion: string;
  /** The program taken from it; empty when there is none. */
  program: string;
  /** Outcome on the public tests: the source of `feedback`. */
  public: Outcome;
  /** Outcome on the private tests: kept apart, never shown to the generator. */
  private: Outcome;
  /** R(s_t, y_t): true when public and private tests all pass. */
  correct: boolean;
  /** The user message that follows this turn in the next state; null after the last turn. */
  feedback: string | null;
  /** Tokens as counted by the model server. */
  tokens: { prompt: number; completion: number };
}

export interface Rollout {
  problem: string;
  /** Index of this rollout among those of its problem, from 0. */
  sample: number;
  /** Empty where the prompt alone outgrows the model's context. */
  turns: Turn[];
  stop: Stop;
}
