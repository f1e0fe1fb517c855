import { expect, test } from "vitest";
import { feedbackText } from "./feedback.ts";
import type { Outcome } from "./outcome.ts";

const outcome = (
  verdict: Outcome["verdict"],
  failure: Partial<NonNullable<Outcome["failure"]>>,
): Outcome => ({
  verdict,
  passed: 0,
  total: 1,
  failure: { test: 0, ...failure },
});

test.each([
  [
    outcome("wrong", { input: "f([1, 2])", actual: "[1]", expected: "[3]" }),
    "f([1, 2]) returned [1], expected [3]",
  ],
  [
    outcome("exception", { input: "f([])", error: "IndexError: list index out of range" }),
    "f([]) raised IndexError: list index out of range",
  ],
  [
    outcome("exception", { test: -1, error: "NameError: name 'x' is not defined", line: 3 }),
    "the program raised NameError: name 'x' is not defined (line 3)",
  ],
  [
    outcome("unparsable", { test: -1, error: "SyntaxError: invalid syntax", line: 2 }),
    "SyntaxError: invalid syntax (line 2)",
  ],
  [outcome("cpu-time", { input: "f(9)" }), "f(9) ran out of time"],
])("says what the public test showed", (given, text) => {
  expect(feedbackText(given)).toBe(`Feedback: ${text}`);
});

test("stays bounded when a program returns something huge", () => {
  const text = feedbackText(outcome("wrong", { input: "f(1)", actual: "9".repeat(10_000), expected: "1" }));
  expect(text.length).toBeLessThan(300);
});
