// Turns what a program's process claimed and how it ended into outcomes. The only place where a verdict is made, and
// it runs in our process: a program decides what it answers, never whether that was right.
//
// Function style: the program is started once and answers all groups in order (public tests first, so that their
// outcome can't depend on the others). A limit that strikes in a group ends the process: the tests before it keep
// their results, the rest of that group and the groups after it count as failed with that verdict. Where the group
// struck was not the first of its process, it is run again alone, because the ones before it may have used up its
// budget.
// Stdin/stdout style: every case is a process of its own, as on a judge's machine; a time limit that strikes ends
// the group and those after it.
import type { Failure, Outcome, Verdict } from "../core/outcome.ts";
import type { FunctionTests, Limits, StdioTests, Tests } from "../core/problem.ts";
import { expectedText, type ParsedAssert, satisfies } from "./assert.ts";
import { bounded, pythonText } from "./python-value.ts";
import { type Answers, type CallAnswer, type RaisedError, readAnswers, type Visit } from "./wire.ts";
import type { VisitLimits, VisitResult } from "./worker.ts";

/** Runs one process in the jail. */
export type Run = (visit: Visit, limits: VisitLimits) => Promise<VisitResult>;

/** A group of tests, ready to be judged. */
export type Group =
  | { style: "function"; tests: ParsedAssert[] }
  | { style: "stdio"; cases: StdioTests["cases"] };

export function prepareGroup(tests: Tests, parse: (text: string) => ParsedAssert): Group {
  return tests.style === "function"
    ? { style: "function", tests: (tests as FunctionTests).asserts.map(parse) }
    : { style: "stdio", cases: tests.cases };
}

/** One outcome per group, in order. */
export async function judge(
  program: string,
  groups: readonly Group[],
  limits: Limits,
  run: Run,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < groups.length) {
    const next = groups.slice(outcomes.length);
    const first = next[0]!;
    if (first.style === "stdio") {
      const { outcome, strike } = await judgeCases(program, first.cases, limits, run);
      outcomes.push(outcome);
      if (strike) outcomes.push(...next.slice(1).map((group) => struck(group, strike)));
    } else {
      const end = next.findIndex((group) => group.style === "stdio");
      const batch = (end < 0 ? next : next.slice(0, end)) as { tests: ParsedAssert[] }[];
      outcomes.push(
        ...(await judgeCalls(
          program,
          batch.map((group) => group.tests),
          limits,
          run,
          // After a function group came another visit only because a limit struck: it will likely strike again.
          groups[outcomes.length - 1]?.style === "function",
        )),
      );
    }
  }
  return outcomes;
}

interface Strike {
  verdict: Verdict;
  error: RaisedError;
}

/** A test that failed: why, and what is known of it. */
interface Miss {
  verdict: Verdict;
  failure: Failure;
}

const textLimit = 200;

async function judgeCalls(
  program: string,
  groups: ParsedAssert[][],
  limits: Limits,
  run: Run,
  stepwiseAtOnce: boolean,
): Promise<Outcome[]> {
  const tests = groups.flat();
  const calls = tests.map((test) => test.call);
  const budget = visitLimits(limits, groups.length, calls.length);
  const visit = async (stepwise: boolean) => {
    const result = await run({ style: "function", program, calls, stepwise }, budget);
    return { result, answers: readAnswers(result.text, calls.length) };
  };
  let { result, answers } = await visit(stepwiseAtOnce);
  const silent = !isComplete(answers, calls.length) && !answers.outOfTime && result.killed !== "flood";
  if (silent && !stepwiseAtOnce && calls.length > 1) {
    // The process ended with its answers in its hands: a second one hands in each answer as it comes.
    ({ result, answers } = await visit(true));
  }
  const load = answers.loaded;
  if (load && !load.ok) {
    const verdict = load.parsed ? verdictOf(load.error) : "unparsable";
    return groups.map((group) => failedBeforeTests(group.length, verdict, load.error));
  }
  const strike = isComplete(answers, calls.length) ? undefined : strikeOf(result, answers, limits);
  if (strike && !load)
    return groups.map((group) => failedBeforeTests(group.length, strike.verdict, strike.error));
  const outcomes: Outcome[] = [];
  let start = 0;
  for (const group of groups) {
    const results = answers.calls.slice(start, start + group.length);
    if (results.length < group.length && outcomes.length > 0) break;
    outcomes.push(outcomeOfCalls(group, results, strike));
    start += group.length;
    if (results.length < group.length) {
      const after = groups.slice(outcomes.length).map((tests): Group => ({ style: "function", tests }));
      return [...outcomes, ...after.map((group) => struck(group, strike!))];
    }
  }
  return outcomes;
}

/** Whether the process answered everything that it was asked, or could not be loaded. */
function isComplete(answers: Answers, callCount: number): boolean {
  if (answers.loaded === undefined) return false;
  return !answers.loaded.ok || answers.calls.length === callCount;
}

