// Splits a JavaScript test into what may enter the program's realm and what must not, as assert.ts does for Python:
// `assert.deepStrictEqual(f([1, 2]), 3)` becomes the call `f([1, 2])`, evaluated inside, and the value 3, which stays
// here, with the assertion's own notion of equal. What can't be split soundly is refused when it is read.
import { InputError } from "../../core/errors.ts";
import { bothEnds } from "../../core/told-text.ts";
import { parseScriptLiteral, ScriptLiteralError } from "./script-literal.ts";
import { equalScriptValues, isComposite, type ScriptComparison, type ScriptValue } from "./script-value.ts";

export interface ScriptAssert {
  language: "javascript";
  /** A JavaScript expression, exactly as written; `await …` where the test waits for it. */
  call: string;
  expected: ScriptValue;
  comparison: ScriptComparison;
}

const forms =
  "assert.deepStrictEqual(CALL, LITERAL), assert.deepEqual, assert.strictEqual, assert.equal, assert(CALL === LITERAL), " +
  "assert(CALL), assert(!CALL), console.assert(…), expect(CALL).toEqual(LITERAL), .toStrictEqual, .toBe";

const assertions: Record<string, ScriptComparison> = {
  "assert.deepStrictEqual": "deep-strict",
  "assert.deepEqual": "deep-loose",
  "assert.strict.deepEqual": "deep-strict",
  "assert.strictEqual": "strict",
  "assert.strict.equal": "strict",
  "assert.equal": "loose",
};
const truths = new Set(["assert", "assert.ok", "console.assert"]);
const matchers: Record<string, ScriptComparison> = {
  toEqual: "deep",
  toStrictEqual: "deep-strict",
  toBe: "strict",
};
/** Matchers that carry their value in their name. */
const nullary: Record<string, [string, ScriptComparison]> = {
  toBeNull: ["null", "strict"],
  toBeUndefined: ["undefined", "strict"],
  toBeNaN: ["NaN", "strict"],
  toBeTruthy: ["true", "truthy"],
  toBeFalsy: ["false", "truthy"],
};

/** Reads one test of the forms above. Throws InputError, which names the test, for anything else. */
export function parseScriptAssert(text: string, where = "test"): ScriptAssert {
  try {
    return read(withoutSemicolons(text.trim()));
  } catch (error) {
    if (!(error instanceof Unsplittable || error instanceof ScriptLiteralError)) throw error;
    throw new InputError(where, `cannot judge ${JSON.stringify(bothEnds(text, 200))}: ${error.message}`);
  }
}

function withoutSemicolons(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === ";") end--;
  return text.slice(0, end).trimEnd();
}

/** Whether a value that came back is what the test expects. */
export function satisfiesScript(test: ScriptAssert, actual: ScriptValue): boolean {
  return equalScriptValues(test.expected, actual, test.comparison);
}

class Unsplittable extends Error {}

