// What crosses the jail's wall, in both directions. Inwards: the program, the calls or one stdin, never an expected
// value. Outwards: lines that the program's process wrote, which are claims to be checked for shape and compared.
import type { PyValue } from "./python-value.ts";

/** One visit of a program to the jail: one process. */
export type Visit =
  | {
      style: "function";
      program: string;
      calls: readonly string[] /** Write each answer as it comes. */;
      stepwise: boolean;
    }
  | { style: "stdio"; program: string; stdin: string };

/** A mark, a four-byte big-endian length and JSON. Everything that ever enters the jail is made here. */
export function visitFrame(visit: Visit): Buffer {
  const { style: _style, ...job } = visit;
  const body = Buffer.from(JSON.stringify(job), "utf8");
  const frame = Buffer.allocUnsafe(8 + body.length);
  frame.write("JOB1", 0, "latin1");
  frame.writeUInt32BE(body.length, 4);
  body.copy(frame, 8);
  return frame;
}

export interface RaisedError {
  type: string;
  message: string;
  line?: number;
  /** Set where the exception is how a limit showed itself. */
  limit?: "memory" | "output";
}

export type CallAnswer = { value: PyValue } | { error: RaisedError };

/** What the lines of one visit say, as far as they can be read. */
export interface Answers {
  /** Whether the program itself ran: undefined where it did not get to say. */
  loaded?: { ok: true } | { ok: false; parsed: boolean; error: RaisedError };
  calls: CallAnswer[];
  /** The process says that its CPU budget ran out. */
  outOfTime: boolean;
  /** A line could not be read: the program wrote on the channel. What came before it stands. */
  garbled: boolean;
}

/** Reads the lines of an answer; at most `callCount` calls. Never throws. */
export function readAnswers(text: string, callCount: number): Answers {
  const answers: Answers = { calls: [], outOfTime: false, garbled: false };
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const answer: unknown = JSON.parse(line);
      if (!isRecord(answer)) throw new Malformed();
      if (answer.end === "cpu") answers.outOfTime = true;
      else if (answers.loaded === undefined) answers.loaded = readLoaded(answer);
      else if (answers.calls.length < callCount) answers.calls.push(readCall(answer));
      else throw new Malformed();
    } catch {
      // Also a RangeError: nesting that the parser gives up on.
      answers.garbled = true;
      break;
    }
  }
  return answers;
}

class Malformed extends Error {}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readLoaded(answer: Record<string, unknown>): NonNullable<Answers["loaded"]> {
  if (answer.p === "ok") return { ok: true };
  if (answer.p !== "unparsable" && answer.p !== "error") throw new Malformed();
  return { ok: false, parsed: answer.p === "error", error: readError(answer) };
}

function readCall(answer: Record<string, unknown>): CallAnswer {
  return "v" in answer ? { value: readValue(answer.v, 0) } : { error: readError(answer) };
}

function readError(answer: Record<string, unknown>): RaisedError {
  if (!Array.isArray(answer.e)) throw new Malformed();
  const [type, message, line] = answer.e as unknown[];
  if (typeof type !== "string" || typeof message !== "string") throw new Malformed();
  const error: RaisedError = { type, message };
  if (typeof line === "number" && Number.isSafeInteger(line) && line > 0) error.line = line;
  if (answer.k === "memory" || answer.k === "output") error.limit = answer.k;
  return error;
}

const depthLimit = 250;

function readValue(json: unknown, depth: number): PyValue {
  if (depth > depthLimit) throw new Malformed();
  if (json === null) return { kind: "none" };
  if (typeof json === "boolean") return { kind: "bool", value: json };
  if (typeof json === "string") return { kind: "str", value: json };
  if (typeof json === "number") {
    if (!Number.isSafeInteger(json)) throw new Malformed();
    return { kind: "int", value: BigInt(json) };
  }
  if (Array.isArray(json)) return { kind: "list", items: readItems(json, depth) };
  if (!isRecord(json)) throw new Malformed();
  const [tag, ...others] = Object.keys(json);
  if (tag === undefined || others.length > 0) throw new Malformed();
  return readTagged(tag, json[tag], depth);
}

function readTagged(tag: string, body: unknown, depth: number): PyValue {
  switch (tag) {
    case "i":
      return { kind: "int", value: readInteger(body) };
    case "f":
      return { kind: "float", value: readFloat(body) };
    case "c": {
      const [real, imaginary] = readPair(body);
      return { kind: "complex", real: readFloat(real), imaginary: readFloat(imaginary) };
    }
    case "q": {
      const [top, bottom] = readPair(body);
      const denominator = readInteger(bottom);
      if (denominator <= 0n) throw new Malformed();
      return { kind: "ratio", numerator: readInteger(top), denominator };
    }
    case "b":
      if (typeof body !== "string" || !/^(?:[0-9a-f]{2})*$/.test(body)) throw new Malformed();
      return { kind: "bytes", value: Buffer.from(body, "hex").toString("latin1") };
    case "t":
      return { kind: "tuple", items: readItems(body, depth) };
    case "s":
      return { kind: "set", items: readItems(body, depth) };
    case "d":
      if (!Array.isArray(body)) throw new Malformed();
      return {
        kind: "dict",
        entries: body.map((entry): [PyValue, PyValue] => {
          const [key, item] = readPair(entry);
          return [readValue(key, depth + 1), readValue(item, depth + 1)];
        }),
      };
    case "o":
      if (typeof body !== "string") throw new Malformed();
      return { kind: "opaque", type: body };
    default:
      throw new Malformed();
  }
}

function readItems(body: unknown, depth: number): PyValue[] {
  if (!Array.isArray(body)) throw new Malformed();
  return body.map((item) => readValue(item, depth + 1));
}

function readPair(body: unknown): [unknown, unknown] {
  if (!Array.isArray(body) || body.length !== 2) throw new Malformed();
  return [body[0], body[1]];
}

/** `0x1f` or `-0x1f`. */
function readInteger(body: unknown): bigint {
  if (typeof body !== "string" || !/^-?0x[0-9a-f]+$/.test(body)) throw new Malformed();
  return body.startsWith("-") ? -BigInt(body.slice(1)) : BigInt(body);
}

function readFloat(body: unknown): number {
  if (body === "inf") return Number.POSITIVE_INFINITY;
  if (body === "-inf") return Number.NEGATIVE_INFINITY;
  if (body === "nan") return Number.NaN;
  if (typeof body !== "string" || !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(body)) throw new Malformed();
  return Number(body);
}
