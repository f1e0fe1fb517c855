// How a job of the engine ended, and which of our errors that is.
import { InputError, WorkError } from "../core/errors.ts";
import type { TrainResult } from "./executor.ts";
import { type Host, type JobEvent, quote } from "./host.ts";
import type { BoundedLog } from "./log.ts";

export interface Ending {
  /** What a training job reported when it was done. */
  result?: TrainResult;
  failed?: Extract<JobEvent, { event: "failed" }>;
  /** How the process ended: "killed by signal 9", "ended with code 1". */
  cause: string;
}

export interface RunningJob {
  /** Kills it. */
  stop(): void;
  ended: Promise<Ending>;
}

/** Starts a job; `onEvent` gets what it reports on its way. */
export function startJob(
  host: Host,
  kind: "serve" | "train",
  spec: object,
  log: BoundedLog,
  onEvent: (event: JobEvent) => void,
): RunningJob {
  let stop: () => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    const ending: Ending = { cause: "" };
    stop = host.start(kind, spec, (event) => {
      onEvent(event);
      if (event.event === "done") {
        ending.result = {
          steps: event.steps,
          tokens: event.tokens,
          seconds: event.seconds,
          loss: event.loss,
        };
      } else if (event.event === "failed") {
        ending.failed = event;
        if (event.traceback !== undefined) log.write(`${event.traceback}\n`);
      } else if (event.event === "exited") {
        resolve({ ...ending, cause: exitCause(event.code, event.signal) });
      }
    });
  });
  return { stop, ended };
}

function exitCause(code: number | null, signal: number | string | null): string {
  if (signal === null) return code === null ? "its process is gone" : `it ended with code ${code}`;
  const reason = signal === 9 || signal === "SIGKILL" ? " (out of memory?)" : "";
  return `it was killed by signal ${signal}${reason}`;
}

/** The error of a job that did not do what it should; `what` begins the message. */
export function failure(what: string, ending: Ending, log: BoundedLog): InputError | WorkError {
  const failed = ending.failed;
  if (failed?.kind === "input") {
    const [where, ...rest] = failed.error.split(": ");
    return rest.length > 0 ? new InputError(where!, rest.join(": ")) : new InputError(what, failed.error);
  }
  if (failed?.kind === "work") return new WorkError(`${what}: ${failed.error}`);
  if (failed?.kind === "fault") return new WorkError(`${what}: ${failed.error} (log: ${log.path})`);
  return new WorkError(`${what}: ${ending.cause}${quote(log)}`);
}

/** Whether the same job may go better another time: not where its input or its surroundings are to blame. */
export function worthRepeating(ending: Ending): boolean {
  return ending.failed === undefined || ending.failed.kind === "fault";
}
