// What a server's answer to a request for (the rest of) a file means. Pure, so that every answer can be tested.

export interface Asked {
  /** Bytes that are there already; the request asked for the rest when it is over 0. */
  offset: number;
  /** Size of the whole file, bytes. */
  bytes: number;
  /** The strong ETag under which the bytes that are there came. */
  etag?: string | undefined;
}

export type Answer =
  /** The body goes to the file at this position. */
  | { kind: "body"; from: number }
  | { kind: "redirect"; location: string }
  /** The bytes that are there are of no use: ask anew for the whole. */
  | { kind: "restart"; problem: string }
  /** Not now; the server's own wish for the pause, milliseconds. */
  | { kind: "again"; problem: string; pauseMs?: number }
  /** Not the file that was expected. */
  | { kind: "other"; problem: string }
  /** Asking again won't help. */
  | { kind: "never"; problem: string };

export type Headers = Record<string, string | string[] | undefined>;

export function readAnswer(status: number, headers: Headers, asked: Asked, now = Date.now()): Answer {
  const header = (name: string) => [headers[name]].flat()[0];
  const location = header("location");
  if ([301, 302, 303, 307, 308].includes(status) && location !== undefined)
    return { kind: "redirect", location };
  if (status === 200) return sized(naturalNumber(header("content-length")), asked.bytes, 0);
  if (status === 206) return readPartial(header("content-range"), strongEtag(header("etag")), asked);
  if (status === 416 && asked.offset > 0)
    return { kind: "restart", problem: `status 416: it has no byte ${asked.offset}` };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const pauseMs = readPause(header("retry-after"), now);
    return { kind: "again", problem: `status ${status}`, ...(pauseMs !== undefined && { pauseMs }) };
  }
  return { kind: "never", problem: `status ${status}` };
}

/** An ETag that says "the same bytes"; weak ones say only "much the same". */
export function strongEtag(etag: string | undefined): string | undefined {
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : undefined;
}

function readPartial(range: string | undefined, etag: string | undefined, asked: Asked): Answer {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? "") ?? [];
  if (asked.offset === 0) return { kind: "never", problem: "status 206, though the whole was asked for" };
  if (Number(first) !== asked.offset)
    return { kind: "restart", problem: `it sent "${range}" for the bytes from ${asked.offset}` };
  if (etag !== undefined && asked.etag !== undefined && etag !== asked.etag)
    return { kind: "restart", problem: "the file changed between two requests" };
  return sized(naturalNumber(total), asked.bytes, asked.offset);
}

function sized(total: number | undefined, bytes: number, from: number): Answer {
  if (total === undefined || total === bytes) return { kind: "body", from };
  return { kind: "other", problem: `its size is ${total} bytes, expected ${bytes}` };
}

function naturalNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Retry-After: seconds, or a date. */
function readPause(text: string | undefined, now: number): number | undefined {
  const seconds = naturalNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text ?? "");
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
