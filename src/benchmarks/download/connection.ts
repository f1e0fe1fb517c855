// The HTTP side of a download: through the proxies that the environment names, with an end to every wait. A body is never
// paused: undici 7 ends the process when a server closes the connection meanwhile, as HTTP/1.0 servers do behind every
// file. What comes faster than it is taken waits in memory, up to the size that the caller expects.
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { InputError } from "../../core/errors.ts";
import type { Headers } from "./answer.ts";

export interface Response {
  status: number;
  headers: Headers;
  /** Pieces of the body as they come. Leaving the loop early ends the connection. */
  body: AsyncIterable<Uint8Array>;
  /** Ends the connection without reading the body. */
  drop(): void;
}

export interface Connection {
  /**
   * Sends a GET. Redirects are not followed.
   * @param signal ends the request and its body.
   * @param most bytes of body; the connection is ended with the piece that goes beyond.
   */
  get(url: URL, headers: Record<string, string>, signal: AbortSignal, most: number): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Opens nothing until the first request.
 * @throws InputError where HTTP_PROXY or HTTPS_PROXY is no address.
 */
export function openConnection(environment: NodeJS.ProcessEnv = process.env): Connection {
  const agent = agentOf(environment);
  return {
    get: (url, headers, signal, most) =>
      new Promise((resolve, reject) => {
        const body = new Body(most);
        const fail = (error: Error) => {
          body.end(error);
          reject(error);
        };
        const stop = () => {
          fail(signal.reason);
          body.drop();
        };
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        const over = () => signal.removeEventListener("abort", stop);
        const options: Dispatcher.DispatchOptions = {
          origin: url.origin,
          path: url.pathname + url.search,
          method: "GET",
          headers: { "user-agent": "mucode", "accept-encoding": "identity", ...headers },
        };
        agent.dispatch(options, {
          onRequestStart: (controller) => body.startedBy(controller),
          onResponseStart(_, status, answered) {
            if (status >= 200) resolve({ status, headers: answered, body, drop: () => body.drop() });
          },
          onResponseData: (_, bytes) => body.add(bytes),
          onResponseEnd() {
            over();
            body.end();
          },
          onResponseError(_, error) {
            over();
            fail(error);
          },
        });
      }),
    close: () => agent.destroy(),
  };
}

/** The pieces of one body, from the connection that brings them to the loop that takes them. */
class Body implements AsyncIterable<Uint8Array> {
  private readonly waiting: Uint8Array[] = [];
  private received = 0;
  private controller: Dispatcher.DispatchController | undefined;
  private dropped = false;
  private ended = false;
  private failure: Error | undefined;
  private wake: () => void = () => {};

  constructor(private readonly most: number) {}

  startedBy(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.dropped) this.drop();
  }

  add(bytes: Uint8Array): void {
    if (this.ended) return;
    this.waiting.push(bytes);
    this.received += bytes.length;
    if (this.received > this.most) {
      this.end();
      this.drop();
    }
    this.wake();
  }

  /** The first end counts. */
  end(failure?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.wake();
  }

  drop(): void {
    this.dropped = true;
    this.controller?.abort(new Error("the connection is no longer needed"));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const bytes = this.waiting.shift();
        if (bytes !== undefined) yield bytes;
        else if (this.failure) throw this.failure;
        else if (this.ended) return;
        else
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
      }
    } finally {
      if (!this.ended) this.drop();
    }
  }
}

/** Plain http asks the proxy itself, as proxies expect; https goes through a tunnel. */
function agentOf(environment: NodeJS.ProcessEnv): Dispatcher {
  // Waits are ended by the signal, which knows whether bytes still come.
  const options = { headersTimeout: 0, bodyTimeout: 0, connectTimeout: 0, proxyTunnel: false };
  const named = (name: string) => environment[name.toLowerCase()] ?? environment[name] ?? "";
  const [httpProxy, httpsProxy] = ["HTTP_PROXY", "HTTPS_PROXY"].map((name) => {
    const value = named(name);
    if (value !== "" && !/^(https?|socks5?):\/\/[^/]/.test(value))
      throw new InputError(
        name,
        `"${value.replace(/.*@/, "")}" is no proxy; expected an address such as http://proxy.example:3128`,
      );
    return value;
  }) as [string, string];
  if (httpProxy === "" && httpsProxy === "") return new Agent(options);
  return new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy: named("NO_PROXY") });
}

const untrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_\w+)$/;

const unreachable: Record<string, string> = {
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name is not known",
  ECONNREFUSED: "nobody listens there",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ETIMEDOUT: "it does not answer",
};

/** Why a request failed, in words, and whether asking again may help. */
export function explainConnection(error: unknown): { problem: string; again: boolean } {
  const { message, code } = error as { message?: string; code?: string };
  if (code !== undefined && untrusted.test(code))
    return {
      problem: `its certificate is not trusted (${code}); NODE_EXTRA_CA_CERTS names a file of certificates to trust`,
      again: false,
    };
  const proxy = /^Proxy response \((\d+)\)/.exec(message ?? "")?.[1];
  if (proxy !== undefined || /Proxy Authentication/.test(message ?? ""))
    return {
      problem: `the proxy refused it with status ${proxy ?? 407}`,
      again: Number(proxy ?? 407) >= 500,
    };
  const unreached = code === undefined ? undefined : unreachable[code];
  if (unreached !== undefined) {
    const hint = "HTTP_PROXY and HTTPS_PROXY name a proxy, --mirror another server";
    return { problem: `${unreached} (${code}; ${hint})`, again: true };
  }
  const problem = message && code && !message.includes(code) ? `${message} (${code})` : message || code;
  return { problem: problem ?? String(error), again: true };
}
