// A download that is not whole yet: FILE.part, which the next attempt or the next process continues. What is installed
// is a copy made and digested in one pass, so that no other process can still be writing to it.
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { WorkError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { partPath } from "../data-folder.ts";

/** Where the bytes came from. */
export interface Origin {
  /** The address that was asked, without name and password. */
  url: string;
  /** The strong ETag of the answer. */
  etag: string;
}

export interface PartFile {
  /** Bytes that are there. */
  size(): number;
  /** Where they came from, as far as it is known. */
  origin(): Origin | undefined;
  /** Drops what is there from `from` on. */
  cut(from: number): Promise<void>;
  /** Notes where the bytes that follow come from. */
  comesFrom(origin: Origin | undefined): void;
  append(bytes: Uint8Array): Promise<void>;
  /** Puts it in its place if the digest is right and tells the digest that it has. */
  install(sha256: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes the folder of a file, before anything is begun in it.
 * @throws WorkError where that can't be.
 */
export function makeFolderOf(path: string): void {
  const folder = dirname(path);
  try {
    makeFolder(folder);
  } catch (error) {
    throw explain(error, folder);
  }
}

/**
 * Opens what an earlier attempt left, or begins.
 * @param path where the whole file will be.
 * @throws WorkError (here and in each method) where the disk does not take it.
 */
export async function openPart(path: string): Promise<PartFile> {
  const part = partPath(path);
  const note = `${part}.json`;
  const guarded = <T>(work: () => Promise<T>) =>
    work().catch((error) => Promise.reject(explain(error, part)));
  makeFolderOf(path);
  const file = await guarded(() => openOrMake(part));
  let size = (await file.stat()).size;
  let origin = readNote(note);

  return {
    size: () => size,
    origin: () => origin,
    cut: (from) =>
      guarded(async () => {
        if (size > from) await file.truncate(from);
        size = from;
      }),
    comesFrom(from) {
      origin = from;
      try {
        if (from === undefined) rmSync(note, { force: true });
        else writeFileSync(note, JSON.stringify(from));
      } catch (error) {
        throw explain(error, note);
      }
    },
    append: (bytes) =>
      guarded(async () => {
        await writeAt(file, bytes, size);
        size += bytes.length;
      }),
    install: (sha256) =>
      guarded(async () => {
        const fresh = `${path}.${process.pid}.${randomUUID()}.new`;
        try {
          const digest = await copyDigested(file, fresh);
          if (digest !== sha256) return digest;
          renameSync(fresh, path);
          rmSync(part, { force: true });
          rmSync(note, { force: true });
          return digest;
        } finally {
          rmSync(fresh, { force: true });
        }
      }),
    close: () => file.close(),
  };
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return open(path, "w+");
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function copyDigested(from: FileHandle, to: string): Promise<string> {
  const copy = await open(to, "wx");
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.alloc(1 << 16);
    for (let position = 0; ; ) {
      const { bytesRead } = await from.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      const bytes = buffer.subarray(0, bytesRead);
      hash.update(bytes);
      await writeAt(copy, bytes, position);
      position += bytesRead;
    }
    await copy.sync();
    return hash.digest("hex");
  } finally {
    await copy.close();
  }
}

function readNote(path: string): Origin | undefined {
  try {
    const { url, etag } = JSON.parse(readFileSync(path, "utf8")) as Partial<Origin>;
    return typeof url === "string" && typeof etag === "string" ? { url, etag } : undefined;
  } catch {
    return undefined; // There is none, or it was torn when the process was killed.
  }
}

/** Whether the disk is at fault: it will not take another file either. */
export function isDiskFault(error: unknown): boolean {
  return error instanceof WorkError && error.cause !== undefined;
}

const causes: Record<string, string> = {
  ENOSPC: "the disk is full: free some space",
  EDQUOT: "the disk quota is used up: free some space",
  EFBIG: "the file would be larger than this process may write",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of its path is a file, not a folder",
  EEXIST: "a part of its path is a file, not a folder",
  EISDIR: "it is a folder, and should be a file",
};

function explain(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof WorkError) return error;
  const cause = causes[code] ?? `it cannot be written (${code})`;
  return new WorkError(
    `${path}: ${cause}; MUCODE_HOME and --data name another folder, and the same command continues`,
    { cause: error },
  );
}