function read(text: string): ScriptAssert {
  const head = /^([\p{L}_$][\p{L}\p{N}_$.]*)\s*\(/u.exec(text);
  const name = head?.[1] ?? "";
  const inner = head ? argumentsAt(text, head[0].length) : undefined;
  if (!inner) throw new Unsplittable(`a test is one of ${forms}`);
  const rest = text.slice(inner.end).trim();
  const first = inner.items[0];
  if (first === undefined || first.trim() === "") throw new Unsplittable("it asserts nothing");
  if (name === "expect") return expectation(first.trim(), inner.items.length, rest);
  const known = Object.hasOwn(assertions, name) || truths.has(name);
  if (known && rest !== "")
    throw new Unsplittable(`it has more than one statement: ${JSON.stringify(rest.slice(0, 20))}`);
  const comparison = Object.hasOwn(assertions, name) ? assertions[name] : undefined;
  if (comparison) {
    const second = inner.items[1];
    if (second === undefined || inner.items.length > 3)
      throw new Unsplittable(`${name} compares a call with a literal`);
    return sides(first.trim(), second.trim(), comparison);
  }
  if (truths.has(name)) {
    if (inner.items.length > 2) throw new Unsplittable(`${name} takes a condition and a message`);
    return condition(first.trim());
  }
  throw new Unsplittable(`a test is one of ${forms}`);
}

function expectation(call: string, count: number, rest: string): ScriptAssert {
  if (count !== 1) throw new Unsplittable("expect takes one call");
  const head = /^\.\s*(\w+)\s*\(/.exec(rest);
  const matcher = head?.[1] ?? "";
  const inner = head ? argumentsAt(rest, head[0].length) : undefined;
  if (!inner || rest.slice(inner.end).trim() !== "")
    throw new Unsplittable("after expect(…) comes one matcher: .toEqual(LITERAL), .toStrictEqual or .toBe");
  const [argument = "", ...more] = inner.items;
  const fixed = Object.hasOwn(nullary, matcher) ? nullary[matcher] : undefined;
  if (fixed && argument.trim() === "") return made(call, parseScriptLiteral(fixed[0]), fixed[1]);
  const comparison = Object.hasOwn(matchers, matcher) ? matchers[matcher] : undefined;
  if (!comparison || more.length > 0)
    throw new Unsplittable(`the matcher .${matcher} can't be judged outside the program's realm`);
  return made(call, parseScriptLiteral(argument), comparison);
}

/** `CALL === LITERAL`, `CALL == LITERAL`, `CALL`, `!CALL`. */
function condition(text: string): ScriptAssert {
  const operators = operatorsOf(text);
  const equals = operators.filter(({ text: operator }) => operator === "===" || operator === "==");
  if (equals.length === 1) {
    const { text: operator, start } = equals[0]!;
    const other = operators.find(({ text: one }) => looser.has(one));
    if (other) throw new Unsplittable(`only one comparison is possible, it has ${other.text} too`);
    return sides(
      text.slice(0, start).trim(),
      text.slice(start + operator.length).trim(),
      operator === "===" ? "identical" : "loose",
    );
  }
  const negated = text.startsWith("!") && !text.startsWith("!!");
  const call = negated ? text.slice(1).trim() : text;
  return made(call, { type: "boolean", value: !negated }, "truthy");
}

function sides(left: string, right: string, comparison: ScriptComparison): ScriptAssert {
  const expected = literalOrError(right);
  if (!(expected instanceof ScriptLiteralError)) return made(left, expected, comparison);
  const swapped = literalOrError(left);
  if (!(swapped instanceof ScriptLiteralError)) return made(right, swapped, comparison);
  throw new Unsplittable(`neither side is a JavaScript literal (${expected.message})`);
}

function literalOrError(text: string): ScriptValue | ScriptLiteralError {
  try {
    return parseScriptLiteral(text);
  } catch (error) {
    if (error instanceof ScriptLiteralError) return error;
    throw error;
  }
}

function made(call: string, expected: ScriptValue, comparison: ScriptComparison): ScriptAssert {
  if (!(literalOrError(call) instanceof ScriptLiteralError))
    throw new Unsplittable("it calls nothing of the program");
  if (!comparison.startsWith("deep") && isComposite(expected))
    throw new Unsplittable("two objects are never identical: use deepStrictEqual, deepEqual or toEqual");
  if (comparison === "identical" && expected.type === "number" && Number.isNaN(expected.value))
    throw new Unsplittable("nothing is === NaN: use assert.strictEqual or toBeNaN");
  const operators = operatorsOf(call);
  const outside = operators.find(({ text }) => text === "," || text === ";" || text === "=");
  if (outside) throw new Unsplittable(`the call holds a ${JSON.stringify(outside.text)}`);
  if ((expected.type === "boolean" || comparison === "truthy") && !isOwnCall(call)) {
    throw new Unsplittable(
      "a test of truth must be a plain call of the program's own function; " +
        "anything around it would be decided in the program's realm",
    );
  }
  if (/[=!]=/.test(withoutStrings(call)) && !/=>|\bfunction\b/.test(call))
    throw new Unsplittable("it compares inside the call, where the program decides what equal means");
  return { language: "javascript", call, expected, comparison };
}

// What is never the program's own function: it would be handed the answer, the comparison, or both.
const foreign = new Set(
  (
    "Object Array Number String Boolean BigInt Symbol Map Set Math JSON Reflect Date RegExp isNaN isFinite eval Function " +
    "isDeepStrictEqual isEqual deepEqual equal equals structuredClone globalThis console assert expect"
  ).split(" "),
);

/** `f(…)`, `await f(…)`, `thing.method(…)`, `new Thing(…).method(…)`: nothing after it, and no operator. */
function isOwnCall(call: string): boolean {
  const head =
    /^(?:await\s+)?(?:new\s+)?([\p{L}_$][\p{L}\p{N}_$]*)((?:\.[\p{L}_$][\p{L}\p{N}_$]*)*)\s*\(/u.exec(call);
  if (!head || foreign.has(head[1]!)) return false;
  let end = argumentsAt(call, head[0].length)?.end;
  if (end === undefined) return false;
  const method = /^\s*\.[\p{L}_$][\p{L}\p{N}_$]*\s*\(/u.exec(call.slice(end));
  if (method && /^(?:await\s+)?new\s/.test(call)) end = argumentsAt(call, end + method[0].length)?.end ?? -1;
  return call.slice(end).trim() === "";
}

const token =
  /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}\p{N}_$]+|===|!==|==|!=|=>|<=|>=|&&|\|\||\?\?|\?\.|\s+|[\s\S]/uy;
// A Map, because a test may well call something "constructor".
const closing = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);
const looser = new Set(["!==", "!=", "&&", "||", "??", "?", "=>", "=", "in", "instanceof", ",", ";"]);

interface Token {
  text: string;
  start: number;
  depth: number;
}

/** The tokens of an expression; those in brackets have a depth above 0. Strings and templates are one token each. */
function* tokens(text: string, from = 0): Generator<Token> {
  const open: string[] = [];
  let last = "";
  for (let at = from; at < text.length; ) {
    let end = at;
    if (text[at] === "`") end = templateEnd(text, at);
    else if (text[at] === "/" && !/[\w$)\]}"'`]$/.test(last) && !/^\/[/*]/.test(text.slice(at, at + 2)))
      end = patternEnd(text, at);
    else {
      token.lastIndex = at;
      end = at + token.exec(text)![0].length;
    }
    const found = text.slice(at, end);
    if (found === '"' || found === "'") throw new Unsplittable("a string is not closed");
    if (closing.has(found)) {
      if (open.length === 0) {
        yield { text: found, start: at, depth: -1 };
        return;
      }
      if (open.pop() !== closing.get(found)) throw new Unsplittable(`"${found}" closes nothing`);
    }
    yield { text: found, start: at, depth: open.length };
    if (found === "(" || found === "[" || found === "{") open.push(found);
    if (found.trim() !== "") last = found;
    at = end;
  }
  if (open.length > 0) throw new Unsplittable(`"${open.at(-1)}" is not closed`);
}

function templateEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "`") return at + 1;
    else if (text.startsWith("${", at))
      throw new Unsplittable("a template with a substitution can't be judged");
  }
  throw new Unsplittable("a string is not closed");
}

function patternEnd(text: string, start: number): number {
  const pattern = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
  pattern.lastIndex = start;
  const found = pattern.exec(text)?.[0];
  if (found === undefined) throw new Unsplittable("a regular expression is not closed");
  return start + found.length;
}

/** The arguments of a call whose opening bracket lies just before `start`, and where the call ends. */
function argumentsAt(text: string, start: number): { items: string[]; end: number } | undefined {
  const items: string[] = [];
  let from = start;
  for (const { text: word, start: at, depth } of tokens(text, start)) {
    if (depth === 0 && word === ",") {
      items.push(text.slice(from, at));
      from = at + 1;
    } else if (depth < 0) {
      if (word !== ")") return undefined;
      const last = text.slice(from, at);
      if (last.trim() !== "" || items.length === 0) items.push(last);
      return { items, end: at + 1 };
    }
  }
  return undefined;
}

/** Words and signs outside all brackets that are not part of a plain call. */
function operatorsOf(text: string): Token[] {
  const found: Token[] = [];
  for (const one of tokens(text)) {
    if (one.depth < 0) throw new Unsplittable(`"${one.text}" closes nothing`);
    if (one.depth === 0 && (looser.has(one.text) || one.text === "===" || one.text === "==")) found.push(one);
  }
  return found;
}

function withoutStrings(text: string): string {
  let out = "";
  for (const { text: word } of tokens(text)) out += /^["'`]/.test(word) ? '""' : word;
  return out;
}
