// The warm engine process. Importing PyTorch, transformers and TRL takes seconds, so it happens once: this
// process does it and forks a child per job. One JSON document a line in both directions (docs/reference/engine.md).
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { WorkError } from "../core/errors.ts";
import type { EngineProgram } from "./engine.ts";
import type { BoundedLog } from "./log.ts";

/** What a job reports. `exited` comes last, always. */
export type JobEvent =
  | { event: "listening"; url: string }
  | { event: "progress"; step: number; steps: number; loss: number; tokens_per_second: number }
  | { event: "done"; steps: number; tokens: number; seconds: number; loss: number }
  | { event: "failed"; kind: "input" | "work" | "fault"; error: string; traceback?: string }
  | { event: "exited"; code: number | null; signal: number | string | null };

export interface Host {
  readonly alive: boolean;
  /** Starts a job and returns the function that kills it. */
  start(job: "serve" | "train", spec: object, onEvent: (event: JobEvent) => void): () => void;
  /** Ends the process and all its jobs, and waits until it is gone. */
  close(): Promise<void>;
}

/** How long the process may take to go by itself before it is killed, milliseconds. */
const farewellMs = 5000;

/**
 * Starts the process; resolves when it is ready for jobs. WorkError, with its last words, when that fails; its cause
 * is the signal, when one killed it.
 * @param closing ends a start that is no longer wanted.
 */
export async function launchHost(
  program: EngineProgram,
  log: BoundedLog,
  readySeconds: number,
  closing: AbortSignal,
): Promise<Host> {
  const child = spawn(program.command, program.args, { env: program.env, stdio: ["pipe", "pipe", "pipe"] });
  const jobs = new Map<string, (event: JobEvent) => void>();
  let nextId = 1;
  let alive = true;

  let becomeReady: () => void = () => {};
  let failToStart: (error: WorkError) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    becomeReady = resolve;
    failToStart = reject;
  });

  const exited = new Promise<void>((resolve) => {
    const end = (cause: string, code: number | null, signal: string | null) => {
      if (!alive) return;
      alive = false;
      failToStart(
        new WorkError(
          `the engine did not start: ${cause}${quote(log)}`,
          signal === null ? undefined : { cause: signal },
        ),
      );
      for (const tell of [...jobs.values()]) tell({ event: "exited", code, signal });
      resolve();
    };
    child.on("error", (error) => end(error.message, null, null));
    child.on("close", (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`, code, signal));
  });

  child.stdin.on("error", () => {}); // A dead process shows as `close`, which ends its jobs.
  child.stderr.setEncoding("utf8").on("data", (text: string) => log.write(text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = parseLine(line);
    if (message === undefined) log.write(`${line}\n`);
    else if (message.event === "ready") becomeReady();
    else jobs.get(message.id ?? "")?.(message as JobEvent);
  });

  const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);

  const timer = setTimeout(() => {
    failToStart(new WorkError(`the engine was not ready within ${readySeconds} s${quote(log)}`));
    child.kill("SIGKILL");
  }, readySeconds * 1000);
  const giveUp = () => child.kill("SIGKILL");
  closing.addEventListener("abort", giveUp);
  await ready.finally(() => {
    clearTimeout(timer);
    closing.removeEventListener("abort", giveUp);
  });

  return {
    get alive() {
      return alive;
    },
    start(job, spec, onEvent) {
      const id = String(nextId++);
      jobs.set(id, (event) => {
        if (event.event === "exited") jobs.delete(id);
        onEvent(event);
      });
      if (alive) send({ id, op: "start", job, spec });
      else jobs.get(id)?.({ event: "exited", code: null, signal: null });
      return () => {
        if (alive && jobs.has(id)) send({ id, op: "stop" });
      };
    },
    async close() {
      child.stdin.end();
      const impatience = setTimeout(() => child.kill("SIGKILL"), farewellMs);
      await exited;
      clearTimeout(impatience);
    },
  };
}

function parseLine(line: string): { event?: string; id?: string } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The engine's last words, as the end of an error message. */
export function quote(log: BoundedLog): string {
  const words = log.lastWords();
  return `${words === "" ? "" : `; it last said: ${words}`} (log: ${log.path})`;
}
