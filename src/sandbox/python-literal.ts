// Reads a Python literal (The Python Language Reference, 2.4 and 6.2) without running Python: the expected side of
// a test is data, and data is parsed where the judge lives. Numbers, strings, bytes, None, True, False, lists,
// tuples, dictionaries, sets, `set()`, signs and `a+bj`; nothing else.
import type { PyValue } from "./python-value.ts";

/** What stopped the reading, and where: an offset into the text. */
export class LiteralError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.name = "LiteralError";
    this.offset = offset;
  }
}

/** The value of a whole text. Throws LiteralError where the text is anything but one literal. */
export function parseLiteral(text: string): PyValue {
  const reader = new Reader(text);
  const value = reader.expressionList();
  reader.skipBlank();
  if (reader.at < text.length) throw new LiteralError(reader.at, `not part of a literal: ${reader.rest()}`);
  return value;
}

const depthLimit = 200;
/** Python reads 4300; the time to read decimal digits grows faster than their number. */
const digitLimit = 100_000;
const numberPattern =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)|(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?/y;
const stringPattern = /([rR][bB]?|[bB][rR]?|[uU])?("""|'''|"|')/y;
const wordPattern = /[\p{L}_][\p{L}\p{N}_]*/uy;

class Reader {
  at = 0;
  private readonly text: string;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  rest(): string {
    return JSON.stringify(this.text.slice(this.at, this.at + 20));
  }

  /** Blanks, line ends, comments and continuation lines: a literal may be spread over lines. */
  skipBlank(): void {
    // One kind at a time: a single pattern for all of them needs room on the stack for each character.
    for (;;) {
      const found = this.match(/[ \t\f\r\n]+|\\\r?\n|#[^\n]*/y);
      if (!found) return;
      this.at += found[0].length;
    }
  }

  /** A literal, or a tuple without parentheses: `1, 2`. */
  expressionList(): PyValue {
    const first = this.value();
    if (!this.take(",")) return first;
    const items = [first];
    while (!this.ended()) {
      items.push(this.value());
      if (!this.take(",")) break;
    }
    return { kind: "tuple", items };
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  private ended(): boolean {
    this.skipBlank();
    return this.at >= this.text.length;
  }

  private take(token: string): boolean {
    this.skipBlank();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private fail(message: string): never {
    throw new LiteralError(this.at, message);
  }

  private value(): PyValue {
    if (++this.depth > depthLimit) this.fail(`nested deeper than ${depthLimit}`);
    const left = this.signed();
    this.depth--;
    if (!isReal(left)) return left;
    const sign = this.take("+") ? 1 : this.take("-") ? -1 : 0;
    if (sign === 0) return left;
    const right = this.signed();
    if (right.kind !== "complex") this.fail("arithmetic is not a literal");
    return { kind: "complex", real: Number(left.value), imaginary: sign * right.imaginary };
  }

  private signed(): PyValue {
    let signs = 0;
    let negative = false;
    for (; ; signs++) {
      if (this.take("-")) negative = !negative;
      else if (!this.take("+")) break;
      if (signs >= depthLimit) this.fail(`more than ${depthLimit} signs in a row`);
    }
    const value = this.atom();
    if (signs > 0 && !isReal(value) && value.kind !== "complex")
      this.fail("a sign before something that is not a number");
    return negative ? negated(value) : value;
  }

  private atom(): PyValue {
    this.skipBlank();
    const character = this.text[this.at];
    if (character === undefined) this.fail("a literal was expected, the text ends");
    if (character === "(") return this.parenthesised();
    if (character === "[") return { kind: "list", items: this.listItems() };
    if (character === "{") return this.braced();
    if (this.match(stringPattern)) return this.strings();
    if (/[0-9.]/.test(character)) return this.number();
    return this.word();
  }

  private listItems(): PyValue[] {
    this.take("[");
    return this.items("]", []);
  }

  /** The items up to the closing bracket, after those already read. */
  private items(close: string, items: PyValue[]): PyValue[] {
    while (!this.take(close)) {
      items.push(this.value());
      if (this.take(",")) continue;
      if (this.take(close)) break;
      this.fail(`"," or "${close}" was expected, seen ${this.rest()}`);
    }
    return items;
  }

  private parenthesised(): PyValue {
    this.take("(");
    if (this.take(")")) return { kind: "tuple", items: [] };
    const first = this.value();
    if (this.take(")")) return first;
    if (!this.take(",")) this.fail(`"," or ")" was expected, seen ${this.rest()}`);
    return { kind: "tuple", items: this.items(")", [first]) };
  }

  private braced(): PyValue {
    this.take("{");
    if (this.take("}")) return { kind: "dict", entries: [] };
    const start = this.at;
    const first = this.value();
    if (!this.take(":")) {
      this.at = start;
      const items = this.items("}", []);
      for (const item of items) this.requireHashable(item);
      return { kind: "set", items };
    }
    const entries: [PyValue, PyValue][] = [];
    let key = first;
    for (;;) {
      this.requireHashable(key);
      entries.push([key, this.value()]);
      if (this.take("}")) break;
      if (!this.take(",")) this.fail(`"," or "}" was expected, seen ${this.rest()}`);
      if (this.take("}")) break;
      key = this.value();
      if (!this.take(":")) this.fail(`":" was expected, seen ${this.rest()}`);
    }
    return { kind: "dict", entries };
  }

  private requireHashable(value: PyValue): void {
    if (value.kind === "list" || value.kind === "set" || value.kind === "dict")
      this.fail(`unhashable: ${value.kind}`);
    if (value.kind === "tuple") for (const item of value.items) this.requireHashable(item);
  }

  private word(): PyValue {
    const word = this.match(wordPattern)?.[0];
    if (word === undefined) this.fail(`a literal was expected, seen ${this.rest()}`);
    if (word === "None" || word === "True" || word === "False") {
      this.at += word.length;
      return word === "None" ? { kind: "none" } : { kind: "bool", value: word === "True" };
    }
    const emptySet = this.match(/set\s*\(\s*\)/y);
    if (!emptySet) this.fail(`a literal was expected, seen the name ${JSON.stringify(word.slice(0, 40))}`);
    this.at += emptySet[0].length;
    return { kind: "set", items: [] };
  }

  private number(): PyValue {
    const found = this.match(numberPattern)?.[0];
    if (!found) this.fail(`a number was expected, seen ${this.rest()}`);
    const after = this.text[this.at + found.length];
    if (after !== undefined && /[\p{L}\p{N}_]/u.test(after)) this.fail(`not a number: ${this.rest()}`);
    const digits = found.replaceAll("_", "");
    if (/[jJ]$/.test(digits)) {
      this.at += found.length;
      return { kind: "complex", real: 0, imaginary: Number(digits.slice(0, -1)) };
    }
    const isInteger = /^(?:0[xXoObB]|\d+$)/.test(digits);
    if (isInteger && digits.length > digitLimit) this.fail(`an integer of more than ${digitLimit} digits`);
    if (isInteger && /^0+[1-9]/.test(digits)) this.fail("leading zeros in an integer are not allowed");
    this.at += found.length;
    return isInteger ? { kind: "int", value: BigInt(digits) } : { kind: "float", value: Number(digits) };
  }

  /** Adjacent strings are one string. */
  private strings(): PyValue {
    let value = "";
    let kind: "str" | "bytes" | undefined;
    for (let opening = this.match(stringPattern); opening; opening = this.match(stringPattern)) {
      const prefix = (opening[1] ?? "").toLowerCase();
      const kindHere = prefix.includes("b") ? "bytes" : "str";
      if (kind !== undefined && kind !== kindHere) this.fail("bytes and strings side by side");
      kind = kindHere;
      this.at += opening[0].length;
      value += this.stringBody(opening[2]!, prefix.includes("r"), kind === "bytes");
      this.skipBlank();
    }
    return { kind: kind!, value };
  }

  private stringBody(quote: string, raw: boolean, bytes: boolean): string {
    let out = "";
    for (;;) {
      if (this.text.startsWith(quote, this.at)) {
        this.at += quote.length;
        return out;
      }
      const character = this.text[this.at];
      if (character === undefined || (character === "\n" && quote.length === 1))
        this.fail("the string is not closed");
      if (bytes && character > "\x7f") this.fail("bytes may hold ASCII characters only");
      this.at++;
      if (character !== "\\") {
        if (character === "\r") {
          if (this.text[this.at] === "\n") this.at++;
          out += "\n";
        } else out += character;
      } else if (raw) {
        const next = this.text[this.at++];
        if (next === undefined) this.fail("the string is not closed");
        out += `\\${next}`;
      } else out += this.escape(bytes);
    }
  }

  private escape(bytes: boolean): string {
    const character = this.text[this.at++];
    if (character === undefined) this.fail("the string is not closed");
    if (character === "\n" || character === "\r") {
      if (character === "\r" && this.text[this.at] === "\n") this.at++;
      return "";
    }
    const simple = simpleEscapes[character];
    if (simple !== undefined) return simple;
    const octal = /[0-7]{1,3}/y;
    octal.lastIndex = this.at - 1;
    const digits = octal.exec(this.text)?.[0];
    if (digits) {
      this.at += digits.length - 1;
      const code = Number.parseInt(digits, 8);
      return String.fromCharCode(bytes ? code & 0xff : code);
    }
    const width = character === "x" ? 2 : bytes ? 0 : character === "u" ? 4 : character === "U" ? 8 : 0;
    if (width > 0) {
      const code = this.text.slice(this.at, this.at + width);
      if (!/^[0-9a-fA-F]+$/.test(code) || code.length < width)
        this.fail(`\\${character} needs ${width} digits`);
      const value = Number.parseInt(code, 16);
      if (value > 0x10ffff) this.fail("no such character");
      this.at += width;
      return String.fromCodePoint(value);
    }
    if (character === "N" && !bytes) this.fail("\\N{…} is not supported: write the character itself");
    return `\\${character}`;
  }
}

const simpleEscapes: Record<string, string> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function isReal(value: PyValue): value is Extract<PyValue, { kind: "int" | "float" }> {
  return value.kind === "int" || value.kind === "float";
}

function negated(value: PyValue): PyValue {
  if (value.kind === "int") return { kind: "int", value: -value.value };
  if (value.kind === "float") return { kind: "float", value: -value.value };
  if (value.kind === "complex") return { kind: "complex", real: -value.real, imaginary: -value.imaginary };
  throw new Error(`negated: ${value.kind}`);
}
