// Splits a test into what may enter the jail and what must not: `assert f([1, 2]) == 3` becomes the call `f([1, 2])`,
// evaluated in the program's process, and the value 3, which stays here. A test that can't be split soundly is
// refused when it is read, never guessed at: whatever is evaluated inside, a program may answer as it likes.
import { InputError } from "../core/errors.ts";
import { LiteralError, parseLiteral } from "./python-literal.ts";
import { bounded, equalityKey, equalValues, type PyValue, pythonText } from "./python-value.ts";
import { namesOfProgram } from "./test-names.ts";

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
    throw new InputError(where, `cannot judge ${JSON.stringify(bounded(text, 200))}: ${reason}`);
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
  return equalValues(test.expected, actual);
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
    return inner === expression ? truth(expression, true) : split(inner, false);
  }
  if (more.length > 0)
    throw new Unsplittable(`only one comparison is possible, it has ${first.text} and ${more[0]!.text}`);
  const left = body.slice(0, first.start).trim();
  const right = body.slice(first.end, scanned.end).trim();
  if (first.text === "not" && left === "") {
    const denied = withoutParentheses(right);
    const inner = scan(denied).operators[0];
    if (inner) throw new Unsplittable(`only a plain call can be denied, it has ${inner.text}`);
    return truth(denied, false);
  }
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

/** `((x))` gives `x`: without all pairs of parentheses that stand around everything, found in one walk. */
function withoutParentheses(expression: string): string {
  if (!expression.startsWith("(") || !expression.endsWith(")")) return expression;
  /** Where the brackets close that the expression opens with, by the place of the opening one. */
  const closes = new Map<number, number>();
  const open: number[] = [];
  for (const found of expression.matchAll(token)) {
    const word = found[0];
    if (closing.has(word)) closes.set(open.pop() ?? -1, found.index);
    else if (word === "(" || word === "[" || word === "{") open.push(found.index);
  }
  let [start, end] = [0, expression.length];
  while (expression[start] === "(" && closes.get(start) === end - 1) {
    start++;
    end--;
    while (start < end && /\s/.test(expression[start]!)) start++;
    while (end > start && /\s/.test(expression[end - 1]!)) end--;
  }
  return expression.slice(start, end);
}

/** Brackets in one another, or signs and `not` in a row, that a test may have: Python itself takes 200 brackets. */
const nestingLimit = 200;

/** Throws InputError for an assert that no reader, this one or Python's, can go down into. */
export function checkNesting(text: string, where: string): void {
  if (text.length <= nestingLimit) return;
  let [depth, signs] = [0, 0];
  for (const found of text.matchAll(token)) {
    const word = found[0];
    // Not closed: who reads the test says so.
    if (word === '"' || word === "'") return;
    if (closing.has(word)) depth--;
    else if (word === "(" || word === "[" || word === "{") depth++;
    if (prefixes.has(word)) signs++;
    else if (word.trim() !== "") signs = 0;
    if (depth > nestingLimit || signs > nestingLimit)
      throw new InputError(
        where,
        `cannot judge ${JSON.stringify(bounded(text, 200))}: nested deeper than ${nestingLimit}`,
      );
  }
}

/**
 * Throws InputError for an assert that takes more than one name from the program where nothing of it is a literal to compare
 * with: the second is a part of what is expected. `rest` is what else of the test may define names.
 */
export function checkNames(text: string, rest: string, where: string): void {
  if (/\bimport\s*\(?\s*\*/.test(rest)) return;
  const words: string[] = [];
  let depth = 0;
  for (const [word] of text.replace(/^\s*assert/, "").matchAll(token)) {
    if (closing.has(word)) depth--;
    else if (word === "(" || word === "[" || word === "{") depth++;
    if (word === "," && depth === 0) break;
    if (word.trim() !== "" && !word.startsWith("#") && !word.startsWith("\\")) words.push(word);
  }
  const names = namesOfProgram(words, new Set(rest.match(/[\p{L}_][\p{L}\p{N}_]*/gu)));
  if (names.length < 2 || isSplittable(text)) return;
  throw new InputError(
    where,
    `cannot judge ${JSON.stringify(bounded(text, 200))}: it takes both ${names[0]} and ${names[1]} from the program, which ` +
      "would decide what is expected; define in the test (`setup`) what is not the program's",
  );
}

function isSplittable(text: string): boolean {
  try {
    parseAssert(text);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

const prefixes = new Set(["-", "+", "~", "not"]);

function withoutStrings(text: string): string {
  return text.replace(stringToken, '""');
}

interface Operator {
  text: string;
  start: number;
  end: number;
}

const stringToken =
  /(?:[rRbBuUfF]{1,2})?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*')/g;
const token = new RegExp(
  `${stringToken.source}|#[^\\n]*|[\\p{L}\\p{N}_.]+|:=|==|!=|<=|>=|->|\\*\\*|//|<<|>>|\\\\\\r?\\n|\\s+|[\\s\\S]`,
  "gu",
);
const looser = new Set([
  ..."== != < > <= >= is in not and or if else lambda , := = : ; yield await".split(" "),
]);
// A Map, because a program may well call something "constructor".
const closing = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);

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
    else if (closing.has(word)) {
      if (open.pop() !== closing.get(word)) throw new Unsplittable(`"${word}" closes nothing`);
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
