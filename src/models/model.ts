// The two models of the method, as interfaces. One generator client (OpenAI chat completions) and one
// verifier client (`/classify`) implement them for every server.
import type { Message } from "../core/problem.ts";

export interface Sampling {
  /** 0 is greedy. */
  temperature: number;
  /** Nucleus mass in (0, 1]. */
  topP: number;
  /** Tokens. */
  maxTokens: number;
}

export interface Completion {
  text: string;
  /** "stop" when the model ended its message, "length" when it was cut at maxTokens. */
  finish: "stop" | "length";
  tokens: { prompt: number; completion: number };
}

export interface Generator {
  /** Draws `n` completions of a state. The same seed, state and sampling give the same completions on one machine. */
  generate(state: readonly Message[], n: number, sampling: Sampling, seed: number): Promise<Completion[]>;
}

export interface Verifier {
  /** R_φ(x, y): the raw score (a logit, not a probability) of one answer to one prompt. */
  score(input: readonly Message[]): Promise<number>;
}
