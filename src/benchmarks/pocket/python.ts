// The little of Python that Pocket needs on this side: values, their literals, and the exceptions that a
// program may raise. Programs are evaluated here by meaning; a test checks that real Python agrees.

/** A value that crosses the boundary of a function. Numbers are integers. A plain object is a dict. */
export type Value = number | string | readonly Value[] | { readonly [key: string]: Value };

/** An exception as Python words it: "IndexError: list index out of range". */
export class PythonError extends Error {}

export function indexError(): never {
  throw new PythonError("IndexError: list index out of range");
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

/** `repr(value)`. Strings hold printable ASCII without backslashes. */
export function literal(value: Value): string {
  if (typeof value === "number") return String(value === 0 ? 0 : value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  const entries = Object.entries(value as { readonly [key: string]: Value });
  return `{${entries.map(([key, item]) => `${quoted(key)}: ${literal(item)}`).join(", ")}}`;
}

/** `a % b` for b > 0: the sign of the divisor. */
export function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/** `a // b`. */
export function floorDivide(a: number, b: number): number {
  return Math.floor(a / b);
}

/** Order of Python strings (code points), as a comparator. */
export function compare(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
