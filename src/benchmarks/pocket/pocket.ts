// Pocket: the embedded world. Small tasks over lists, strings, dictionaries, nested lists and numbers, each a
// composition of words, on which a base model of under a million parameters errs honestly.
import type { Problem } from "../../core/problem.ts";
import type { Benchmark } from "../benchmark.ts";
import { makeProblems } from "./problems.ts";

const made = new Map<Problem["split"], readonly Problem[]>();

export const pocket: Benchmark = {
  name: "pocket",
  problems(split) {
    const ready = made.get(split) ?? makeProblems(split).map(({ problem }) => problem);
    made.set(split, ready);
    return ready;
  },
};

/** The same problems with the sentence alone as prompt: the public test is learned of by feedback. */
export const testlessPocket: Benchmark = {
  name: "pocket",
  problems: (split) =>
    pocket.problems(split).map((problem) => ({ ...problem, prompt: problem.prompt.split("\n")[0]! })),
};
