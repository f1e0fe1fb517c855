// Reads a JavaScript literal (ECMAScript 2025, 12.9 and 13.2) without running JavaScript: the expected side of a test is
// data. JSON with the language's own forms: undefined, NaN, Infinity, signs, big integers, every kind of string without
// substitution, keys without quotes, trailing commas, `new Map([…])` and `new Set([…])`; nothing else.
import type { ScriptValue } from "./script-value.ts";

/** What stopped the reading. */
export class ScriptLiteralError extends Error {}

/** The value of a whole text. Throws ScriptLiteralError where the text is anything but one literal. */
export function parseScriptLiteral(text: string): ScriptValue {
  const reader = new Reader(text);
  const value = reader.value();
  reader.skip();
  if (reader.at < text.length) reader.fail("not part of a literal");
  return value;
}

const depthLimit = 200;
const words: Record<string, ScriptValue> = {
  undefined: { type: "undefined" },
  null: { type: "null" },
  true: { type: "boolean", value: true },
  false: { type: "boolean", value: false },
  NaN: { type: "number", value: Number.NaN },
  Infinity: { type: "number", value: Number.POSITIVE_INFINITY },
};
const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v" };

class Reader {
  at = 0;
  private readonly text: string;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(what: string): never {
    const rest = this.text.slice(this.at, this.at + 20);
    throw new ScriptLiteralError(rest === "" ? `${what}: the text ends` : `${what}: ${JSON.stringify(rest)}`);
  }

  skip(): void {
    this.take(/(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y);
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private sees(token: string): boolean {
    this.skip();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private expect(token: string): void {
    if (!this.sees(token)) this.fail(`"${token}" was expected`);
  }

  value(): ScriptValue {
    if (++this.depth > depthLimit) this.fail(`nested deeper than ${depthLimit}`);
    const value = this.anyValue();
    this.depth--;
    return value;
  }

  private anyValue(): ScriptValue {
    if (this.sees("-")) {
      const value = this.value();
      if (value.type === "number") return { type: "number", value: -value.value };
      if (value.type === "bigint") return { type: "bigint", value: -value.value };
      return this.fail("a sign before something that is not a number");
    }
    if (this.sees("+")) {
      const value = this.value();
      return value.type === "number" ? value : this.fail("a sign before something that is not a number");
    }
    if (this.sees("(")) {
      const value = this.value();
      this.expect(")");
      return value;
    }
    if (this.sees("[")) return { type: "array", items: this.items("]") };
    if (this.sees("{")) return this.object();
    const next = this.text[this.at];
    if (next === '"' || next === "'" || next === "`") return { type: "string", value: this.string() };
    if (next !== undefined && /[\d.]/.test(next)) return this.number();
    return this.word();
  }

  private items(close: string): ScriptValue[] {
    const items: ScriptValue[] = [];
    while (!this.sees(close)) {
      items.push(this.value());
      if (this.sees(",")) continue;
      this.expect(close);
      break;
    }
    return items;
  }

  private object(): ScriptValue {
    const entries = new Map<string, ScriptValue>();
    while (!this.sees("}")) {
      const key = this.key();
      if (key === "__proto__") this.fail("a prototype is no data");
      this.expect(":");
      entries.set(key, this.value());
      if (this.sees(",")) continue;
      this.expect("}");
      break;
    }
    return { type: "object", entries: [...entries] };
  }

  private key(): string {
    this.skip();
    const next = this.text[this.at];
    if (next === '"' || next === "'") return this.string();
    if (next !== undefined && /[\d.]/.test(next)) {
      const number = this.number();
      return "value" in number ? String(number.value) : this.fail("a key was expected");
    }
    return this.take(/[\p{L}_$][\p{L}\p{N}_$]*/uy) ?? this.fail("a key was expected");
  }

  private word(): ScriptValue {
    const word = this.take(/[\p{L}_$][\p{L}\p{N}_$]*/uy);
    if (word === "new") {
      this.skip();
      const type = this.take(/(?:Map|Set)\b/y) ?? this.fail("only `new Map` and `new Set` are literals");
      this.expect("(");
      if (this.sees(")")) return type === "Map" ? { type: "map", entries: [] } : { type: "set", items: [] };
      this.expect("[");
      const items = this.items("]");
      this.sees(",");
      this.expect(")");
      return type === "Map" ? this.mapOf(items) : setOf(items);
    }
    const value = word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined;
    if (value) return value;
    if (word !== undefined) this.at -= word.length;
    return this.fail("a literal was expected");
  }

  private mapOf(items: ScriptValue[]): ScriptValue {
    const entries = new Map<string, [ScriptValue, ScriptValue]>();
    for (const item of items) {
      const [key, value, ...more] = item.type === "array" ? item.items : [];
      if (!key || !value || more.length > 0) return this.fail("a Map is made of pairs");
      entries.set(sameValueKey(key), [key, value]);
    }
    return { type: "map", entries: [...entries.values()] };
  }

  private number(): ScriptValue {
    const digits =
      this.take(/(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*)n/y) ??
      this.take(
        /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y,
      );
    const after = this.text[this.at];
    const plain = digits?.replaceAll("_", "") ?? "";
    if (
      plain === "" ||
      /^0\d/.test(plain) ||
      /_(?!\w)|__|\b_/.test(digits!) ||
      (after && /[\w$]/.test(after))
    )
      return this.fail("not a number");
    // A hexadecimal number has no digit "n": only a big integer ends with it.
    return plain.endsWith("n")
      ? { type: "bigint", value: BigInt(plain.slice(0, -1)) }
      : { type: "number", value: Number(plain) };
  }

  private string(): string {
    const quote = this.text[this.at++]!;
    let out = "";
    for (;;) {
      const character = this.text[this.at++];
      if (character === undefined || (character === "\n" && quote !== "`")) {
        this.at--;
        this.fail("the string is not closed");
      }
      if (character === quote) return out;
      if (character === "$" && quote === "`" && this.text[this.at] === "{")
        this.fail("a template with a substitution is no literal");
      out += character === "\\" ? this.escape() : character;
    }
  }

  private escape(): string {
    const character = this.text[this.at++];
    if (character === undefined) this.fail("the string is not closed");
    if (character === "\n" || character === "\u2028" || character === "\u2029") return "";
    if (character === "\r") {
      if (this.text[this.at] === "\n") this.at++;
      return "";
    }
    if (character === "x") return this.codePoint(/[\da-fA-F]{2}/y);
    if (character === "u") {
      if (!this.text.startsWith("{", this.at)) return this.codePoint(/[\da-fA-F]{4}/y);
      this.at++;
      const text = this.codePoint(/[\da-fA-F]+/y);
      this.expect("}");
      return text;
    }
    if (character === "0" && !/\d/.test(this.text[this.at] ?? "")) return "\0";
    if (/\d/.test(character)) this.fail("octal escapes are not supported");
    return Object.hasOwn(escapes, character) ? escapes[character]! : character;
  }

  private codePoint(pattern: RegExp): string {
    const code = Number.parseInt(this.take(pattern) ?? this.fail("not a character"), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : this.fail("no such character");
  }
}

function setOf(items: ScriptValue[]): ScriptValue {
  return { type: "set", items: [...new Map(items.map((item) => [sameValueKey(item), item])).values()] };
}

let serial = 0;

/** Equal for primitives that are one key of a Map; every object is a key of its own. */
function sameValueKey(value: ScriptValue): string {
  if (!("value" in value))
    return value.type === "undefined" || value.type === "null" ? value.type : `${++serial}`;
  return `${value.type} ${value.value}`;
}
