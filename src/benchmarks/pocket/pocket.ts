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
