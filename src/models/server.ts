// One way to talk to any model server: JSON over HTTP, bounded concurrency, and retries that follow a server
// to its new address after a restart. Global `fetch` is not used, because it gives up on a server whose
// headers take over 300 seconds; a whole request has one limit here instead.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { WorkError } from "../core/errors.ts";
import { Slots } from "../core/slots.ts";
import { ContextOverflow, saysContextOverflow } from "./context-overflow.ts";

/** Where a model is served. `url` is read anew for every attempt: a server that died comes back elsewhere. */
export interface ModelServer {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Name to send as `model`. */
  readonly model: string;
  /** Resolves while the server answers, waits while it restarts, and rejects when it is gone for good. */
  ready(): Promise<void>;
}

export interface ConnectionOptions {
  /** Requests in flight at once, >= 1. */
  concurrency?: number;
  /** Limit of one attempt from sending to the last byte, seconds. */
  timeoutSeconds?: number;
  /** Attempts per request, >= 1, the first included. */
  attempts?: number;
  /** Sent as a bearer token. */
  apiKey?: string;
  /** Pause before the second attempt, milliseconds; it doubles with each further one, up to 10 s. */
  backoffMs?: number;
}

export interface Connection {
  /**
   * Sends one JSON request and gives the parsed answer; WorkError once the attempts are used up, and of these
   * ContextOverflow where the server says that the conversation is too long for the model.
   */
  post(path: string, body: object): Promise<unknown>;
  /** The same for a question without a body. */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

const longestPauseMs = 10_000;
/** Statuses that mean "not now" rather than "not so". */
const passing = (status: number) => status === 408 || status === 429 || status >= 500;

interface Attempt {
  /** The parsed answer, when there is one. */
  answer?: unknown;
  /** Why there is none. */
  problem?: string;
  /** Trying again may help. */
  again?: boolean;
  /** The conversation is too long for the model. */
  overflow?: boolean;
  /** The server's own wish for the pause, milliseconds. */
  pauseMs?: number;
}

export function connect(server: ModelServer, options: ConnectionOptions = {}): Connection {
  const { concurrency = 128, timeoutSeconds = 1800, attempts = 7, backoffMs = 100, apiKey } = options;
  const slots = new Slots(concurrency);
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: concurrency, pipelining: 1 });
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;

  async function attempt(url: string, payload: string | undefined): Promise<Attempt> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutSeconds * 1000);
    try {
      const answer = await request(url, {
        method: payload === undefined ? "GET" : "POST",
        headers,
        ...(payload !== undefined && { body: payload }),
        dispatcher: agent,
        signal: limit.signal,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200) return parse(text);
      return {
        problem: `status ${answer.statusCode}: ${errorMessage(text)}`,
        again: passing(answer.statusCode),
        overflow: saysContextOverflow(answer.statusCode, text),
        pauseMs: 1000 * (Number(answer.headers["retry-after"]) || 0),
      };
    } catch (error) {
      // Not sent again after the limit: the server may still be working on it, and would get twice the load.
      if (limit.signal.aborted) return { problem: `no answer within ${timeoutSeconds} s` };
      return { problem: describe(error), again: true };
    } finally {
      clearTimeout(timer);
    }
  }

  async function ask(path: string, body?: object): Promise<unknown> {
    const payload = body && JSON.stringify(body);
    for (let tried = 1; ; tried++) {
      await server.ready();
      const url = `${server.url}${path}`;
      const result = await attempt(url, payload);
      if (result.problem === undefined) return result.answer;
      if (result.overflow) throw new ContextOverflow(`POST ${url}: ${result.problem}`);
      if (!result.again || tried >= attempts) {
        throw new WorkError(
          `${body ? "POST" : "GET"} ${url}: ${result.problem}${tried > 1 ? ` (${tried} attempts)` : ""}`,
        );
      }
      const pauseMs = Math.max(backoffMs * 2 ** (tried - 1), result.pauseMs ?? 0);
      await sleep(Math.min(pauseMs, longestPauseMs));
    }
  }

  return {
    post: (path, body) => slots.run(() => ask(path, body)),
    get: (path) => slots.run(() => ask(path)),
    close: () => agent.close(),
  };
}

function parse(text: string): Attempt {
  try {
    return { answer: JSON.parse(text) };
  } catch {
    // A gateway's page, or an answer that was cut: asked again, the model itself may answer.
    return { problem: `the answer is not JSON: ${excerpt(text)}`, again: true };
  }
}

/** The message of an OpenAI-style error body, or what there is of the body. */
function errorMessage(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown };
    const message = typeof body.error === "object" ? body.error?.message : (body.error ?? body.message);
    if (typeof message === "string") return excerpt(message);
  } catch {
    // Not JSON: shown as it is.
  }
  return excerpt(text);
}

function describe(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return code !== undefined && !message?.includes(code) ? `${message} (${code})` : String(message ?? error);
}

/** The first 200 characters on one line. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
