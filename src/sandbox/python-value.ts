// Python values on the trusted side: what a literal in a test denotes and what a program's call gave. Equality is
// Python's `==` between plain data, decided here because in the program's process `==` is the program's to redefine.
import { bothEnds } from "../core/told-text.ts";

export type PyValue =
  | { kind: "none" }
  | { kind: "bool"; value: boolean }
  | { kind: "int"; value: bigint }
  | { kind: "float"; value: number }
  | { kind: "complex"; real: number; imaginary: number }
  /**
   * A Fraction or a Decimal: they compare with numbers by value. Never written in a literal. In lowest terms, as Python
   * has them; a program that claims another is equal to none of them.
   */
  | { kind: "ratio"; numerator: bigint; denominator: bigint }
  | { kind: "str"; value: string }
  /** One character per byte. */
  | { kind: "bytes"; value: string }
  | { kind: "list" | "tuple" | "set"; items: PyValue[] }
  | { kind: "dict"; entries: [PyValue, PyValue][] }
  /** Anything that is not plain data, by the name of its type. */
  | { kind: "opaque"; type: string };

/**
 * A text that two values share exactly if Python calls them equal: `True == 1 == 1.0`, a list is not a tuple,
 * sets and dictionaries have no order. Undefined where the value is equal to nothing: it holds a NaN or an opaque
 * object (Python finds a NaN in a container equal to itself only as the same object, which nothing here is).
 * Takes time linear in the size of the value: a program chooses what it answers, and our process must not stand still.
 */
export function equalityKey(value: PyValue): string | undefined {
  switch (value.kind) {
    case "none":
      return "None";
    case "bool":
      return value.value ? "1" : "0";
    case "int":
      return integerKey(value.value);
    case "float":
      return realKey(value.value);
    case "ratio":
      // Never reduced here: Euclid on integers of a program's choice takes minutes.
      return ratioKey(value.numerator, value.denominator);
    case "complex": {
      const real = realKey(value.real);
      const imaginary = realKey(value.imaginary);
      if (real === undefined || imaginary === undefined) return undefined;
      return imaginary === "0" ? real : `${real}+${imaginary}j`;
    }
    case "str":
      return JSON.stringify(value.value);
    case "bytes":
      return `b${JSON.stringify(value.value)}`;
    case "opaque":
      return undefined;
    case "dict": {
      const entries = new Map<string, string>();
      for (const [key, item] of value.entries) {
        const keyText = equalityKey(key);
        const itemText = equalityKey(item);
        if (keyText === undefined || itemText === undefined) return undefined;
        entries.set(keyText, itemText);
      }
      return `d{${[...entries]
        .map(([key, item]) => `${key}:${item}`)
        .sort()
        .join(",")}}`;
    }
    default: {
      const keys: string[] = [];
      for (const item of value.items) {
        const key = equalityKey(item);
        if (key === undefined) return undefined;
        keys.push(key);
      }
      if (value.kind === "list") return `[${keys.join(",")}]`;
      if (value.kind === "tuple") return `(${keys.join(",")})`;
      return `s{${[...new Set(keys)].sort().join(",")}}`;
    }
  }
}

/**
 * Python's `left == right`. Looks at no more of either than the other asks for. A value whose key is longer than a
 * string can be equals nothing.
 */
export function equalValues(left: PyValue, right: PyValue): boolean {
  try {
    return same(left, right);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function same(left: PyValue, right: PyValue): boolean {
  if (left.kind === "str" && right.kind === "str") return left.value === right.value;
  if ((left.kind === "list" || left.kind === "tuple") && left.kind === right.kind) {
    const others = right.items;
    return (
      left.items.length === others.length && left.items.every((item, index) => same(item, others[index]!))
    );
  }
  if (left.kind === "dict" && right.kind === "dict") {
    const [mine, others] = [byKey(left.entries), byKey(right.entries)];
    if (!mine || mine.size !== others?.size) return false;
    for (const [key, item] of mine) {
      const other = others.get(key);
      if (other === undefined || !same(item, other)) return false;
    }
    return true;
  }
  const key = equalityKey(left);
  return key !== undefined && key === equalityKey(right);
}

function byKey(entries: readonly [PyValue, PyValue][]): Map<string, PyValue> | undefined {
  const found = new Map<string, PyValue>();
  for (const [key, item] of entries) {
    const text = equalityKey(key);
    if (text === undefined) return undefined;
    found.set(text, item);
  }
  return found;
}

function integerKey(value: bigint): string {
  // Hexadecimal is linear in the number of digits; decimal is not.
  return value < 0n ? `-${(-value).toString(16)}` : value.toString(16);
}

/** Every finite double is an exact ratio, so that 0.5 equals Fraction(1, 2) and 2.0**60 equals 2**60. */
function realKey(value: number): string | undefined {
  if (Number.isNaN(value)) return undefined;
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value)) return integerKey(BigInt(value));
  // In lowest terms without a division: the first doubling that gives an integer gives an odd one.
  let doublings = 0;
  let scaled = value;
  for (; !Number.isInteger(scaled); doublings++) scaled *= 2;
  return ratioKey(BigInt(scaled), 1n << BigInt(doublings));
}

