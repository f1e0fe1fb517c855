// Models without weights, for tests and for measuring the orchestrator alone: a generator that draws from
// given completions, and a verifier whose score is a function of its input. Both are functions of their seeds.
import type { Message } from "../core/problem.ts";
import { deriveSeed, drawIndex, randomStream } from "../core/seed.ts";
import type { Completion, Generator, Verifier } from "./model.ts";

export interface SyntheticOptions {
  /** What the generator may write in a state, best first; at least one. */
  completions(state: readonly Message[]): readonly string[];
  /** Time that a call takes, milliseconds; absent means that it answers in the same turn of the event loop. */
  delayMs?: number;
}

/** Greedy (temperature 0) takes the first completion; otherwise each one is equally likely. */
export function syntheticGenerator(options: SyntheticOptions): Generator {
  return {
    async generate(state, n, sampling, seed) {
      if (options.delayMs !== undefined) await new Promise((done) => setTimeout(done, options.delayMs));
      const choices = options.completions(state);
      const random = randomStream(seed);
      const prompt = state.reduce((sum, message) => sum + countTokens(message.content), 0);
      return Array.from({ length: n }, (): Completion => {
        const text = choices[sampling.temperature === 0 ? 0 : drawIndex(random, choices.length)]!;
        return { text, finish: "stop", tokens: { prompt, completion: countTokens(text) } };
      });
    },
  };
}

/** Scores with `score`, or with a number in [-1, 1) that depends on the seed and on the input alone. */
export function syntheticVerifier(seed: number, score?: (input: readonly Message[]) => number): Verifier {
  const byInput = (input: readonly Message[]) => {
    const random = randomStream(deriveSeed(seed, "score", JSON.stringify(input)));
    return 2 * random() - 1;
  };
  const judge = score ?? byInput;
  return { score: async (input) => judge(input) };
}

/** About four characters a token, as in usual tokenizers. */
function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
