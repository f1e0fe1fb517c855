// Slips of the pen: what makes a program unparsable or wrong in a name, with the error Python (3.11) gives.
import { pick } from "./task.ts";

type Random = () => number;

export interface Slipped {
  program: string;
  /** As in feedback: type, message and, for syntax errors, the line. */
  error: string;
  line?: number;
}

function changed(lines: readonly string[], index: number, line: string): string {
  return lines.with(index, line).join("\n");
}

/** `def f(xs)` without its colon, or the same of a loop or a condition. */
function withoutColon(lines: readonly string[], random: Random): Slipped | null {
  const headers = lines.flatMap((line, index) => (line.endsWith(":") ? [index] : []));
  const index = pick(headers, random);
  return {
    program: changed(lines, index, lines[index]!.slice(0, -1)),
    error: "SyntaxError: expected ':'",
    line: index + 1,
  };
}

/** The last bracket of the program is missing. */
function unclosed(lines: readonly string[]): Slipped | null {
  const last = lines.at(-1)!;
  const open = { ")": "(", "]": "[" }[last.at(-1)!];
  if (open === undefined) return null;
  return {
    program: changed(lines, lines.length - 1, last.slice(0, -1)),
    error: `SyntaxError: '${open}' was never closed`,
    line: lines.length,
  };
}

/** `for x xs:`. */
function withoutIn(lines: readonly string[]): Slipped | null {
  const index = lines.findIndex((line) => line.trimStart().startsWith("for "));
  if (index < 0) return null;
  const program = changed(lines, index, lines[index]!.replace(" in ", " "));
  return { program, error: "SyntaxError: invalid syntax", line: index + 1 };
}

/** A program that Python cannot parse, made from one that it can; null where this slip does not apply. */
export function slipOfSyntax(program: string, random: Random): Slipped | null {
  const lines = program.split("\n");
  return pick([withoutColon, withoutColon, unclosed, unclosed, unclosed, withoutIn], random)(lines, random);
}

/** The list is built as `ys` and returned as `y`: fails when it is reached, whatever the arguments. */
export function slipOfName(program: string): Slipped | null {
  const lines = program.split("\n");
  const last = lines.at(-1)!;
  if (lines.length < 3 || !/\bys\b/.test(last)) return null;
  return {
    program: changed(lines, lines.length - 1, last.replace(/\bys\b/g, "y")),
    error: "NameError: name 'y' is not defined",
  };
}
