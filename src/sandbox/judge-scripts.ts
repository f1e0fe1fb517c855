// Judging scripts by stdin and stdout. Many cases run in one process, each as a new `__main__`: a fork per case would
// cost most of the time. The first case of a process is as on a judge's machine; what a later one does may be the
// doing of those before it. So a pass counts at once (no expected output is anywhere near the process), and a
// failure counts where its case came first, or is run again first in a process of its own. Once one failure is
// confirmed, so that the verdict is certain, the others of that process are taken as they are. Processes of one group run side
// by side, and the outcome is the one that cases in a row would give: the first failure decides, and the first time limit that
// strikes ends the group, whatever of the later cases had finished by then.
import { isUtf8 } from "node:buffer";
import type { Outcome } from "../core/outcome.ts";
import type { Limits, StdioTests } from "../core/problem.ts";
import { Slots } from "../core/slots.ts";
import { sameOutput } from "./output.ts";
import { bounded } from "./python-value.ts";
import {
  errorParts,
  failedBeforeTests,
  type Miss,
  type Strike,
  strikeOf,
  summarise,
  textLimit,
  verdictOf,
} from "./verdict.ts";
import { type Answers, readAnswers } from "./wire.ts";
import type { Run, VisitLimits, VisitResult } from "./worker.ts";

type Case = StdioTests["cases"][number];

/** How scripts are run. */
export interface ScriptOptions {
  /** How many cases one process may be given. */
  casesPerProcess: number;
  /** Whether the cases after the first failed one are left out; they count as failed. */
  stopAtFailure: boolean;
}

/** Processes of one group that run at a time: enough for every core, and few enough to leave room for other programs. */
const atOnce = 4;

/** The outcome of one group, and the time limit that struck in it, if one did. */
export async function judgeCases(
  program: string,
  { cases, comparison }: Pick<StdioTests, "cases" | "comparison">,
  limits: Limits,
  run: Run,
  { casesPerProcess, stopAtFailure }: ScriptOptions,
): Promise<{ outcome: Outcome; strike?: Strike }> {
  const misses = new Array<Miss | undefined>(cases.length).fill(undefined);
  const slots = new Slots(atOnce);
  let unparsable: Outcome | undefined;
  let strike: Strike | undefined;
  /** Cases from here on don't count: the one before it ended the group. It only ever falls, whoever finishes first. */
  let stop = cases.length;

  const answered = async (from: number, to: number) => {
    const batch = cases.slice(from, to);
    const stdins = batch.map(({ input }) => input);
    const result = await run({ style: "stdio", program, stdins }, visitLimits(limits, stdins));
    return { batch, result, answers: readAnswers(result.text, batch.length) };
  };
  /** A failure that was not the first of its process, alone. */
  const again = async (index: number) => {
    const { batch, result, answers } = await answered(index, index + 1);
    return ends(batch, result, answers, limits)[0] ?? endOfProcess(result, answers, limits);
  };
  const passes = (index: number, end: End) =>
    "stdout" in end && end.isText && sameOutput(cases[index]!.output, end.stdout, comparison);
  /** Takes down how a case ended, for certain. */
  const settle = (index: number, end: End) => {
    if (index >= stop || passes(index, end)) return;
    misses[index] = missOf(cases[index]!, index, end);
    const struck = isTimeLimit(end);
    if (!struck && !stopAtFailure) return;
    stop = index + 1;
    strike = struck ? end : undefined;
  };

  /** Runs cases in one process. Returns the first that it did not get to, and whether time was the reason. */
  const visit = async (from: number, to: number): Promise<{ next: number; slow: boolean }> => {
    const { batch, result, answers } = await answered(from, to);
    const load = answers.loaded;
    if (load && !load.ok) {
      unparsable = failedBeforeTests(cases.length, "unparsable", load.error);
      stop = 0;
      return { next: to, slow: false };
    }
    const finished = ends(batch, result, answers, limits);
    let confirmed = false;
    for (const [position, end] of finished.entries()) {
      const index = from + position;
      if (index >= stop) break;
      const certain = passes(index, end) || position === 0 || confirmed ? end : await again(index);
      settle(index, certain);
      confirmed ||= misses[index] !== undefined;
    }
    const next = from + finished.length;
    if (finished.length === batch.length) return { next, slow: false };
    const end = endOfProcess(result, answers, limits);
    if (finished.length > 0) return { next, slow: isTimeLimit(end) };
    // The process ended before it had run all. Whose doing that was is certain only where the case came first.
    settle(from, end);
    return { next: from + 1, slow: isTimeLimit(end) };
  };

  const judgeRange = async (from: number, to: number): Promise<void> => {
    if (from >= Math.min(to, stop)) return;
    const { next, slow } = await slots.run(async () =>
      from < stop ? visit(from, to) : { next: to, slow: false },
    );
    if (!slow) return judgeRange(next, to);
    // What is slow is cut into as much as one process got through. The case that it did not get through may be stuck:
    // the rest waits for it.
    const size = next - from;
    await judgeRange(next, Math.min(to, next + size));
    await judgeRanges(next + size, to, size);
  };
  const judgeRanges = async (from: number, to: number, size: number): Promise<void> => {
    const starts = Array.from(
      { length: Math.ceil(Math.max(0, to - from) / size) },
      (_, n) => from + n * size,
    );
    await Promise.all(starts.map((start) => judgeRange(start, Math.min(to, start + size))));
  };

  // The first process goes alone: most wrong programs fail there, and what loops would otherwise loop several times.
  const first = Math.min(cases.length, casesPerProcess);
  await judgeRange(0, first);
  await judgeRanges(first, cases.length, casesPerProcess);
  if (unparsable) return { outcome: unparsable };
  const outcome = summarise([...misses.slice(0, stop), ...cases.slice(stop).map(() => misses[stop - 1])]);
  return strike ? { outcome, strike } : { outcome };
}

