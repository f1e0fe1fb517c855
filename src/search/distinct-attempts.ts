// Never the same program twice: a generator that was fine-tuned on one right program a problem tends to answer its own
// failure with the program that failed, and a turn spent on that tells nothing new.
import type { Message } from "../core/problem.ts";
import { extractProgram } from "../core/program.ts";
import { deriveSeed } from "../core/seed.ts";
import type { Generator } from "../models/model.ts";

/** Draws that replace repeated programs in one turn. Where all of these repeat as well, a repeated one stays. */
const redraws = 8;

/**
 * A generator whose answer to a conversation is a program that isn't in it, if drawing again finds one.
 *
 * @param fresh draws again; it counts the tokens of these draws like all others
 * @param temperature of these draws where the first was greedy, > 0
 */
export function distinctAttempts(generator: Generator, fresh: Generator, temperature: number): Generator {
  return {
    async generate(state, n, sampling, seed) {
      const completions = await generator.generate(state, n, sampling, seed);
      const tried = new Set(state.filter(isAnswer).map(({ content }) => extractProgram(content)));
      const repeats = ({ text }: { text: string }) => tried.has(extractProgram(text));
      if (!completions.some(repeats)) return completions;
      const drawing = { ...sampling, temperature: sampling.temperature || temperature };
      const drawn = await fresh.generate(state, redraws, drawing, deriveSeed(seed, "redraw"));
      const others = drawn.filter((completion) => !repeats(completion)).values();
      return completions.map((completion) =>
        repeats(completion) ? (others.next().value ?? completion) : completion,
      );
    },
  };
}

const isAnswer = ({ role }: Message) => role === "assistant";
