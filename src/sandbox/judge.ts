// Turns what a program's process claimed and how it ended into outcomes. The only place where a verdict is made, and
// it runs in our process: a program decides what it answers, never whether that was right.
//
// Function style: the program is started once and answers all groups in order (public tests first, so that their
// outcome can't depend on the others). A limit that strikes in a group ends the process: the tests before it keep
// their results, the rest of that group and the groups after it count as failed with that verdict. Where the group
// struck was not the first of its process, it is run again alone, because the ones before it may have used up its
// budget.
// Stdin/stdout style: judge-scripts.ts; a time limit that strikes ends the group and those after it.
import type { Outcome } from "../core/outcome.ts";
import type { Limits, StdioTests } from "../core/problem.ts";
import { type CallTest, expectedOf, satisfiesTest, valueText } from "./call-test.ts";
import { judgeCases, type ScriptOptions } from "./judge-scripts.ts";
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
import { type Answers, type CallAnswer, readAnswers } from "./wire.ts";
import type { Run, VisitLimits } from "./worker.ts";

/** A group of tests, ready to be judged. */
export type Group = { style: "function"; tests: CallTest[] } | StdioTests;

/** One outcome per group, in order. */
export async function judge(
  program: string,
  groups: readonly Group[],
  limits: Limits,
  run: Run,
  scripts: ScriptOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < groups.length) {
    const next = groups.slice(outcomes.length);
    const first = next[0]!;
    if (first.style === "stdio") {
      const { outcome, strike } = await judgeCases(program, first, limits, run, scripts);
      outcomes.push(outcome);
      if (strike) outcomes.push(...next.slice(1).map((group) => struck(group, strike)));
    } else {
      const end = next.findIndex((group) => group.style === "stdio");
      const batch = (end < 0 ? next : next.slice(0, end)) as { tests: CallTest[] }[];
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

async function judgeCalls(
  program: string,
  groups: CallTest[][],
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

function outcomeOfCalls(tests: CallTest[], results: CallAnswer[], strike: Strike | undefined): Outcome {
  return summarise(
    tests.map((test, index): Miss | undefined => {
      const result = results[index];
      const shown = {
        test: index,
        input: bounded(test.call, textLimit),
        expected: expectedOf(test, textLimit),
      };
      if (!result) return { verdict: strike!.verdict, failure: { ...shown, ...errorParts(strike!.error) } };
      if ("error" in result)
        return { verdict: verdictOf(result.error), failure: { ...shown, ...errorParts(result.error) } };
      if (satisfiesTest(test, result.value)) return undefined;
      return { verdict: "wrong", failure: { ...shown, actual: valueText(result.value, textLimit) } };
    }),
  );
}

/** A group that was never reached, because the program had used up its limit in the one before. */
function struck(group: Group, strike: Strike): Outcome {
  const total = group.style === "function" ? group.tests.length : group.cases.length;
  return failedBeforeTests(total, strike.verdict, strike.error);
}

/** Time is per group, and a process gets one group's time; output is counted per group that it answers. */
export function visitLimits(limits: Limits, groups: number, calls: number): VisitLimits {
  const outputBytes = limits.outputKb * 1024 * groups;
  const { cpuSeconds, wallSeconds, memoryMb } = limits;
  // Every call may answer with an error message instead of a value.
  const answerBytes = outputBytes + 4096 * (calls + 4);
  return { cpuSeconds, wallSeconds, memoryMb, outputBytes, fileBytes: outputBytes, answerBytes };
}
