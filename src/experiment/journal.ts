// A file of JSON Lines that survives being killed: records are appended as they finish, a torn last line is
// dropped when the file is opened again, and at the end the records are put into a fixed order, so that the
// file is the same whichever record finished first.
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, truncate } from "node:fs/promises";
import { InputError } from "../core/errors.ts";

interface Place {
  offset: number;
  bytes: number;
}

export class Journal<T> {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #places: Map<string, Place>;
  #end: number;
  #waiting: { line: Buffer; key: string; done: () => void; failed: (error: unknown) => void }[] = [];
  #writing: Promise<void> | null = null;
  #broken: unknown = null;
  #closed = false;

  private constructor(file: string, handle: FileHandle, places: Map<string, Place>, end: number) {
    this.file = file;
    this.#handle = handle;
    this.#places = places;
    this.#end = end;
  }

  /** Opens or creates; `keyOf` names a record. Throws InputError when a whole line is not a record. */
  static async open<T>(file: string, keyOf: (record: T) => string): Promise<Journal<T>> {
    const handle = await open(file, "a+");
    const places = new Map<string, Place>();
    let end = 0;
    let number = 0;
    for await (const { line, offset, bytes, whole } of linesWithOffsets(file)) {
      if (!whole) break;
      number++;
      const key = recordKey<T>(line, keyOf, `${file}:${number}`);
      places.set(key, { offset, bytes });
      end = offset + bytes;
    }
    await truncate(file, end);
    return new Journal<T>(file, handle, places, end);
  }

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** Resolves when the record has been handed to the operating system: from then on a kill can't lose it. */
  append(key: string, record: T): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    return new Promise((done, failed) => {
      this.#waiting.push({ line, key, done, failed });
      this.#writing ??= this.#write();
    });
  }

  /** Appends what is waiting in one write a round, so that thousands of small records cost few system calls. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await writeAll(this.#handle, Buffer.concat(batch.map(({ line }) => line)));
        for (const { line, key, done } of batch) {
          this.#places.set(key, { offset: this.#end, bytes: line.length });
          this.#end += line.length;
          done();
        }
      } catch (error) {
        // A torn line may stand at the end now: nothing may be written behind it before it is opened anew.
        this.#broken = error;
        for (const { failed } of [...batch, ...this.#waiting]) failed(error);
        this.#waiting = [];
      }
    }
    this.#writing = null;
  }

  /** Rewrites the file with the records of these keys in this order, atomically, and closes it. */
  async finish(order: Iterable<string>): Promise<void> {
    await this.#writing;
    const sorted = await open(`${this.file}.sorted`, "w");
    try {
      let chunk: Buffer[] = [];
      let size = 0;
      const flush = async () => {
        await writeAll(sorted, Buffer.concat(chunk));
        chunk = [];
        size = 0;
      };
      for (const key of order) {
        const place = this.#places.get(key);
        if (!place) throw new Error(`${this.file} has no record ${key}`);
        const line = Buffer.alloc(place.bytes);
        await this.#handle.read(line, 0, place.bytes, place.offset);
        chunk.push(line);
        size += place.bytes;
        if (size > 1 << 20) await flush();
      }
      await flush();
      await sorted.sync();
    } finally {
      await sorted.close();
    }
    await rename(`${this.file}.sorted`, this.file);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    await this.#handle.close();
  }
}

function recordKey<T>(line: string, keyOf: (record: T) => string, where: string): string {
  try {
    return keyOf(JSON.parse(line) as T);
  } catch {
    throw new InputError(
      where,
      "is not a record of this file; delete the line and run again to make it anew",
    );
  }
}

async function writeAll(handle: FileHandle, data: Buffer): Promise<void> {
  let written = 0;
  while (written < data.length) {
    const { bytesWritten } = await handle.write(data, written, data.length - written);
    written += bytesWritten;
  }
}

/** Lines of a file with their byte offsets; the last one may lack its newline (`whole` is false then). */
async function* linesWithOffsets(
  file: string,
): AsyncGenerator<{ line: string; offset: number; bytes: number; whole: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let newline = rest.indexOf(10); newline >= 0; newline = rest.indexOf(10, start)) {
      const bytes = newline + 1 - start;
      yield { line: rest.toString("utf8", start, newline), offset, bytes, whole: true };
      offset += bytes;
      start = newline + 1;
    }
    rest = rest.subarray(start);
  }
  if (rest.length > 0) yield { line: rest.toString("utf8"), offset, bytes: rest.length, whole: false };
}

/** The records of a finished JSON Lines file. Throws InputError naming file and line where one can't be read. */
export async function* readRecords<T>(file: string): AsyncGenerator<T> {
  let number = 0;
  for await (const { line } of linesWithOffsets(file)) {
    number++;
    if (line.trim() === "") continue;
    let record: T;
    try {
      record = JSON.parse(line) as T;
    } catch {
      throw new InputError(
        `${file}:${number}`,
        "is not JSON; restore the line, or delete the file's folder to make it anew",
      );
    }
    yield record;
  }
}

/** Writes records as JSON Lines beside `file` and renames: the file is there whole or not at all. */
export async function writeRecords(
  file: string,
  records: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  const handle = await open(`${file}.partial`, "w");
  try {
    let chunk = "";
    for await (const record of records) {
      chunk += `${JSON.stringify(record)}\n`;
      if (chunk.length > 1 << 20) {
        await writeAll(handle, Buffer.from(chunk));
        chunk = "";
      }
    }
    await writeAll(handle, Buffer.from(chunk));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.partial`, file);
}
