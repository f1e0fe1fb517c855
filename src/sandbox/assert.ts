// Splits a test into what may enter the jail and what must not: `assert f([1, 2]) == 3` becomes the call `f([1, 2])`,
// evaluated in the program's process, and the value 3, which stays here. A test that can't be split soundly is
// refused when it is read, never guessed at: whatever is evaluated inside, a program may answer as it likes.
import { InputError } from "../core/errors.ts";
import { LiteralError, parseLiteral } from "./python-literal.ts";
import { equalityKey, type PyValue, pythonText } from "./python-value.ts";

export interface ParsedAssert {
  /** A Python expression, exactly as written. */
  call: string;
  /** The value that is expected; for "truthy", True or False. */
  expected: PyValue;
  /** `==`, `is` (None, True and False only), or the truth of the value: `assert f(x)`, `assert not f(x)`. */
  comparison: "equal" | "identical" | "truthy";
}

/**
 * Reads `assert <expression> == <literal>` (or the literal first), `assert <expression> is None|True|False`,
 * `assert <call>` and `assert not <call>`; parentheses around, a message and a comment are allowed.
 * Throws InputError, which names the test, for anything else.
 */
export function parseAssert(text: string, where = "test"): ParsedAssert {
  const refuse = (reason: string): never => {
    throw new InputError(where, `cannot judge ${JSON.stringify(text)}: ${reason}`);
  };
  const statement = /^\s*assert(?![\w])/.exec(text);
  if (!statement) return refuse("a test is one line that begins with `assert`");
  try {
    return split(text.slice(statement[0].length), true);
  } catch (error) {
    if (error instanceof Unsplittable || error instanceof LiteralError) return refuse(error.message);
    throw error;
  }
}

/** Whether a value that came back is what the test expects. */
export function satisfies(test: ParsedAssert, actual: PyValue): boolean {
  if (test.comparison === "truthy") return isTruthy(actual) === isTruthy(test.expected);
  if (test.comparison === "identical" && actual.kind !== test.expected.kind) return false;
  const key = equalityKey(test.expected);
  return key !== undefined && key === equalityKey(actual);
}

function isTruthy(value: PyValue): boolean {
  switch (value.kind) {
    case "opaque":
      return true; // as Python takes an object that does not say otherwise
    case "list":
    case "tuple":
    case "set":
      return value.items.length > 0;
    case "dict":
      return value.entries.length > 0;
    case "str":
    case "bytes":
      return value.value.length > 0;
    default: {
      const key = equalityKey(value);
      return key !== "0" && key !== "None";
    }
  }
}

class Unsplittable extends Error {}

function split(body: string, messageAllowed: boolean): ParsedAssert {
  const scanned = scan(body);
  const comma = scanned.operators.find((operator) => operator.text === ",");
  if (comma) {
    if (!messageAllowed) throw new Unsplittable("it asserts a tuple, which is always true");
    return split(body.slice(0, comma.start), false);
  }
  const expression = body.slice(0, scanned.end).trim();
  if (expression === "") throw new Unsplittable("it asserts nothing");
  const [first, ...more] = scanned.operators;
  if (first === undefined) {
    const inner = withoutParentheses(expression);
    return inner === undefined ? truth(expression, true) : split(inner, false);
  }
  if (more.length > 0)
    throw new Unsplittable(`only one comparison is possible, it has ${first.text} and ${more[0]!.text}`);
  const left = body.slice(0, first.start).trim();
  const right = body.slice(first.end, scanned.end).trim();
  if (first.text === "not" && left === "") return truth(withoutParentheses(right) ?? right, false);
  if (first.text === "is") return identity(left, right);
  if (first.text !== "==") throw new Unsplittable(`the comparison must be ==, it is ${first.text}`);
  const expected = literalOrError(right);
  if (!(expected instanceof LiteralError)) return comparison(left, expected, "equal");
  const swapped = literalOrError(left);
  if (!(swapped instanceof LiteralError)) return comparison(right, swapped, "equal");
  throw new Unsplittable(`neither side of == is a Python literal (${expected.message})`);
}

function literalOrError(text: string): PyValue | LiteralError {
  try {
    return parseLiteral(text);
  } catch (error) {
    if (error instanceof LiteralError) return error;
    throw error;
  }
}