function ratioKey(numerator: bigint, denominator: bigint): string {
  const text = integerKey(numerator);
  return denominator === 1n ? text : `${text}/${integerKey(denominator)}`;
}

/** The value as Python would print it; of one that is longer than `limit` characters, both ends. */
export function pythonText(value: PyValue, limit = Number.POSITIVE_INFINITY): string {
  const out: string[] = [];
  let length = 0;
  // What lies beyond the limit is kept only as far as an end of it may be shown.
  let last = "";
  const write = (text: string) => {
    length += text.length;
    if (length - text.length <= limit) out.push(text);
    else last = `${last.length > 4 * limit ? last.slice(-limit) : last}${text}`;
  };
  const list = (open: string, items: readonly PyValue[], close: string) => {
    write(open);
    for (let i = 0; i < items.length; i++) {
      if (i > 0) write(", ");
      visit(items[i]!);
    }
    write(close);
  };
  const visit = (item: PyValue): void => {
    switch (item.kind) {
      case "list":
        list("[", item.items, "]");
        return;
      case "tuple":
        list("(", item.items, item.items.length === 1 ? ",)" : ")");
        return;
      case "set":
        if (item.items.length === 0) write("set()");
        else list("{", item.items, "}");
        return;
      case "dict": {
        write("{");
        for (let i = 0; i < item.entries.length; i++) {
          if (i > 0) write(", ");
          visit(item.entries[i]![0]);
          write(": ");
          visit(item.entries[i]![1]);
        }
        write("}");
        return;
      }
      default:
        write(scalarText(item, limit));
    }
  };
  visit(value);
  return bounded(out.join("") + last, limit);
}

/** The text, or both its ends with an ellipsis between them. Never cuts a character in two. */
export const bounded = bothEnds;

type Scalar = Exclude<PyValue, { items: PyValue[] } | { kind: "dict" }>;

function scalarText(value: Scalar, limit: number): string {
  switch (value.kind) {
    case "none":
      return "None";
    case "bool":
      return value.value ? "True" : "False";
    case "int":
      return integerText(value.value, limit);
    case "float":
      return floatText(value.value);
    case "complex":
      return complexText(value.real, value.imaginary);
    case "ratio":
      return `Fraction(${integerText(value.numerator, limit)}, ${integerText(value.denominator, limit)})`;
    case "str":
      return quoted(scalarEnds(value.value, limit), false);
    case "bytes":
      return `b${quoted(scalarEnds(value.value, limit), true)}`;
    case "opaque":
      return `<${value.type} object>`;
  }
}

/** What of a long text can be shown: its middle goes before every character of it is escaped. */
function scalarEnds(text: string, limit: number): string {
  return text.length > 4 * limit ? text.slice(0, limit) + text.slice(-limit) : text;
}

function integerText(value: bigint, limit: number): string {
  const hexadecimal = value.toString(16);
  // Decimal digits of a huge integer cost more than linear time, and nobody reads them.
  return hexadecimal.length > limit + 1000 ? `<int of ${4 * hexadecimal.length} bits>` : value.toString();
}

/** Python's repr: the shortest digits that read back, in scientific form outside 1e-4 … 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace("-", "").replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

function complexText(real: number, imaginary: number): string {
  const part = (value: number) => floatText(value).replace(/\.0$/, "");
  if (Object.is(real, 0)) return `${part(imaginary)}j`;
  const text = part(imaginary);
  return `(${part(real)}${text.startsWith("-") ? "" : "+"}${text}j)`;
}

const namedEscapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string, bytes: boolean): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (namedEscapes[character] !== undefined) out += namedEscapes[character];
    else if (character === quote) out += `\\${quote}`;
    else if (code < 0x20 || code === 0x7f || (bytes && code > 0x7e))
      out += `\\x${code.toString(16).padStart(2, "0")}`;
    else out += unprintable.test(character) ? escapedCodePoint(code) : character;
  }
  return out + quote;
}

// Python's str.isprintable: everything but "Other" and "Separator", of which the space is printable.
const unprintable = /^(?! )[\p{C}\p{Z}]$/u;

function escapedCodePoint(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
