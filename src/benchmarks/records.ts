// Reading the records of a benchmark's file: JSON Lines or one JSON array, plain or gzip. Every mistake is one line
// with file, line and field; a file is read whole or not at all, so no record is ever dropped.
import { readFile } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { arrayElements, lineElements } from "./record-text.ts";
import { absence } from "./sources.ts";

/** Longest text of one field, characters. The longest of the public benchmarks has 790,000. */
export const longestText = 4 << 20;
/** Longest record, characters of JSON. */
export const longestRecord = 32 << 20;
/** Largest file after decompression, bytes: what one JavaScript string holds. */
export const largestFile = 512 << 20;

/** A record and where it stands, for messages about it: `mbpp.jsonl:12` or `x.json:3: record 1`. */
export interface Located<T> {
  record: T;
  where: string;
  line: number;
}

/** A text of bounded length that can be written as UTF-8. */
export const recordText = z
  .string()
  .max(longestText, { error: `it is longer than ${longestText} characters` })
  .refine((text) => !/\p{Cs}/u.test(text), { error: "it holds half of a surrogate pair, which no text has" });

/**
 * The records of a file in its order. What begins with `[` is an array, all else JSON Lines; gzip is known by its first
 * two bytes. Fields that the schema does not name are left out.
 * @param idField the field whose values must be unique
 * @throws InputError at the first mistake
 */
export async function readRecords<T extends Record<string, unknown>>(
  file: string,
  schema: z.ZodType<T>,
  idField: keyof T & string,
): Promise<Located<T>[]> {
  return parseRecords(await readText(file), file, schema, idField);
}

/** The same for a text that is already read. */
export function parseRecords<T extends Record<string, unknown>>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  idField: keyof T & string,
): Located<T>[] {
  const seen = new Map<unknown, number>();
  const records: Located<T>[] = [];
  const elements = /^\s*\[/.test(text) ? arrayElements(text, file) : lineElements(text, file);
  for (const { json, line, where } of elements) {
    const record = parseRecord(json, where, schema);
    const earlier = seen.get(record[idField]);
    if (earlier !== undefined)
      throw new InputError(
        where,
        `field "${idField}": ${JSON.stringify(record[idField])} stands in line ${earlier} too; ids must be unique`,
      );
    seen.set(record[idField], line);
    records.push({ record, where, line });
  }
  if (records.length === 0)
    throw new InputError(`${file}:1`, "holds no record; one JSON object a line was expected");
  return records;
}

function parseRecord<T>(json: string, where: string, schema: z.ZodType<T>): T {
  if (json.length > longestRecord)
    throw new InputError(
      where,
      `the record has ${json.length} characters; at most ${longestRecord} are read`,
    );
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new InputError(where, `is not JSON: ${oneLine((error as Error).message)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError(where, "must be a JSON object");
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // A misspelt field is missing too, under the name that it should have.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys")
    throw new InputError(where, `unknown field "${[...path, oneLine(issue.keys[0]!)].join(".")}"`);
  const missing = path.length === 1 && !Object.hasOwn(value, path[0]!);
  throw new InputError(where, `field "${path.join(".")}": ${missing ? "it is missing" : oneLine(message)}`);
}

/** A message of the JSON parser, which may quote the text that it parses: bounded, without control characters. */
function oneLine(message: string): string {
  const clean = message.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, "�");
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
}

/** A file's text, unpacked. @throws InputError where it can't be read, is damaged, too large or not UTF-8 */
export async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(file, code === "ENOENT" ? absence(file) : `can't be read (${code ?? error})`);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await decompressed(bytes, file);
  else if (file.endsWith(".gz"))
    throw new InputError(`${file}:1`, "is named .gz and is no gzip file; is it damaged, or only misnamed?");
  if (bytes.length > largestFile)
    throw new InputError(file, `is larger than ${largestFile} bytes, the most that is read`);
  return decodeText(bytes, file);
}

/** Strict UTF-8; a byte order mark at the beginning is left out. Throws InputError with the first line that is none. */
export function decodeText(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${file}:${firstBadLine(bytes)}`, "is not UTF-8 text");
  }
}

/** What a gzip file holds. A stream that ends early or is damaged is told with the line that it comes to. */
function decompressed(bytes: Buffer, file: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const gunzip = createGunzip();
    gunzip.on("data", (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size <= largestFile) return;
      gunzip.destroy();
      reject(new InputError(file, `is larger than ${largestFile} bytes unpacked, the most that is read`));
    });
    gunzip.on("end", () => resolve(Buffer.concat(parts)));
    gunzip.on("error", (error: NodeJS.ErrnoException) => {
      const line = lineBreaks(Buffer.concat(parts)) + 1;
      const what = error.code === "Z_BUF_ERROR" ? "ends early" : `is damaged (${oneLine(error.message)})`;
      reject(new InputError(`${file}:${line}`, `the gzip stream ${what}: fetch the file again`));
    });
    gunzip.end(bytes);
  });
}

function firstBadLine(bytes: Buffer): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? undefined : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}

function lineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}
