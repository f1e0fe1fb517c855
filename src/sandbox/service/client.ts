// The Sandbox interface over the service: one or several servers, or a load balancer before them. Judging is idempotent,
// so whatever went wrong on the way is tried again, elsewhere if there is an elsewhere. Once the attempts are used up
// the outcome is a fault, which is ours and says nothing about the program.
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { InputError, WorkError } from "../../core/errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { testCount } from "../../core/problem.ts";
import { Slots } from "../../core/slots.ts";
import type { Sandbox, SandboxJob } from "../sandbox.ts";
import { judgePath, oneLine, readAnswer } from "./protocol.ts";
import { makeTargets, pick, restMs, retryAfterMs, spread, type Target } from "./targets.ts";

export type ServiceConnection = ({ url: string; urls?: never } | { urls: readonly string[]; url?: never }) & {
  /** Sent as a bearer token. */
  token?: string | undefined;
  /** Jobs under way at once, over all servers, at least 1; default 64 for each. */
  concurrency?: number;
  /** Attempts for a job that end without an answer (no connection, 503, nonsense), at least 1; default 8. */
  attempts?: number;
  /** Seconds that a job is sent again to servers without room (429); default 600. */
  patienceSeconds?: number;
  /** Seconds that one attempt may take, longer than any job; default 1800. */
  timeoutSeconds?: number;
};

/** What came of one attempt: outcomes, no room, or a failure that another attempt may not meet. */
type Attempt =
  | { kind: "judged"; outcomes: Outcome[] }
  | { kind: "full" | "failed"; problem: string; pauseMs: number };

/** Connects when it is first asked. Throws InputError for an address that is none. */
export function connectSandbox(connection: ServiceConnection): Sandbox {
  const urls = (connection.urls ?? [connection.url]).map(baseUrl);
  if (urls.length === 0) throw new InputError("sandbox service", "at least one URL was expected");
  const { token, attempts = 8, patienceSeconds = 600, timeoutSeconds = 1800 } = connection;
  const concurrency = connection.concurrency ?? 64 * urls.length;
  const targets = makeTargets(urls);
  const slots = new Slots(concurrency);
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: concurrency, pipelining: 1 });
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  let jobs = 0;

  const attempt = async (target: Target, body: string, groupCount: number): Promise<Attempt> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutSeconds * 1000);
    const stop = () => limit.abort();
    closing.signal.addEventListener("abort", stop);
    target.outstanding++;
    try {
      const answer = await request(`${target.url}${judgePath}`, {
        method: "POST",
        headers,
        body,
        dispatcher: agent,
        signal: limit.signal,
      });
      const text = await answer.body.text();
      return readStatus(target.url, answer.statusCode, answer.headers["retry-after"], text, groupCount);
    } catch (error) {
      if (error instanceof InputError || error instanceof WorkError) throw error;
      const problem = limit.signal.aborted ? `no answer within ${timeoutSeconds} s` : describe(error);
      return { kind: "failed", problem, pauseMs: 0 };
    } finally {
      target.outstanding--;
      clearTimeout(timer);
      closing.signal.removeEventListener("abort", stop);
    }
  };

  const ask = async (job: SandboxJob, body: string, number: number): Promise<Outcome[]> => {
    const full = new Map<Target, number>();
    const deadline = performance.now() + patienceSeconds * 1000;
    let failures = 0;
    for (let tried = 1; ; tried++) {
      const target = await next(full, number, tried);
      if (target === undefined) return faults(job, "the sandbox was closed");
      const result = await attempt(target, body, job.groups.length);
      if (result.kind === "judged") {
        target.failures = 0;
        return result.outcomes;
      }
      if (closing.signal.aborted) return faults(job, "the sandbox was closed");
      const now = performance.now();
      if (result.kind === "full") {
        target.failures = 0;
        if (now > deadline) return faults(job, `${result.problem} (${patienceSeconds} s)`);
        full.set(target, now + Math.max(result.pauseMs, 50));
      } else {
        if (++failures >= attempts) return faults(job, `${result.problem} (${failures} attempts)`);
        // Many requests may fail at once with one server: that is one failure of it.
        if (target.restsUntil <= now) target.restsUntil = now + restMs(++target.failures, result.pauseMs);
      }
    }
  };

  /** The target to ask, as soon as there is one; undefined where the sandbox is closed before. */
  const next = async (full: ReadonlyMap<Target, number>, job: number, tried: number) => {
    for (;;) {
      if (closing.signal.aborted) return undefined;
      const choice = pick(targets, full, performance.now());
      if (typeof choice !== "number") return choice;
      const pauseMs = Math.ceil(choice * (1 + spread(job, tried) / 2));
      await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  };

  return {
    judge: async (job) => {
      if (closing.signal.aborted) throw new WorkError("the sandbox is closed");
      const { language, program, groups, limits } = job;
      const body = JSON.stringify({ language, program, groups, ...(limits && { limits }) });
      const number = jobs++;
      return slots.run(() => ask(job, body, number));
    },
    close: async () => {
      closing.abort();
      await agent.destroy();
    },
  };
}

function readStatus(
  url: string,
  status: number,
  retryAfter: string | string[] | undefined,
  text: string,
  groupCount: number,
): Attempt {
  if (status === 200) {
    const outcomes = readAnswer(text, groupCount);
    if (typeof outcomes !== "string") return { kind: "judged", outcomes };
    return { kind: "failed", problem: `${url}: ${outcomes}`, pauseMs: 0 };
  }
  const said = oneLine(errorOf(text) ?? text);
  if (status === 400 || status === 413) throw new InputError(`sandbox service ${url}`, said);
  if (status === 401 || status === 403) {
    throw new InputError(`sandbox service ${url}`, `it refuses us (${status}): ${said}`);
  }
  const problem = `${url} answered with status ${status}: ${said}`;
  if (status === 429) return { kind: "full", problem, pauseMs: retryAfterMs(retryAfter) };
  if (status === 408 || status >= 500) return { kind: "failed", problem, pauseMs: retryAfterMs(retryAfter) };
  throw new WorkError(`this is not a sandbox service: ${problem}`);
}

function errorOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return oneLine(code !== undefined && !message?.includes(code) ? `${message} (${code})` : String(message));
}

function faults(job: SandboxJob, reason: string): Outcome[] {
  const failure = { test: -1, error: reason };
  return job.groups.map((tests) => ({ verdict: "fault", passed: 0, total: testCount(tests), failure }));
}

function baseUrl(text: unknown): string {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    const seen = url?.password ? "one with a password" : JSON.stringify(text);
    throw new InputError("sandbox service", `a URL like http://host:8765 was expected, seen ${seen}`);
  }
  return url.href.replace(/\/+$/, "");
}
