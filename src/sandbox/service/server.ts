// `mucode sandbox serve`: the local sandbox behind HTTP. Stateless: any number of these, behind any load balancer, are
// one larger sandbox. What it promises is in docs/reference/sandbox-service.md.
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { InputError, WorkError } from "../../core/errors.ts";
import { checkOptions } from "../job-shape.ts";
import { createSandbox, type SandboxOptions } from "../local-sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { bindAddress, gatekeeper } from "./access.ts";
import { type Budget, malformed, Refusal, readBody } from "./body.ts";
import { createMetrics } from "./metrics.ts";
import {
  healthPath,
  jobsPath,
  judgePath,
  metricsPath,
  oneLine,
  protocolVersion,
  readJobBody,
} from "./protocol.ts";
import { CallerGone, Closing, createJobQueue, type JobQueue } from "./queue.ts";
import { answerStream } from "./stream.ts";

export interface ServiceOptions extends SandboxOptions {
  /** Name or address to bind; default 127.0.0.1. One that others can reach needs a token. */
  host?: string;
  /** Default 8765; 0 takes a free one. */
  port?: number;
  /** Asked of every caller, but for the health. */
  token?: string | undefined;
  /** Jobs that may wait, at least 1; default 1024. */
  queue?: number;
  /** Bytes of one job, at least 1024; default 16 MiB. */
  bodyBytes?: number;
  /** Seconds that jobs in flight have left when the service closes; default 30. */
  drainSeconds?: number;
}

export interface SandboxService {
  /** Where it listens, `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Resolves when the workers are there; rejects, with the service closed, where they can't be. */
  readonly ready: Promise<void>;
  /** Takes no more jobs, finishes those in flight, within the time to drain, and ends everything. */
  close(): Promise<void>;
}

type State = "starting" | "ok" | "closing";
type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const streamsAtOnce = 16;
const lingerSeconds = 10;
const connectionsAtOnce = 4096;

