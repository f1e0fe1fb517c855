// The trusted process that runs tests which are code, and the talk between it and a program in the jail. This file only
// carries frames from one to the other, counts and times them, and takes down what the test says of each assert; it
// reads none of the values. python/judging.py and python/serving.py are the ends.
import { WorkError } from "../core/errors.ts";
import type { Limits } from "../core/problem.ts";
import { findInterpreter } from "./interpreter.ts";
import type { Pool } from "./pool.ts";
import { type Answers, type CodeTest, readAnswers, type TalkLine } from "./wire.ts";
import {
  type Run,
  sealBytes,
  startWorker,
  type VisitLimits,
  type VisitResult,
  type Worker,
} from "./worker.ts";

export interface CodeJudgeOptions {
  python: string | undefined;
  slots: number;
  startPool: (count: number, start: () => Promise<Worker>) => Promise<Pool>;
}

/** Starts at the first test that needs it. */
export function openCodeJudge(options: CodeJudgeOptions): { run: Run; close: () => Promise<void> } {
  let started: Promise<Pool> | undefined;
  const start = async () => {
    const python = options.python ?? (await findInterpreter()).path;
    // With `site`, unlike the jail's: the packages of this interpreter are the tests' to import. One BLAS thread,
    // because a process with threads can't be forked safely.
    const flags = ["-s", "-B", "-X", "utf8", "-W", "ignore"];
    const env = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
    const { slots } = options;
    try {
      return await options.startPool(1, () =>
        startWorker({ python, slots, isolation: "unsafe", script: "code_judge.py", flags, env }),
      );
    } catch (error) {
      throw new WorkError(`tests that are code can't be run with ${python}: ${(error as Error).message}`);
    }
  };
  return {
    run: async (visit, limits) => {
      started ??= start();
      return (await started).run(visit, limits);
    },
    close: async () => {
      await (await started?.catch(() => undefined))?.close();
    },
  };
}

/** What the test said of one assert, or of its code as a whole. */
export interface TestResult {
  test: number;
  is: "passed" | "wrong" | "exception" | "gone" | "fault";
  input?: string | null;
  expected?: string;
  actual?: string;
  /** Type, message and the line of the program. */
  e?: [string, string, number | null];
  k?: "memory" | "output";
  why?: string;
}

export interface Conversation {
  loaded: Answers["loaded"];
  results: TestResult[];
  /** How the program's process ended; where the test was done with it, by our hand. */
  program: VisitResult;
  judge: VisitResult;
  /** The test came to its end. */
  done: boolean;
  /** The program wrote when it was not asked, or what is no frame. */
  garbled: boolean;
  /** The program's own turns together took longer than its wall time. */
  late: boolean;
  /** The program has answered a call, so that what the test did then may be the program's doing. */
  answered: boolean;
}

/** What the trusted side may use for one visit, beside the time in which it waits. */
export const judgeLimits = { cpuSeconds: 30, waitSeconds: 120, memoryMb: 4096 };

const longestQuestion = 64 << 20;
/** What a program may answer with, each value and all of one visit: they pass through, and are not kept here. */
const valueBytes = 32 << 20;
const visitBytes = 256 << 20;
/**
 * Of what is read here, not only passed on: whether the program could be loaded (its error has at most 80 and 400 characters,
 * of up to 12 bytes each) and what the test says of one assert, where the program's words may be told.
 */
const loadedBytes = 16 << 10;
const resultBytes = 64 << 10;

