import { expect, test } from "vitest";
import { didYouMean } from "./closest.ts";

const known = ["pocket", "mbpp", "mbpp-plus", "humaneval", "humaneval-plus", "codecontests"];

test.each([
  ["mbbp", "mbpp"],
  ["mpbb", "mbpp"],
  ["MBPP", "mbpp"],
  ["human-eval", "humaneval"],
  ["humanevalplus", "humaneval-plus"],
  ["codecontest", "codecontests"],
  ["pcoket", "pocket"],
])("%s is near %s", (name, meant) => expect(didYouMean(name, known)).toBe(` (did you mean ${meant}?)`));

test.each(["gsm8k", "apps", "x", ""])("%s is near nothing", (name) =>
  expect(didYouMean(name, known)).toBe(""),
);
