// The text the generator sees after a failed turn, made from the public outcome alone. It is stable: no paths,
// no temporary names, no addresses, bounded length; so the same program always leads to the same next state.
import type { Failure, Outcome } from "./outcome.ts";
import { bothEnds, withoutAddresses, withoutPlaces } from "./told-text.ts";

/** Longest value, call or error quoted in feedback, characters. Of what is longer, both ends are kept. */
const longestQuote = 200;

function quote(value: string | undefined): string {
  return bothEnds(withoutAddresses(value ?? ""), longestQuote);
}

function quoteError(error: string | undefined): string {
  return bothEnds(withoutPlaces(error ?? ""), longestQuote);
}

/** Whether the test is a call rather than the input of a program, which may be empty or numbers alone. */
function isCallText(input: string): boolean {
  return /^[^\n]*\p{L}[^\n]*$/u.test(input) && (input.length <= longestQuote || /^[\w.]+\s*\(/.test(input));
}

function atLine(failure: Failure): string {
  return failure.line === undefined ? "" : ` (line ${failure.line})`;
}

/** What the failed test did, as one sentence; `subject` is the call, or "the program" for stdin/stdout tests. */
function sentence(outcome: Outcome, failure: Failure): string {
  const isCall = failure.input !== undefined && isCallText(failure.input);
  const subject = isCall ? bothEnds(failure.input!, longestQuote) : "the program";
  switch (outcome.verdict) {
    case "wrong":
      // A test that is code may fail on something else than two values side by side.
      if (failure.expected === undefined && failure.error !== undefined)
        return `${subject} did not pass: ${quoteError(failure.error)}`;
      return isCall
        ? `${subject} returned ${quote(failure.actual)}, expected ${quote(failure.expected)}`
        : `for input\n${quote(failure.input)}\nthe program printed\n${quote(failure.actual)}\nexpected\n${quote(failure.expected)}`;
    case "exception":
      return failure.test < 0
        ? `the program raised ${quoteError(failure.error)}${atLine(failure)}`
        : `${subject} raised ${quoteError(failure.error)}`;
    case "unparsable":
      return `${quoteError(failure.error)}${atLine(failure)}`;
    case "cpu-time":
    case "wall-time":
      return `${subject} ran out of time`;
    case "memory":
      return `${subject} ran out of memory`;
    case "output":
      return `${subject} printed too much`;
    default:
      return `${subject} was stopped`;
  }
}

/** The user message after a turn that failed its public tests: `Feedback: f([1]) returned 2, expected 3`. */
export function feedbackText(outcome: Outcome): string {
  if (outcome.verdict === "passed") return "Feedback: all public tests passed";
  const failure = outcome.failure ?? { test: -1 };
  return `Feedback: ${sentence(outcome, failure)}`;
}
