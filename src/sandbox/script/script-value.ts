// JavaScript values on the trusted side: what a literal in a test denotes and what a program's call gave. Equality is
// that of the assertion that the test names, decided here because in the program's realm nothing is safe from it.

export type ScriptValue =
  | { type: "undefined" }
  | { type: "null" }
  | { type: "boolean"; value: boolean }
  | { type: "number"; value: number }
  | { type: "bigint"; value: bigint }
  | { type: "string"; value: string }
  /** An undefined item is a hole. */
  | { type: "array"; items: (ScriptValue | undefined)[] }
  /** `className` is absent for plain objects; keys in the order of the program. */
  | { type: "object"; entries: [string, ScriptValue][]; className?: string }
  | { type: "map"; entries: [ScriptValue, ScriptValue][] }
  | { type: "set"; items: ScriptValue[] }
  | { type: "date"; time: number }
  /** Anything that is not plain data, by the name of its type: equal to nothing. */
  | { type: "opaque"; name: string };

/**
 * How a test compares, after the assertion that it names:
 * "strict": assert.strictEqual, toBe — Object.is.
 * "identical": `===` — as strict, but NaN equals nothing and 0 equals -0.
 * "loose": assert.equal, `==` — the language's `==` between primitives, and for assert.equal NaN equals NaN.
 * "deep-strict": assert.deepStrictEqual, toStrictEqual — Object.is, same class, same keys (undefined is a value), same holes.
 * "deep": toEqual — Object.is; a key that is undefined counts as missing, a hole as undefined, classes don't matter.
 * "deep-loose": assert.deepEqual — `==` between primitives, NaN equals NaN; same keys; classes don't matter.
 * "truthy": the truth of the value.
 */
export type ScriptComparison =
  | "strict"
  | "identical"
  | "loose"
  | "deep-strict"
  | "deep"
  | "deep-loose"
  | "truthy";

/** Whether `actual` is what is expected. */
export function equalScriptValues(
  expected: ScriptValue,
  actual: ScriptValue,
  comparison: ScriptComparison,
): boolean {
  if (comparison === "truthy") return isTruthy(expected) === isTruthy(actual);
  if (!comparison.startsWith("deep") && (isComposite(expected) || isComposite(actual))) return false;
  return same(expected, actual, comparison);
}

export function isComposite(value: ScriptValue): boolean {
  return ["array", "object", "map", "set", "date", "opaque"].includes(value.type);
}

function isTruthy(value: ScriptValue): boolean {
  switch (value.type) {
    case "undefined":
    case "null":
      return false;
    case "boolean":
    case "number":
    case "bigint":
    case "string":
      return Boolean(value.value);
    default:
      return true;
  }
}

function same(left: ScriptValue, right: ScriptValue, how: ScriptComparison): boolean {
  if (!isComposite(left) && !isComposite(right)) return samePrimitive(left, right, how);
  if (left.type === "array" && right.type === "array") {
    const others = right.items;
    return (
      left.items.length === others.length &&
      left.items.every((item, index) => sameItem(item, others[index], how))
    );
  }
  if (left.type === "object" && right.type === "object") {
    if (how === "deep-strict" && left.className !== right.className) return false;
    const mine = entriesOf(left.entries, how);
    const others = entriesOf(right.entries, how);
    if (mine.size !== others.size) return false;
    for (const [key, item] of mine) {
      const other = others.get(key);
      if (other === undefined || !same(item, other, how)) return false;
    }
    return true;
  }
  if (left.type === "date" && right.type === "date") return Object.is(left.time, right.time);
  if (left.type === "set" && right.type === "set") return sameUnordered(left.items, right.items, how, same);
  if (left.type === "map" && right.type === "map") {
    return sameUnordered(
      left.entries,
      right.entries,
      how,
      (one, other) => same(one[0], other[0], how) && same(one[1], other[1], how),
    );
  }
  return false;
}

const missing: ScriptValue = { type: "undefined" };

function sameItem(left: ScriptValue | undefined, right: ScriptValue | undefined, how: ScriptComparison) {
  if (how === "deep") return same(left ?? missing, right ?? missing, how);
  if (left === undefined || right === undefined) return left === right;
  return same(left, right, how);
}

function entriesOf(entries: [string, ScriptValue][], how: ScriptComparison): Map<string, ScriptValue> {
  return new Map(how === "deep" ? entries.filter(([, item]) => item.type !== "undefined") : entries);
}

/** Whether each item has a partner of its own. Most sets are in the same order: that is tried first. */
function sameUnordered<Item>(
  left: Item[],
  right: Item[],
  how: ScriptComparison,
  equal: (left: Item, right: Item, how: ScriptComparison) => boolean,
): boolean {
  if (left.length !== right.length) return false;
  const free = [...right];
  for (const item of left) {
    const found = free.findIndex((other) => equal(item, other, how));
    if (found < 0) return false;
    free.splice(found, 1);
  }
  return true;
}

function samePrimitive(left: ScriptValue, right: ScriptValue, how: ScriptComparison): boolean {
  const [one, other] = [primitive(left), primitive(right)];
  switch (how) {
    case "loose":
    case "deep-loose":
      // biome-ignore lint/suspicious/noDoubleEquals: the comparison that the test asks for
      return one == other || (Number.isNaN(one) && Number.isNaN(other));
    case "identical":
      return one === other;
    default:
      return Object.is(one, other);
  }
}

function primitive(value: ScriptValue): unknown {
  if (value.type === "null") return null;
  return "value" in value ? value.value : undefined;
}

/** The value as source text, cut to about `limit` characters. */
export function scriptText(value: ScriptValue, limit = Number.POSITIVE_INFINITY): string {
  let room = limit;
  const write = (one: ScriptValue | undefined): string => {
    if (room <= 0) return "…";
    const text = one === undefined ? "<empty>" : compose(one);
    return text;
  };
  const leaf = (text: string) => {
    room -= text.length;
    return text;
  };
  const all = <Item>(items: readonly Item[], each: (item: Item) => string) => {
    const parts: string[] = [];
    for (const item of items) {
      if (room <= 0) break;
      room -= 2;
      parts.push(each(item));
    }
    return parts.join(", ") + (parts.length < items.length ? ", …" : "");
  };
  const compose = (one: ScriptValue): string => {
    switch (one.type) {
      case "array":
        return `[${all(one.items, write)}]`;
      case "object": {
        const name = one.className === undefined ? "" : `${one.className} `;
        const inner = all(one.entries, ([key, item]) => `${leaf(keyText(key))}: ${write(item)}`);
        return `${name}{${inner && ` ${inner} `}}`;
      }
      case "map":
        return `new Map([${all(one.entries, ([key, item]) => `[${write(key)}, ${write(item)}]`)}])`;
      case "set":
        return `new Set([${all(one.items, write)}])`;
      default:
        return leaf(leafText(one, limit));
    }
  };
  const text = write(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function keyText(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : JSON.stringify(key);
}

function leafText(value: ScriptValue, limit: number): string {
  switch (value.type) {
    case "string":
      return JSON.stringify(value.value.length > limit ? value.value.slice(0, limit) : value.value);
    case "number":
      return Object.is(value.value, -0) ? "-0" : String(value.value);
    case "bigint": {
      const digits = value.value.toString(16);
      // Decimal digits of a huge integer cost more than linear time, and nobody reads them.
      return digits.length > limit + 1000 ? `<bigint of ${4 * digits.length} bits>` : `${value.value}n`;
    }
    case "boolean":
      return String(value.value);
    case "date":
      return `new Date(${value.time})`;
    case "opaque":
      return `<${value.name}>`;
    default:
      return value.type;
  }
}
