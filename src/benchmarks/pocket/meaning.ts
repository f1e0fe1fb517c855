// Pocket's vocabulary: a concept is a word of a task ("positive", "the average") with everything a program
// may take it to mean. A task is one concept in each of four places: where the items come from, which are
// kept, what becomes of each, and what is made of the results.

/** One reading of a concept: what it computes, and equivalent ways to write it. */
export interface Meaning<In, Out> {
  /** Python with `#` for the item (or for the list, in a result). The first is the most common spelling. */
  code: readonly string[];
  run(input: In): Out;
}

export interface Concept<In, Out> {
  /** Unique within its place. */
  name: string;
  /** Ways to say it; `{k}` and `{m}` stand for the parameter and the parameter plus four. */
  says: readonly string[];
  /** Inclusive range of the parameter, where there is one. */
  parameter?: readonly [number, number];
  /** The readings. The first is the right one, unless `drawn`. */
  meanings(k: number): readonly Meaning<In, Out>[];
  /** The right reading is drawn per task: no word tells which it is, only tests and feedback do. */
  drawn?: true;
  /** How often the base model's corpus reads it rightly, in (0, 1]. Low: a misconception. */
  right: number;
}

/** A concept that everybody understands. */
export const understood = 0.97;

export function meaning<In, Out>(
  code: string | readonly string[],
  run: (input: In) => Out,
): Meaning<In, Out> {
  return { code: typeof code === "string" ? [code] : code, run };
}