function identity(left: string, right: string): ParsedAssert {
  const expected = literalOrError(right);
  if (expected instanceof LiteralError || (expected.kind !== "none" && expected.kind !== "bool")) {
    throw new Unsplittable("`is` can be judged against None, True and False only");
  }
  return comparison(left, expected, "identical");
}

function truth(expression: string, expected: boolean): ParsedAssert {
  return comparison(expression, { kind: "bool", value: expected }, "truthy");
}

function comparison(call: string, expected: PyValue, kind: ParsedAssert["comparison"]): ParsedAssert {
  if (!(literalOrError(call) instanceof LiteralError))
    throw new Unsplittable("it calls nothing of the program");
  if (expected.kind === "bool" && !isOwnCall(call)) {
    throw new Unsplittable(
      "a test of truth must be a plain call of the program's own function; " +
        "anything around it would be decided in the program's process",
    );
  }
  if (/[=!]=/.test(withoutStrings(call)) && !/\blambda\b/.test(call)) {
    throw new Unsplittable("it compares inside the call, where the program decides what equal means");
  }
  return { call, expected, comparison: kind };
}

// What is never the program's own function. `isclose(f(x), 2.5)` would hand it both the answer and the comparison.
const foreign = new Set(
  (
    "abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float format frozenset " +
    "getattr hasattr hash hex id int isinstance issubclass iter len list map max min next object oct ord pow print range " +
    "repr reversed round set slice sorted str sum tuple type zip eval exec compile isclose allclose array_equal"
  ).split(" "),
);

function isOwnCall(expression: string): boolean {
  const name = /^([\p{L}_][\p{L}\p{N}_]*)\s*\(/u.exec(expression)?.[1];
  return name !== undefined && !foreign.has(name);
}

/** `(x)` gives `x`; undefined where the parentheses are not one pair around everything. */
function withoutParentheses(expression: string): string | undefined {
  if (!expression.startsWith("(") || !expression.endsWith(")")) return undefined;
  const inner = expression.slice(1, -1);
  try {
    scan(inner);
    return inner;
  } catch {
    return undefined;
  }
}

function withoutStrings(text: string): string {
  return text.replace(stringToken, '""');
}

interface Operator {
  text: string;
  start: number;
  end: number;
}

const stringToken =
  /(?:[rRbBuUfF]{1,2})?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/g;
const token = new RegExp(
  `${stringToken.source}|#[^\\n]*|[\\p{L}\\p{N}_.]+|:=|==|!=|<=|>=|->|\\*\\*|//|<<|>>|\\\\\\r?\\n|\\s+|[\\s\\S]`,
  "gu",
);
const looser = new Set([
  ..."== != < > <= >= is in not and or if else lambda , := = : ; yield await".split(" "),
]);
const closing: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The operators outside all brackets that bind no tighter than a comparison, and where the expression ends. */
function scan(text: string): { operators: Operator[]; end: number } {
  const operators: Operator[] = [];
  const open: string[] = [];
  for (const found of text.matchAll(token)) {
    const word = found[0];
    if (word.startsWith("#") && open.length === 0) {
      if (text.slice(found.index + word.length).trim() !== "")
        throw new Unsplittable("it has more than one line");
      return { operators, end: found.index };
    }
    if (word === '"' || word === "'") throw new Unsplittable("a string is not closed");
    if (word === "(" || word === "[" || word === "{") open.push(word);
    else if (closing[word] !== undefined) {
      if (open.pop() !== closing[word]) throw new Unsplittable(`"${word}" closes nothing`);
    } else if (open.length === 0) {
      if (
        word === ";" ||
        (/^\s+$/.test(word) && word.includes("\n") && text.slice(found.index).trim() !== "")
      ) {
        throw new Unsplittable("it has more than one statement");
      }
      if (looser.has(word))
        operators.push({ text: word, start: found.index, end: found.index + word.length });
    }
  }
  if (open.length > 0) throw new Unsplittable(`"${open.at(-1)}" is not closed`);
  return { operators, end: text.length };
}

/** The expected value as Python text, at most `limit` characters. */
export function expectedText(test: ParsedAssert, limit: number): string {
  return pythonText(test.expected, limit);
}
