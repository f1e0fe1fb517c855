// Getting one file whole: attempts that continue each other, until size and digest are right or nothing helps.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WorkError } from "../../core/errors.ts";
import type { DataFile } from "../sources.ts";
import { addressOf, authorization, redirectTarget, shown } from "./address.ts";
import { type Answer, readAnswer, strongEtag } from "./answer.ts";
import { type Connection, explainConnection, type Response } from "./connection.ts";
import { openPart, type PartFile } from "./part-file.ts";

export interface FetchOptions {
  /** Asked instead of the public address. */
  mirror?: URL | undefined;
  /** Attempts, >= 1. One that brings new bytes is the first of its row again, so that a bad line gets there too. */
  attempts?: number;
  /** Without a byte for so long, an attempt is given up, seconds. */
  stallSeconds?: number;
  /** Pause before the second attempt, milliseconds; it doubles with each further one, up to 10 s. */
  backoffMs?: number;
  /** Told how many bytes of the file are there. */
  onProgress?: (bytes: number) => void;
}

export interface Fetched {
  /** Bytes that an earlier process had left. */
  resumedFrom: number;
  /** Bytes that this call received. */
  received: number;
}

const longestBackoffMs = 10_000;
/** A server that wishes a longer pause is asked again after this one, milliseconds. */
const longestPauseMs = 60_000;
const redirects = 5;

/**
 * Downloads a file to its place below `folder`, where it appears whole or not at all.
 * @throws WorkError where the attempts are used up, the server says no, the file is another one, or the disk refuses.
 */
export async function fetchFile(
  file: DataFile,
  folder: string,
  connection: Connection,
  options: FetchOptions = {},
): Promise<Fetched> {
  const { attempts = 5, backoffMs = 500 } = options;
  const address = addressOf(file, options.mirror);
  const failed = (problem: string) => new WorkError(`${file.path}: ${shown(address)}: ${problem}`);
  const part = await openPart(join(folder, file.path));
  try {
    if (part.size() > file.bytes) await part.cut(0);
    const resumedFrom = part.size();
    let received = 0;
    let most = resumedFrom;
    let others = 0;
    for (let tried = 0; ; ) {
      let end: End = { kind: "whole" };
      if (part.size() < file.bytes) {
        end = await attempt(file, address, part, connection, options, (count) => {
          received += count;
        });
      }
      if (end.kind === "whole") {
        const digest = await part.install(file.sha256);
        if (digest === file.sha256) return { resumedFrom, received };
        end = { kind: "other", problem: `its sha256 is ${digest}, expected ${file.sha256}` };
      }
      if (end.kind === "never") throw failed(end.problem);
      if (end.kind === "other") {
        await part.cut(0);
        // Once may have been the fault of the way here, or of bytes that an earlier process left.
        if (++others === 2) throw failed(`${end.problem}; it was not installed`);
        continue;
      }
      if (part.size() > most) tried = 0;
      most = Math.max(most, part.size());
      if (++tried >= attempts)
        throw failed(
          `${end.problem}${attempts > 1 ? ` (${attempts} attempts)` : ""}; the same command continues`,
        );
      const pauseMs = Math.min(end.pauseMs ?? 0, longestPauseMs);
      await sleep(Math.max(Math.min(backoffMs * 2 ** (tried - 1), longestBackoffMs), pauseMs));
    }
  } finally {
    await part.close();
  }
}

type End = { kind: "whole" } | Extract<Answer, { kind: "again" | "other" | "never" }>;

async function attempt(
  file: DataFile,
  address: URL,
  part: PartFile,
  connection: Connection,
  { stallSeconds = 30, onProgress }: FetchOptions,
  onReceived: (count: number) => void,
): Promise<End> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => limit.abort(), stallSeconds * 1000);
  };
  try {
    alive();
    const found = await ask(file, address, part, connection, limit.signal);
    if (found.kind !== "body") return found;
    const { response, from } = found;
    const etag = strongEtag([response.headers.etag].flat()[0]);
    if (from === 0) {
      await part.cut(0);
      part.comesFrom(etag === undefined ? undefined : { url: shown(address), etag });
    }
    onProgress?.(part.size());
    for await (const bytes of response.body) {
      onReceived(bytes.length);
      if (part.size() + bytes.length > file.bytes)
        return { kind: "other", problem: `its size is over the ${file.bytes} bytes expected` };
      await part.append(bytes);
      onProgress?.(part.size());
      alive();
    }
    if (part.size() === file.bytes) return { kind: "whole" };
    return { kind: "again", problem: `it ended after ${part.size()} of ${file.bytes} bytes` };
  } catch (error) {
    if (error instanceof WorkError) throw error;
    if (limit.signal.aborted) return { kind: "again", problem: `nothing came for ${stallSeconds} s` };
    const { problem, again } = explainConnection(error);
    return { kind: again ? "again" : "never", problem };
  } finally {
    clearTimeout(timer);
  }
}

type Found = { kind: "body"; response: Response; from: number } | Exclude<End, { kind: "whole" }>;

/** Asks for what is missing, and follows redirects. */
async function ask(
  file: DataFile,
  address: URL,
  part: PartFile,
  connection: Connection,
  signal: AbortSignal,
): Promise<Found> {
  const offset = part.size();
  const origin = part.origin();
  const etag = offset > 0 && origin?.url === shown(address) ? origin.etag : undefined;
  const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  if (etag !== undefined) range["if-range"] = etag;
  let url = address;
  for (let followed = 0; ; followed++) {
    const headers = { ...range, ...authorization(address, url) };
    const response = await connection.get(url, headers, signal, file.bytes);
    const answer = readAnswer(response.status, response.headers, { offset, bytes: file.bytes, etag });
    if (answer.kind === "body") return { ...answer, response };
    response.drop();
    if (answer.kind === "restart") {
      await part.cut(0);
      return { kind: "again", problem: answer.problem };
    }
    if (answer.kind !== "redirect") return answer;
    const target = redirectTarget(url, answer.location);
    if (typeof target === "string") return { kind: "never", problem: target };
    if (followed === redirects)
      return { kind: "never", problem: `it redirects more than ${redirects} times` };
    url = target;
  }
}