function outcomeOfCalls(tests: ParsedAssert[], results: CallAnswer[], strike: Strike | undefined): Outcome {
  return summarise(
    tests.map((test, index): Miss | undefined => {
      const result = results[index];
      const shown = {
        test: index,
        input: bounded(test.call, textLimit),
        expected: expectedText(test, textLimit),
      };
      if (!result) return { verdict: strike!.verdict, failure: { ...shown, ...errorParts(strike!.error) } };
      if ("error" in result)
        return { verdict: verdictOf(result.error), failure: { ...shown, ...errorParts(result.error) } };
      if (satisfies(test, result.value)) return undefined;
      return { verdict: "wrong", failure: { ...shown, actual: pythonText(result.value, textLimit) } };
    }),
  );
}

async function judgeCases(
  program: string,
  cases: StdioTests["cases"],
  limits: Limits,
  run: Run,
): Promise<{ outcome: Outcome; strike?: Strike }> {
  const misses: (Miss | undefined)[] = [];
  let strike: Strike | undefined;
  for (const [index, { input, output }] of cases.entries()) {
    const shown = { test: index, input: bounded(input, textLimit), expected: bounded(output, textLimit) };
    if (strike) {
      misses.push({ verdict: strike.verdict, failure: { ...shown, ...errorParts(strike.error) } });
      continue;
    }
    const result = await run({ style: "stdio", program, stdin: input }, visitLimits(limits, 1, 1));
    const answers = readAnswers(result.text, 0);
    const load = answers.loaded;
    if (load && !load.ok && !load.parsed) {
      return { outcome: failedBeforeTests(cases.length, "unparsable", load.error) };
    }
    if (load && !load.ok) {
      misses.push({ verdict: verdictOf(load.error), failure: { ...shown, ...errorParts(load.error) } });
    } else if (result.exit !== 0 || result.killed || answers.outOfTime || answers.garbled) {
      const end = strikeOf(result, answers, limits);
      misses.push({ verdict: end.verdict, failure: { ...shown, ...errorParts(end.error) } });
      if (end.verdict === "cpu-time" || end.verdict === "wall-time") strike = end;
    } else if (sameOutput(output, result.stdout)) {
      misses.push(undefined);
    } else {
      misses.push({ verdict: "wrong", failure: { ...shown, actual: bounded(result.stdout, textLimit) } });
    }
  }
  const outcome = summarise(misses);
  return strike ? { outcome, strike } : { outcome };
}

/** Equal but for white space at the ends of lines and empty lines at the end. */
export function sameOutput(expected: string, actual: string): boolean {
  const lines = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n");
  return lines(expected) === lines(actual);
}

/** All tests passed, or the verdict of the first that did not. */
function summarise(misses: readonly (Miss | undefined)[]): Outcome {
  const first = misses.find((miss) => miss !== undefined);
  const passed = misses.filter((miss) => miss === undefined).length;
  if (!first) return { verdict: "passed", passed, total: misses.length };
  return { verdict: first.verdict, passed, total: misses.length, failure: first.failure };
}

function failedBeforeTests(total: number, verdict: Verdict, error: RaisedError): Outcome {
  return { verdict, passed: 0, total, failure: { test: -1, ...errorParts(error) } };
}

/** A group that was never reached, because the program had used up its limit in the one before. */
function struck(group: Group, strike: Strike): Outcome {
  const total = group.style === "function" ? group.tests.length : group.cases.length;
  return failedBeforeTests(total, strike.verdict, strike.error);
}

function verdictOf(error: RaisedError): Verdict {
  return error.limit ?? "exception";
}

function strikeOf(result: VisitResult, answers: Answers, limits: Limits): Strike {
  const is = (verdict: Verdict, message: string): Strike => ({ verdict, error: { type: "", message } });
  if (result.killed === "wall")
    return is("wall-time", `the wall time limit of ${limits.wallSeconds} s was reached`);
  if (result.killed === "cpu" || answers.outOfTime || result.exit === -signals.SIGXCPU) {
    return is("cpu-time", `the CPU time limit of ${limits.cpuSeconds} s was reached`);
  }
  if (result.killed === "flood" || result.exit === -signals.SIGXFSZ) {
    return is("output", `the output limit of ${limits.outputKb} KiB was reached`);
  }
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
};

function signalName(number: number): string {
  return signalNames[number] ?? `signal ${number}`;
}

/** What a person or a model may read of an error: its kind and message, without addresses or paths of this machine. */
function errorParts(error: RaisedError): Pick<Failure, "error" | "line"> {
  const message = error.message
    .replace(/\b0x[0-9a-fA-F]{6,}/g, "0x…")
    .replace(/(?:\/[\w.+@-]+){2,}\/?/g, "<path>");
  const text = error.type === "" ? message : message === "" ? error.type : `${error.type}: ${message}`;
  const parts: Pick<Failure, "error" | "line"> = { error: bounded(text, 300) };
  if (error.line !== undefined) parts.line = error.line;
  return parts;
}

/** Time is per group, and a process gets one group's time; output is counted per group that it answers. */
function visitLimits(limits: Limits, groups: number, calls: number): VisitLimits {
  const outputBytes = limits.outputKb * 1024 * groups;
  const { cpuSeconds, wallSeconds, memoryMb } = limits;
  // Every call may answer with an error message instead of a value.
  return { cpuSeconds, wallSeconds, memoryMb, outputBytes, answerBytes: outputBytes + 4096 * (calls + 4) };
}
