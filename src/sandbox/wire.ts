// What crosses the jail's wall, in both directions. Inwards: the program, the calls or stdins, never an expected
// value. Outwards: lines that the program's process wrote, which are claims to be checked for shape and compared.
import type { PyValue } from "./python-value.ts";
import type { ScriptValue } from "./script/script-value.ts";
import { readScriptValue } from "./script/script-wire.ts";

export type Language = "python" | "javascript" | "typescript";

/** One visit of a program to the jail: one process. Its language, where it is not Python, matters to some workers alone. */
export type Visit = { language?: Language } & VisitWork;

type VisitWork =
  | {
      style: "function";
      program: string;
      calls: readonly string[] /** Write each answer as it comes. */;
      stepwise: boolean;
    }
  | { style: "stdio"; program: string /** One run of the script for each. */; stdins: readonly string[] }
  /** The program is loaded and then does what is asked of it, call by call (python/serving.py). */
  | { style: "serve"; program: string; valueBytes: number; talk: Talk }
  /** A test that is code, in the trusted process that runs it (python/judging.py). */
  | ({ style: "test"; talk: Talk } & CodeTest);

/** Tests that are code: asserts that can't be split, or a whole text. They never enter the jail. */
export interface CodeTest {
  setup: string;
  asserts: readonly string[];
  code: string;
  entry: string | null;
}

/** What is said to a process while it runs, and heard of it. */
export interface Talk {
  /** The process is on its way; it reads what is sent from now on. */
  open(line: TalkLine): void;
  /** Bytes as they come; those of the seal may be among the last. */
  receive(chunk: Buffer): void;
}

export interface TalkLine {
  send(frame: Buffer): void;
  /** Ends the process. */
  end(): void;
}

/**
 * The visit's mark, a four-byte big-endian length and JSON. Everything that enters the jail begins here. The mark is new
 * for each visit: a process that was ended may have left unread what was said to it, which the next one skips.
 */
export function visitFrame(visit: Visit, mark: Buffer): Buffer {
  const { style: _style, language: _language, talk: _talk, ...job } = visit as Visit & { talk?: Talk };
  const body = Buffer.from(JSON.stringify(job), "utf8");
  const frame = Buffer.allocUnsafe(mark.length + 4 + body.length);
  mark.copy(frame);
  frame.writeUInt32BE(body.length, mark.length);
  body.copy(frame, mark.length + 4);
  return frame;
}

export interface RaisedError {
  type: string;
  message: string;
  line?: number;
  /** Set where the exception is how a limit showed itself. */
  limit?: "memory" | "output";
}

/** The value is a ScriptValue where the program is JavaScript. */
export type CallAnswer = { value: PyValue | ScriptValue } | { error: RaisedError };

export interface CaseAnswer {
  error?: RaisedError;
  /** Bytes; undefined where the process runs one case, whose all is. */
  stdoutEnd: number | undefined;
}

/** What the lines of one visit say, as far as they can be read. */
export interface Answers {
  /** Whether the program itself ran: undefined where it did not get to say. */
  loaded?: { ok: true } | { ok: false; parsed: boolean; error: RaisedError };
  calls: CallAnswer[];
  /** Of a script: how each run ended, and how many bytes all runs so far wrote to stdout. */
  cases: CaseAnswer[];
  /** The process says that its CPU budget ran out. */
  outOfTime: boolean;
  /** A line could not be read: the program wrote on the channel. What came before it stands. */
  garbled: boolean;
}

/** Reads the lines of an answer; at most `count` calls or cases. Never throws. */
export function readAnswers(text: string, count: number): Answers {
  const answers: Answers = { calls: [], cases: [], outOfTime: false, garbled: false };
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const answer: unknown = JSON.parse(line);
      if (!isRecord(answer)) throw new Malformed();
      if (answer.end === "cpu") answers.outOfTime = true;
      else if (answers.loaded === undefined) answers.loaded = readLoaded(answer);
      else if (answers.calls.length + answers.cases.length >= count) throw new Malformed();
      else if ("c" in answer) answers.cases.push(readCase(answer, answers.cases.at(-1)?.stdoutEnd ?? 0));
      else answers.calls.push(readCall(answer));
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
  if ("j" in answer) {
    const value = readScriptValue(answer.j, depthLimit);
    if (value === undefined) throw new Malformed();
    return { value };
  }
  return "v" in answer ? { value: readValue(answer.v, 0) } : { error: readError(answer) };
}

function readCase({ c, end: told }: Record<string, unknown>, before: number): CaseAnswer {
  const end = told === null ? undefined : told;
  const isEnd = typeof end === "number" && Number.isSafeInteger(end) && end >= before;
  if (end !== undefined && !isEnd) throw new Malformed();
  if (c === null) return { stdoutEnd: end };
  if (!isRecord(c)) throw new Malformed();
  return { error: readError(c), stdoutEnd: end };
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
      if (typeof body !== "string" || body.length % 2 > 0 || !/^[0-9a-f]*$/.test(body)) throw new Malformed();
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