function isTimeLimit(end: End): end is Strike {
  return "verdict" in end && (end.verdict === "cpu-time" || end.verdict === "wall-time");
}

/** How one case ended: with an output, or with an error. What is no UTF-8 is shown, and equal to nothing. */
type End = { stdout: string; isText: boolean } | Strike;

function outputOf(bytes: Buffer): End {
  return { stdout: bytes.toString("utf8"), isText: isUtf8(bytes) };
}

function missOf({ input, output }: Case, test: number, end: End): Miss {
  const shown = { test, input: bounded(input, textLimit), expected: bounded(output, textLimit) };
  if ("verdict" in end) return { verdict: end.verdict, failure: { ...shown, ...errorParts(end.error) } };
  return { verdict: "wrong", failure: { ...shown, actual: bounded(end.stdout, textLimit) } };
}

/** The ends of the cases that the process got through. */
function ends(batch: readonly Case[], result: VisitResult, answers: Answers, limits: Limits): End[] {
  if (result.killed === "flood") return [];
  const most = limits.outputKb * 1024;
  return answers.cases.slice(0, batch.length).map(({ error, stdoutEnd }, position): End => {
    const begin = position === 0 ? 0 : (answers.cases[position - 1]!.stdoutEnd ?? result.stdout.length);
    const end = stdoutEnd ?? result.stdout.length;
    if (error) return { verdict: verdictOf(error), error };
    if (end - begin > most) return overOutput(limits);
    return outputOf(result.stdout.subarray(begin, end));
  });
}

/** How the case ended with which the process ended: `os._exit(0)` is an end like any other. */
function endOfProcess(result: VisitResult, answers: Answers, limits: Limits): End {
  if (result.exit !== 0 || result.killed || answers.outOfTime || answers.garbled)
    return strikeOf(result, answers, limits);
  return outputOf(result.stdout.subarray(answers.cases.at(-1)?.stdoutEnd ?? 0));
}

function overOutput(limits: Limits): Strike {
  const message = `the output limit of ${limits.outputKb} KiB was reached`;
  return { verdict: "output", error: { type: "", message } };
}

/** Time is for all cases of a process together: one that does not get through in it is run again with all of it. */
function visitLimits(limits: Limits, stdins: readonly string[]): VisitLimits {
  const { cpuSeconds, wallSeconds, memoryMb } = limits;
  const outputBytes = limits.outputKb * 1024 * stdins.length;
  const fileBytes = Math.max(outputBytes, ...stdins.map((text) => Buffer.byteLength(text)));
  return {
    cpuSeconds,
    wallSeconds,
    memoryMb,
    outputBytes,
    fileBytes,
    answerBytes: 4096 * (stdins.length + 4),
  };
}
