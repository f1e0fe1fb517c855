import { expect, test } from "vitest";
import { pocket, testlessPocket } from "./pocket.ts";

test("prompts are the sentence and the public test, and testless ones the sentence alone", () => {
  for (const split of ["train", "validation", "test"] as const) {
    const shown = pocket.problems(split);
    const hidden = testlessPocket.problems(split);
    expect(hidden).toHaveLength(shown.length);
    hidden.forEach((problem, index) => {
      const { prompt, ...rest } = problem;
      const { prompt: whole, ...same } = shown[index]!;
      const tests = rest.publicTests.style === "function" ? rest.publicTests.asserts : [];
      expect(rest).toEqual(same);
      expect([prompt, ...tests].join("\n")).toBe(whole);
      expect(prompt).not.toContain("assert");
    });
  }
});