/** Listens first and starts the workers then. Throws InputError and WorkError where it can't listen. */
export async function serveSandbox(options: ServiceOptions = {}): Promise<SandboxService> {
  const { host: _host, port: _port, token: _token, ...withoutDoor } = options;
  const { queue: _queue, bodyBytes: _bodyBytes, drainSeconds: _drain, ...sandboxOptions } = withoutDoor;
  checkOptions(sandboxOptions);
  const workers = options.workers ?? Math.min(4, availableParallelism());
  const slots = options.slots ?? 4;
  const cap = options.bodyBytes ?? 16 * 2 ** 20;
  const budget: Budget = { held: 0, most: 32 * cap };
  const address = await bindAddress(options.host ?? "127.0.0.1", options.token);
  const knows = gatekeeper(options.token);
  const metrics = createMetrics();
  // Twice what can run, so that a slot that becomes free finds the next job at hand.
  const atOnce = 2 * workers * slots;
  let state: State = "starting";
  let living: number | undefined;
  let sandbox: Sandbox | undefined;
  let streams = 0;
  const open = new Set<ServerResponse>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const queue: JobQueue = createJobQueue({
    judge: (job) => sandbox!.judge(job),
    atOnce,
    capacity: options.queue ?? 1024,
    metrics,
  });

  const onWorkers = (count: number) => {
    if (state !== "starting" && living !== undefined && count > living) metrics.restarted();
    living = count;
  };

  const requireRoom = () => {
    if (state !== "ok") throw new Refusal(503, `the service is ${state}`, "unavailable", 1);
    if (living === 0) throw new Refusal(503, "no worker lives; others are being started", "unavailable", 1);
    if (queue.full() || budget.held > budget.most)
      throw new Refusal(429, "the queue is full", "full", queue.pauseSeconds());
  };

  const judge: Handler = async (request, response) => {
    requireRoom();
    let held = 0;
    try {
      const text = await readBody(request, cap, (bytes) => {
        held += bytes;
        budget.held += bytes;
      });
      const job = readJobBody(text);
      requireRoom();
      const place = queue.take(job)!;
      const leave = () => place.drop();
      response.once("close", leave);
      const outcomes = await place.outcomes;
      response.off("close", leave);
      send(response, 200, { outcomes });
    } finally {
      budget.held -= held;
    }
  };

  const stream: Handler = async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    requireRoom();
    if (streams >= streamsAtOnce) throw new Refusal(429, `${streams} streams are open`, "full", 5);
    streams++;
    try {
      const { signal } = gone;
      await answerStream(request, response, { queue, cap, ahead: atOnce, signal, closing: closing.signal });
    } finally {
      streams--;
    }
  };

  const health: Handler = (_request, response) => {
    const status = state === "ok" && living === 0 ? "without workers" : state;
    send(response, status === "ok" ? 200 : 503, { status, protocol: protocolVersion, workers: living ?? 0 });
  };

  const showMetrics: Handler = (_request, response) => {
    const gauges = { queueLength: queue.waiting, inFlight: queue.inFlight, workers: living ?? 0 };
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(metrics.text(gauges));
  };

  const routes: Record<string, { method: "GET" | "POST"; handler: Handler; open?: true }> = {
    [judgePath]: { method: "POST", handler: judge },
    [jobsPath]: { method: "POST", handler: stream },
    [metricsPath]: { method: "GET", handler: showMetrics },
    [healthPath]: { method: "GET", handler: health, open: true },
  };

  const answer: Handler = async (request, response) => {
    open.add(response);
    response.once("close", () => open.delete(response));
    if (state === "closing") response.setHeader("connection", "close");
    const path = (request.url ?? "").split("?")[0]!;
    const route = Object.hasOwn(routes, path) ? routes[path]! : undefined;
    if (!route) throw new Refusal(404, `no such path; there are ${Object.keys(routes).join(", ")}`);
    if (!route.open && !knows(request)) {
      response.setHeader("www-authenticate", "Bearer");
      throw new Refusal(401, "the right token is needed: authorization: Bearer …", "unauthorized");
    }
    // A page in a browser of this machine could otherwise ask, also one from far away.
    if (request.headers.origin !== undefined && options.token === undefined)
      throw new Refusal(403, "pages in a browser need a token", "unauthorized");
    if (request.method !== route.method) {
      response.setHeader("allow", route.method);
      throw new Refusal(405, `${path} takes ${route.method}`);
    }
    await route.handler(request, response);
  };

  const server = createServer({ requestTimeout: 0, noDelay: true }, async (request, response) => {
    try {
      await answer(request, response);
    } catch (error) {
      const refusal = refusalFor(error);
      if (refusal.reason) metrics.refused(refusal.reason);
      refuse(request, response, refusal);
    }
  });
  server.maxConnections = connectionsAtOnce;
  const url = await listen(server, address, options.port ?? 8765);

  const close = async () => {
    if (state === "closing") return;
    state = "closing";
    // A connection that is kept for the next request would keep us.
    for (const response of open) if (!response.headersSent) response.setHeader("connection", "close");
    const idle = queue.close();
    closing.abort();
    await within(idle, options.drainSeconds ?? 30);
    queue.abandon();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await within(closed, 5);
    server.closeAllConnections();
    await sandbox?.close();
  };

  const ready = createSandbox({ ...sandboxOptions, workers, slots, onWorkers }).then(
    async (made) => {
      sandbox = made;
      if (state === "closing") return made.close();
      state = "ok";
    },
    async (error) => {
      await close();
      throw error;
    },
  );
  ready.catch(() => {});
  return { url, ready, close };
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof InputError) return malformed(oneLine(error.message));
  if (error instanceof Closing) return new Refusal(503, "the service is closing", "unavailable", 1);
  if (error instanceof CallerGone) return new Refusal(499, "the caller left");
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE")
    return new Refusal(499, "the caller left");
  process.stderr.write(`${(error as Error)?.stack ?? error}\n`);
  return new Refusal(500, "a fault of the service; its log has more");
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** Says no. What the caller still sends is read and dropped for a while, as otherwise it might never see the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) return void response.destroy();
  if (refusal.retryAfter !== undefined) response.setHeader("retry-after", refusal.retryAfter);
  send(response, refusal.status, { error: refusal.message });
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), lingerSeconds * 1000);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
}

function hintFor({ code }: NodeJS.ErrnoException): string {
  return code === "EADDRINUSE" ? ": another program listens there; --port 0 takes a free one" : "";
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new WorkError(
          `can't listen on ${host}, port ${port} (${error.code ?? error.message})${hintFor(error)}`,
        ),
      ),
    );
    server.listen({ host, port, backlog: 4096 }, () => {
      const bound = server.address() as AddressInfo;
      const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
      resolve(`http://${name}:${bound.port}`);
    });
  });
}

/** Waits for `work`, at most so long. */
async function within(work: Promise<unknown>, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
