// Reads the values that a JavaScript program's realm wrote (wasm/guest/script-realm.mjs says in which form). They are a
// program's claims: anything of another shape is no value.
import type { ScriptValue } from "./script-value.ts";

/** Undefined where the JSON is no value of the realm's, or nested deeper than `depth`. */
export function readScriptValue(json: unknown, depth: number): ScriptValue | undefined {
  if (depth < 0) return undefined;
  if (json === null) return { type: "null" };
  if (typeof json === "boolean") return { type: "boolean", value: json };
  if (typeof json === "number") return { type: "number", value: json };
  if (typeof json === "string") return { type: "string", value: json };
  if (Array.isArray(json)) {
    const items: (ScriptValue | undefined)[] = [];
    for (const item of json) {
      if (isRecord(item) && "h" in item) items.push(undefined);
      else {
        const value = readScriptValue(item, depth - 1);
        if (!value) return undefined;
        items.push(value);
      }
    }
    return { type: "array", items };
  }
  return isRecord(json) ? readTagged(json, depth - 1) : undefined;
}

const numbers: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

function readTagged(json: Record<string, unknown>, depth: number): ScriptValue | undefined {
  const [tag, other, ...more] = Object.keys(json);
  if (tag === undefined || more.length > 0 || (other !== undefined && (tag !== "o" || other !== "c")))
    return undefined;
  const body = json[tag];
  switch (tag) {
    case "u":
      return { type: "undefined" };
    case "n":
      return typeof body === "string" && Object.hasOwn(numbers, body)
        ? { type: "number", value: numbers[body]! }
        : undefined;
    case "i":
      if (typeof body !== "string" || !/^-?0x[0-9a-f]+$/.test(body)) return undefined;
      return { type: "bigint", value: body.startsWith("-") ? -BigInt(body.slice(1)) : BigInt(body) };
    case "d": {
      const time = readScriptValue(body, depth);
      return time?.type === "number" ? { type: "date", time: time.value } : undefined;
    }
    case "x":
      return typeof body === "string" ? { type: "opaque", name: body.slice(0, 80) } : undefined;
    case "s": {
      const items = readItems(body, depth);
      return items && { type: "set", items };
    }
    case "m": {
      const entries = readPairs(body, (key) => readScriptValue(key, depth), depth);
      return entries && { type: "map", entries };
    }
    case "o": {
      const entries = readPairs(body, (key) => (typeof key === "string" ? key : undefined), depth);
      if (!entries) return undefined;
      return typeof json.c === "string"
        ? { type: "object", entries, className: json.c }
        : { type: "object", entries };
    }
    default:
      return undefined;
  }
}

function readItems(body: unknown, depth: number): ScriptValue[] | undefined {
  if (!Array.isArray(body)) return undefined;
  const items: ScriptValue[] = [];
  for (const item of body) {
    const value = readScriptValue(item, depth);
    if (!value) return undefined;
    items.push(value);
  }
  return items;
}

function readPairs<Key>(
  body: unknown,
  readKey: (key: unknown) => Key | undefined,
  depth: number,
): [Key, ScriptValue][] | undefined {
  if (!Array.isArray(body)) return undefined;
  const entries: [Key, ScriptValue][] = [];
  for (const pair of body) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const key = readKey(pair[0]);
    const value = readScriptValue(pair[1], depth);
    if (key === undefined || !value) return undefined;
    entries.push([key, value]);
  }
  return entries;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
