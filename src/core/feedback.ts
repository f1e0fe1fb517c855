// The text the generator sees after a failed turn, made from the public outcome alone. It is stable: no paths,
// no temporary names, no addresses, bounded length; so the same program always leads to the same next state.
import type { Failure, Outcome } from "./outcome.ts";

/** Longest value or error quoted in feedback, characters. The head is kept: it names the type and the start. */
const longestQuote = 200;

function quote(text: string | undefined): string {
  const clean = text ?? "";
  return clean.length <= longestQuote ? clean : `${clean.slice(0, longestQuote)}…`;
}

function atLine(failure: Failure): string {
  return failure.line === undefined ? "" : ` (line ${failure.line})`;
}

/** What the failed test did, as one sentence; `subject` is the call, or "the program" for stdin/stdout tests. */
function sentence(outcome: Outcome, failure: Failure): string {
  const isCall = failure.input !== undefined && !failure.input.includes("\n") && failure.input.length <= 200;
  const subject = isCall ? failure.input! : "the program";
  switch (outcome.verdict) {
    case "wrong":
      return isCall
        ? `${subject} returned ${quote(failure.actual)}, expected ${quote(failure.expected)}`
        : `for input\n${quote(failure.input)}\nthe program printed\n${quote(failure.actual)}\nexpected\n${quote(failure.expected)}`;
    case "exception":
      return failure.test < 0
        ? `the program raised ${quote(failure.error)}${atLine(failure)}`
        : `${subject} raised ${quote(failure.error)}`;
    case "unparsable":
      return `${quote(failure.error)}${atLine(failure)}`;
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
