// What a verdict is made of: how a process ended, told as a verdict with words for people and for the generator.
import type { Failure, Outcome, Verdict } from "../core/outcome.ts";
import type { Limits } from "../core/problem.ts";
import { withoutPlaces } from "../core/told-text.ts";
import { bounded } from "./python-value.ts";
import type { Answers, RaisedError } from "./wire.ts";
import type { VisitResult } from "./worker.ts";

export interface Strike {
  verdict: Verdict;
  error: RaisedError;
}

/** A test that failed: why, and what is known of it. */
export interface Miss {
  verdict: Verdict;
  failure: Failure;
}

export const textLimit = 200;

/** All tests passed, or the verdict of the first that did not. No tests are no pass, whoever let them through. */
export function summarise(misses: readonly (Miss | undefined)[]): Outcome {
  if (misses.length === 0) return failedBeforeTests(0, "fault", { type: "", message: "there is no test" });
  const first = misses.find((miss) => miss !== undefined);
  const passed = misses.filter((miss) => miss === undefined).length;
  if (!first) return { verdict: "passed", passed, total: misses.length };
  return { verdict: first.verdict, passed, total: misses.length, failure: first.failure };
}

export function failedBeforeTests(total: number, verdict: Verdict, error: RaisedError): Outcome {
  return { verdict, passed: 0, total, failure: { test: -1, ...errorParts(error) } };
}

export function verdictOf(error: RaisedError): Verdict {
  return error.limit ?? "exception";
}

export function strikeOf(result: VisitResult, answers: Answers, limits: Limits): Strike {
  const is = (verdict: Verdict, message: string): Strike => ({ verdict, error: { type: "", message } });
  if (result.killed === "wall")
    return is("wall-time", `the wall time limit of ${limits.wallSeconds} s was reached`);
  if (result.killed === "cpu" || answers.outOfTime || result.exit === -signals.SIGXCPU) {
    return is("cpu-time", `the CPU time limit of ${limits.cpuSeconds} s was reached`);
  }
  if (result.killed === "flood" || result.exit === -signals.SIGXFSZ) {
    return is("output", `the output limit of ${limits.outputKb} KiB was reached`);
  }
  if (result.killed === "disk") return is("output", "the scratch folder's limit of 16 MiB was reached");
  if (answers.garbled) return is("exception", "the program wrote on the sandbox's own channel");
  if (result.exit < 0) return is("killed", `the process was ended by ${signalName(-result.exit)}`);
  return is("exception", `the program ended its process (exit code ${result.exit})`);
}

// Linux and macOS agree on these.
const signals = { SIGXCPU: 24, SIGXFSZ: 25 };
const signalNames: Record<number, string> = {
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  31: "SIGSYS",
};

function signalName(number: number): string {
  return signalNames[number] ?? `signal ${number}`;
}

/** What a person or a model may read of an error: its kind and message, without addresses or paths of this machine. */
export function errorParts(error: RaisedError): Pick<Failure, "error" | "line"> {
  const message = withoutPlaces(error.message);
  const text = error.type === "" ? message : message === "" ? error.type : `${error.type}: ${message}`;
  const parts: Pick<Failure, "error" | "line"> = { error: bounded(text, 300) };
  if (error.line !== undefined) parts.line = error.line;
  return parts;
}
