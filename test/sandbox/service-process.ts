// A service as its user starts it: a real process through the command line, with real workers in a real jail.
import { type ChildProcess, spawn } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach } from "vitest";
import { connectSandbox, type Sandbox, type SandboxJob } from "../../src/sandbox/index.ts";
import { repository } from "../run-process.ts";
import { quick } from "./programs.ts";

/** A token as services ask for it. */
export const token = "a-token-of-the-tests-0123456789";

/** A test that times out must not leave its service behind. */
const living = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** Runs `mucode sandbox serve` on a free port, unless told another. */
export function spawnService(args: string[], environment: Record<string, string>): ChildProcess {
  const { MUCODE_SANDBOX_TOKEN: _, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    [join(repository, "bin", "mucode.js"), "sandbox", "serve", "--port", "0", ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...inherited, ...environment } },
  );
  living.add(child);
  child.once("close", () => living.delete(child));
  return child;
}

export interface ServiceProcess {
  url: string;
  pid: number;
  process: ChildProcess;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Everything that it wrote, on both streams. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts `mucode sandbox serve` on a free port and waits until it is healthy. */
export async function startService(
  args: string[] = [],
  environment: Record<string, string> = {},
): Promise<ServiceProcess> {
  const child = spawnService(args, environment);
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (data) => {
    stdout += data;
  });
  child.stderr!.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  const service = {
    url: "",
    pid: child.pid!,
    process: child,
    ended,
    output: () => stdout + stderr,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
  const limit = performance.now() + 60_000;
  for (;;) {
    service.url = stdout.trim();
    if (stderr.includes("answers at")) return service;
    if (child.exitCode !== null || performance.now() > limit) throw new Error(`no service: ${stderr}`);
    await sleep(20);
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  body: { outcomes?: unknown; error?: string; [name: string]: unknown };
}

/** One request, without the client under test: no retries, no interpretation. */
export async function post(
  url: string,
  body: object | string,
  options: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { method: "POST", body: text, ...options });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** The samples of /metrics by name, with their labels as written. */
export async function metricsOf(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space).replace("mucode_sandbox_", ""), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum over the labels of a metric. */
export function sumOf(metrics: ReadonlyMap<string, number>, name: string): number {
  let sum = 0;
  for (const [sample, value] of metrics) if (sample.split("{")[0] === name) sum += value;
  return sum;
}

/** Services and clients of one suite: each is gone after its test, those of `startOnce` after all. */
export function useServices() {
  const services: ServiceProcess[] = [];
  const lasting: Promise<ServiceProcess>[] = [];
  const clients: Sandbox[] = [];
  afterEach(async () => {
    for (const sandbox of clients.splice(0)) await sandbox.close();
    for (const service of services.splice(0)) await service.stop();
  });
  afterAll(async () => {
    for (const service of await Promise.all(lasting)) await service.stop();
  });
  return {
    start: async (...options: Parameters<typeof startService>) => {
      const service = await startService(...options);
      services.push(service);
      return service;
    },
    startOnce: (...options: Parameters<typeof startService>) => {
      lasting.push(startService(...options));
      return lasting.at(-1)!;
    },
    client: (...options: Parameters<typeof connectSandbox>) => {
      const sandbox = connectSandbox(...options);
      clients.push(sandbox);
      return sandbox;
    },
  };
}

export const calls = (program: string, asserts: string[], limits = quick): SandboxJob => ({
  language: "python",
  program,
  groups: [{ style: "function", asserts }],
  limits,
});

let fresh = 0;
/** Passes after so many seconds; new to every cache. */
export const sleeper = (seconds: number): SandboxJob =>
  calls(`import time\ndef f(x):\n  time.sleep(${seconds})\n  return x + ${++fresh}`, [
    `assert f(0) == ${fresh}`,
  ]);

/** The job as a line of a stream. */
export const line = (id: number, job: SandboxJob) =>
  `${JSON.stringify({ id, language: "python", program: job.program, tests: job.groups[0] })}\n`;

/** Waits until `condition` holds; rejects after `seconds`. */
export async function eventually(
  condition: () => Promise<boolean>,
  what: string,
  seconds = 10,
): Promise<void> {
  const limit = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(20);
  }
}

/** A stream that is written and read by turns. */
export function openStream(url: string) {
  const outgoing = request(`${url}/v1/jobs`, { method: "POST" });
  outgoing.on("error", () => {});
  const lines = new Promise<AsyncIterator<string>>((resolve) => {
    outgoing.on("response", (response) => {
      resolve(
        (async function* () {
          let rest = "";
          response.setEncoding("utf8");
          for await (const text of response) {
            const parts = (rest + text).split("\n");
            rest = parts.pop()!;
            yield* parts;
          }
        })(),
      );
    });
  });
  return {
    write: (text: string) => outgoing.write(text),
    end: (text: string) => outgoing.end(text),
    next: async (): Promise<Record<string, unknown> | undefined> => {
      const next = await (await lines).next();
      return next.done ? undefined : JSON.parse(next.value);
    },
  };
}
