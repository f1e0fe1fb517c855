// Where the public benchmarks lie, which no clone contains, and whether a file there is the one that it should be.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DataFile } from "./sources.ts";

/** The cache folder of `mucode data get`: `data/` in MUCODE_HOME, or in a folder of the user's cache. */
export function downloadFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.MUCODE_HOME) return join(resolve(environment.MUCODE_HOME), "data");
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "mucode", "data");
}

/**
 * The folder with mbpp/, humaneval/ and the others: `named`, else the environment's MUCODE_DATA, else the cache folder. It
 * need not exist.
 */
export function dataFolder(named?: string, environment: NodeJS.ProcessEnv = process.env): string {
  const folder = named || environment.MUCODE_DATA;
  return folder ? resolve(folder) : downloadFolder(environment);
}

/**
 * present: size and digest are right. different: there is a file, but another one. partial: a download was begun.
 */
export type FileState = "present" | "different" | "partial" | "missing";

/** Reads the whole file where its size is right. */
export async function stateOf(folder: string, file: DataFile): Promise<FileState> {
  const path = join(folder, file.path);
  if (existsSync(path)) {
    const right = statSync(path).size === file.bytes && (await sha256Of(path)) === file.sha256;
    return right ? "present" : "different";
  }
  return existsSync(partPath(path)) ? "partial" : "missing";
}

/** Where a file grows until it is whole. */
export const partPath = (path: string) => `${path}.part`;

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