/** One process of the program and one of the test, until both are gone. Throws WorkerDied where either's worker died. */
export async function converse(
  program: string,
  test: CodeTest,
  limits: Limits,
  programs: Run,
  judges: Run,
): Promise<Conversation> {
  const outputBytes = limits.outputKb * 1024;
  const results: TestResult[] = [];
  let loaded: Answers["loaded"];
  let [done, garbled, called, answered, asking, over] = [false, false, false, false, false, false];
  let programLine: TalkLine | undefined;
  let judgeLine: TalkLine | undefined;
  let gone: VisitResult | undefined;
  let question: Buffer | undefined;
  const clock = turnClock(limits.wallSeconds, () => programLine?.end());

  const ask = (frame: Buffer) => {
    asking = true;
    clock.start();
    programLine?.send(frame);
  };

  const programSays = (payload: Buffer, frame: Buffer) => {
    clock.stop();
    if (loaded === undefined) {
      const answers = readAnswers(payload.toString("utf8"), 0);
      loaded = answers.loaded;
      if (loaded === undefined || answers.garbled) return programBroke();
      if (!loaded.ok) return judgeLine?.end();
      if (question) ask(question);
    } else if (asking) {
      asking = false;
      answered ||= called;
      judgeLine?.send(frame);
    } else programBroke();
  };
  const programBroke = () => {
    garbled = true;
    programLine?.end();
  };

  const judgeSays = (payload: Buffer) => {
    const mark = payload[0];
    if (mark === marks.question) {
      const frame = framed(payload.subarray(1));
      called = !frame.toString("latin1", 4, 14).startsWith('["global"');
      question = frame;
      if (gone) judgeLine?.send(hangUp);
      else if (loaded) ask(frame);
    } else if (mark === marks.result) {
      if (payload.length > resultBytes) {
        // The test's own words are bounded where they are made: only the program's can be so long.
        programBroke();
        return judgeLine?.end();
      }
      results.push(JSON.parse(payload.toString("utf8", 1)) as TestResult);
    } else if (mark === marks.done) {
      done = true;
      programLine?.end();
    }
  };

  const startProgram = async (): Promise<VisitResult> => {
    const budget: VisitLimits = {
      cpuSeconds: limits.cpuSeconds,
      wallSeconds: limits.wallSeconds + judgeLimits.waitSeconds,
      memoryMb: limits.memoryMb,
      outputBytes,
      fileBytes: outputBytes,
      answerBytes: visitBytes,
    };
    try {
      gone = await programs(
        {
          style: "serve",
          program,
          valueBytes,
          talk: {
            open: (line) => {
              programLine = line;
              if (over || done) return line.end();
              clock.start();
            },
            receive: frameReader(
              () => (loaded === undefined ? loadedBytes : valueBytes + 4096),
              programSays,
              programBroke,
            ),
          },
        },
        budget,
      );
      return gone;
    } finally {
      clock.stop();
      gone ??= { text: "", stdout: Buffer.alloc(0), exit: 0, cpuSeconds: 0 };
      if (!loaded?.ok) judgeLine?.end();
      else if (question && !done) judgeLine?.send(hangUp);
    }
  };

  let programEnd: Promise<VisitResult> | undefined;
  const judging = judges(
    {
      style: "test",
      ...test,
      talk: {
        open: (line) => {
          judgeLine = line;
          programEnd = startProgram();
          programEnd.catch(() => {}); // waited for below
        },
        receive: frameReader(
          () => longestQuestion,
          judgeSays,
          () => judgeLine?.end(),
        ),
      },
    },
    {
      cpuSeconds: judgeLimits.cpuSeconds,
      wallSeconds: limits.wallSeconds + judgeLimits.waitSeconds,
      memoryMb: judgeLimits.memoryMb,
      outputBytes: longestQuestion,
      fileBytes: longestQuestion,
      answerBytes: Number.MAX_SAFE_INTEGER,
    },
  );
  try {
    const judge = await judging;
    over = true;
    if (!done) programLine?.end();
    const ended = await programEnd!;
    return { loaded, results, program: ended, judge, done, garbled, late: clock.late(), answered };
  } catch (error) {
    over = true;
    programLine?.end();
    judgeLine?.end();
    await Promise.allSettled([programEnd, judging]);
    throw error;
  }
}

const marks = { question: 0x71, result: 0x72, done: 0x64 };
/** Tells the test that no answer will come. */
const hangUp = Buffer.alloc(4);

function framed(payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(4);
  header.writeUInt32BE(payload.length);
  return Buffer.concat([header, payload]);
}

/** Cuts bytes into frames. What is no frame is reported once, and then nothing more. */
function frameReader(
  longest: () => number,
  onFrame: (payload: Buffer, frame: Buffer) => void,
  onBroken: () => void,
): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let [held, needed] = [0, 4];
  let broken = false;
  return (chunk) => {
    if (broken) return;
    parts.push(chunk);
    held += chunk.length;
    if (held < needed) return;
    let rest = parts.length === 1 ? chunk : Buffer.concat(parts);
    needed = 4;
    while (rest.length >= 4) {
      const size = rest.readUInt32BE(0);
      if (size === 0 || size > longest()) {
        if (rest.length <= sealBytes) break; // it may be the seal
        broken = true;
        return onBroken();
      }
      needed = 4 + size;
      if (rest.length < needed) break;
      const frame = rest.subarray(0, needed);
      rest = rest.subarray(needed);
      needed = 4;
      onFrame(frame.subarray(4), frame);
    }
    parts = [rest];
    held = rest.length;
  };
}

/** The time of the program's turns together. The test's own time is not the program's. */
function turnClock(seconds: number, onLate: () => void) {
  let left = seconds * 1000;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let late = false;
  return {
    start: () => {
      since = performance.now();
      timer ??= setTimeout(function ring() {
        const used = since === undefined ? 0 : performance.now() - since;
        if (since !== undefined && used >= left) {
          late = true;
          onLate();
        } else timer = setTimeout(ring, Math.max(left - used, 1));
      }, left);
    },
    stop: () => {
      if (since !== undefined) left -= performance.now() - since;
      since = undefined;
      clearTimeout(timer);
      timer = undefined;
    },
    late: () => late,
  };
}
