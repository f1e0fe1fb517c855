// POST /v1/jobs: the lines of a jobs file in, the lines of `mucode sandbox run` out, in order, while they come. A stream
// reads only as far ahead as it keeps the sandbox busy: who sends faster than is judged, or does not read what is
// answered, is made to wait by the connection itself.
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { InputError } from "../../core/errors.ts";
import { jobResult, readJob } from "../jobs-file.ts";
import { malformed, Refusal, readLines } from "./body.ts";
import { Closing, type JobQueue, type Place } from "./queue.ts";

export interface StreamOptions {
  queue: JobQueue;
  /** Bytes of one line at most; also of all lines that were read and not yet answered, but for the last. */
  cap: number;
  /** Jobs read ahead of the answers, at least 1. */
  ahead: number;
  /** Aborted when the caller leaves. */
  signal: AbortSignal;
  /** Aborted when the service takes no more jobs. */
  closing: AbortSignal;
}

interface Taken {
  line: number;
  id: string | number;
  place: Place;
}

/** What comes out in order: a job that was taken, or why no more follow. */
type Item = Taken | { problem: string };

/** Answers the stream. Throws Refusal where not even the first line can be taken; later problems are its last line. */
export async function answerStream(
  request: IncomingMessage,
  response: ServerResponse,
  { queue, cap, ahead, signal, closing }: StreamOptions,
): Promise<void> {
  const items = new PassThrough({ objectMode: true, highWaterMark: Math.max(1, ahead >> 1) });
  const places = new Set<Place>();
  const leave = () => {
    items.destroy();
    for (const place of places) place.drop();
  };
  // A caller that sends nothing would otherwise keep a closing service waiting.
  const stop = () => items.write({ problem: problemOf(new Closing()) } satisfies Item);
  signal.addEventListener("abort", leave, { once: true });
  closing.addEventListener("abort", stop, { once: true });
  let held = 0;
  let onRelease = () => {};

  const read = async () => {
    for await (const { number, text, bytes } of readLines(request, cap, signal)) {
      if (text.trim() === "") continue;
      const { id, job } = readJob(text, `line ${number}`);
      while (held > 0 && held + bytes > cap) await new Promise<void>((resolve) => (onRelease = resolve));
      const place = await queue.takeInTurn(job, signal);
      if (items.destroyed) return place.drop();
      begin();
      held += bytes;
      places.add(place);
      const release = () => {
        places.delete(place);
        held -= bytes;
        onRelease();
      };
      place.outcomes.then(release, release);
      const item: Item = { line: number, id, place };
      if (!items.write(item)) await once(items, "drain", { signal });
    }
  };

  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, { "content-type": "application/jsonl; charset=utf-8" });
    response.flushHeaders();
  };

  const reading = read()
    .catch((error: unknown) => {
      if (signal.aborted) return;
      if (!response.headersSent) throw asRefusal(error);
      items.write({ problem: problemOf(error) } satisfies Item);
    })
    .finally(() => items.end());
  // Looked at below, after the answers.
  reading.catch(() => {});

  try {
    for await (const item of items as AsyncIterable<Item>) {
      const text = "problem" in item ? { error: item.problem } : await resultOf(item);
      begin();
      if (!response.write(`${JSON.stringify(text)}\n`)) await once(response, "drain", { signal });
      if ("error" in text) return void response.end();
    }
    await reading;
    begin();
    response.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", leave);
    closing.removeEventListener("abort", stop);
    leave();
  }
}

async function resultOf({ line, id, place }: Taken) {
  try {
    return jobResult(id, (await place.outcomes)[0]!);
  } catch (error) {
    if (error instanceof Closing) return { error: `line ${line}: not judged, the service is shutting down` };
    if (error instanceof InputError) return { error: `line ${line}: ${error.message}` };
    throw error;
  }
}

function problemOf(error: unknown): string {
  if (error instanceof Closing) return "the service is shutting down; the lines that follow were not judged";
  if (error instanceof InputError || error instanceof Refusal) return error.message;
  throw error;
}

const asRefusal = (error: unknown) => (error instanceof InputError ? malformed(error.message) : error);
