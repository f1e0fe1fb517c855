// Whether what a script wrote is what was expected. The rule is a property of the test, never of the program: nothing
// that a program prints can widen it.
import type { StdioTests } from "../core/problem.ts";

/** How far a number may be from the expected one: times the larger of 1 and the expected number's size. */
export const numberTolerance = 1e-6;

/**
 * Compares by one of three rules (docs/reference/sandbox.md#output):
 * - "text": equal but for white space at the ends of lines and empty lines at the end.
 * - "lines", the default: as "text", and numbers that are expected as fractions need only be near.
 * - "tokens": as "lines", and any white space is as good as any other.
 */
export function sameOutput(
  expected: string,
  actual: string,
  comparison: StdioTests["comparison"] = "lines",
): boolean {
  const [wanted, seen] =
    comparison === "tokens" ? [spaced(expected), spaced(actual)] : [trimmed(expected), trimmed(actual)];
  if (wanted === seen) return true;
  if (comparison === "text") return false;
  // The white space between the words stays among the parts: it must be the same.
  const [wantedParts, seenParts] = [wanted.split(whiteSpace), seen.split(whiteSpace)];
  return (
    wantedParts.length === seenParts.length &&
    wantedParts.every((part, index) => sameToken(part, seenParts[index]!))
  );
}

/** Space, tab, line feed, carriage return, form feed and vertical tab. No other character is white space here. */
const blanks = new Set([..." \t\n\r\f\v"]);
const whiteSpace = /([ \t\n\r\f\v]+)/;

function trimmed(text: string): string {
  return withoutEnd(text).split("\n").map(withoutEnd).join("\n");
}

function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && blanks.has(text[end - 1]!)) end--;
  return text.slice(0, end);
}

function spaced(text: string): string {
  return text
    .split(/[ \t\n\r\f\v]+/)
    .filter((word) => word !== "")
    .join(" ");
}

// One way only to read a run of digits: with two, a long word that is no number takes time by the square of its length.
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Equal, or near where the expected token is a decimal number with a point or an exponent: |a − e| ≤ 1e-6 · max(1, |e|).
 * An expected integer is exact: counts and remainders are right or wrong. The size of the program's own number plays no
 * part, and `inf`, `nan`, hexadecimal numbers and digits with underscores are no numbers.
 */
export function sameToken(expected: string, actual: string): boolean {
  if (expected === actual) return true;
  if (!/[.eE]/.test(expected) || !decimal.test(expected) || !decimal.test(actual)) return false;
  const [wanted, seen] = [Number(expected), Number(actual)];
  return (
    Number.isFinite(wanted) && Math.abs(seen - wanted) <= numberTolerance * Math.max(1, Math.abs(wanted))
  );
}
