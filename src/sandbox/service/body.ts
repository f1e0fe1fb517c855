// Reading what a stranger sends: never more than its cap, never for ever, and never faster than it is used.
import type { IncomingMessage } from "node:http";
import type { RefusalReason } from "./metrics.ts";

/** An answer that is not a verdict. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: RefusalReason | undefined;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | undefined;
  constructor(status: number, message: string, reason?: RefusalReason, retryAfter?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export const malformed = (message: string) => new Refusal(400, message, "malformed");
const tooLarge = (what: string, cap: number) =>
  new Refusal(413, `${what}: at most ${cap} bytes are taken`, "too-large");

const idleSeconds = 60;

/** Counts the bytes that are held for all requests together. */
export interface Budget {
  held: number;
  readonly most: number;
}

/** The whole body as text. What it takes from the budget is for the caller to give back, through `onHeld`. */
export async function readBody(
  request: IncomingMessage,
  cap: number,
  onHeld: (bytes: number) => void,
): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > cap) throw tooLarge("body", cap);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request)) {
    size += chunk.length;
    if (size > cap) throw tooLarge("body", cap);
    onHeld(chunk.length);
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks), "body");
}

/** The lines of a body, numbered from 1, as they are asked for: the connection waits while nobody asks. */
export async function* readLines(
  request: IncomingMessage,
  cap: number,
  signal: AbortSignal,
): AsyncGenerator<{ number: number; text: string; bytes: number }> {
  let parts: Buffer[] = [];
  let size = 0;
  let number = 1;
  const line = () => {
    const bytes = Buffer.concat(parts);
    parts = [];
    size = 0;
    return { number, text: decode(bytes, `line ${number++}`), bytes: bytes.length };
  };
  const add = (part: Buffer) => {
    size += part.length;
    if (size > cap) throw tooLarge(`line ${number}`, cap);
    parts.push(part);
  };
  for await (const chunk of chunksOf(request, signal)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      add(chunk.subarray(start, end));
      yield line();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (size > 0) yield line();
}

function decode(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed(`${what}: not UTF-8`);
  }
}

/** Stopping early leaves the connection open, so that the reason can still be said. */
async function* chunksOf(request: IncomingMessage, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const source = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await inTime(source.next(), signal);
      if (next.done) return;
      yield next.value as Buffer;
    }
  } finally {
    // Not awaited: an unfinished read would hold it up.
    source.return?.().catch(() => {});
  }
}

async function inTime<Value>(reading: Promise<Value>, signal?: AbortSignal): Promise<Value> {
  let stop = () => {};
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    const late = () => reject(new Refusal(408, `body: nothing came for ${idleSeconds} s`, "malformed"));
    timer = setTimeout(late, idleSeconds * 1000);
    stop = () => reject(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([reading, end]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
