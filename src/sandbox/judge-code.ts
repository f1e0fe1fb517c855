// Which tests of a job are split and compared here (judge.ts), which are code and run in the code judge, and what the
// two together say of a group. Outcomes of code tests are made here from what the trusted test process took down and
// from how the program's process ended.
import { InputError } from "../core/errors.ts";
import type { Failure, Outcome } from "../core/outcome.ts";
import type { FunctionTests, Limits, StdioTests, Tests } from "../core/problem.ts";
import { checkNames, checkNesting } from "./assert.ts";
import { type CallTest, parseTest } from "./call-test.ts";
import { type Conversation, converse, judgeLimits, type TestResult } from "./code-judge.ts";
import { type Group, judge } from "./judge.ts";
import type { ScriptOptions } from "./judge-scripts.ts";
import { bounded } from "./python-value.ts";
import { errorParts, failedBeforeTests, type Miss, type Strike, strikeOf, summarise } from "./verdict.ts";
import type { CodeTest, Language } from "./wire.ts";
import { type Run, WorkerDied } from "./worker.ts";

/** One group of a job: what is split, what is code, and where each test stands in the group. */
export interface Plan {
  split?: { group: Group; places: number[] };
  code?: { test: CodeTest; places: number[]; tail: string };
  total: number;
}

/** Sorts the tests of a group. Throws InputError for what is no test. */
export function planTests(
  language: Language,
  tests: Tests,
  parse: (text: string) => CallTest = (text) => parseTest(language, text),
): Plan {
  if (tests.style === "stdio") {
    checkCases(tests, "test");
    const places = tests.cases.map((_, index) => index);
    return { split: { group: tests, places }, total: places.length };
  }
  if (language !== "python") return planOfScripts(tests, parse);
  const { setup = "", code: text = "", entryPoint: entry = null } = checked(tests);
  const tail = continuation(text);
  const code = text.slice(tail.length);
  const split: { tests: CallTest[]; places: number[] } = { tests: [], places: [] };
  const rest: { asserts: string[]; places: number[] } = { asserts: [], places: [] };
  for (const [index, text] of tests.asserts.entries()) {
    const test = setup.trim() === "" ? splitOrNothing(text, parse) : undefined;
    if (test) {
      split.tests.push(test);
      split.places.push(index);
    } else {
      rest.asserts.push(text);
      rest.places.push(index);
    }
  }
  const plan: Plan = { total: tests.asserts.length };
  if (tests.code !== undefined) rest.places.push(plan.total++);
  if (split.tests.length > 0)
    plan.split = { group: { style: "function", tests: split.tests }, places: split.places };
  if (rest.places.length > 0)
    plan.code = { test: { setup, asserts: rest.asserts, code, entry }, places: rest.places, tail };
  return plan;
}

/** JavaScript's and TypeScript's asserts are all split; what can't be is refused. */
function planOfScripts(tests: FunctionTests, parse: (text: string) => CallTest): Plan {
  refuseCode(tests);
  const split = tests.asserts.map(parse);
  const places = split.map((_, index) => index);
  return { split: { group: { style: "function", tests: split }, places }, total: places.length };
}

function refuseCode({ code, setup, asserts }: FunctionTests, where = "test"): void {
  if (code !== undefined || setup !== undefined)
    throw new InputError(
      where,
      "`code` and `setup` are for Python alone: put what a test needs into the program",
    );
  if (asserts.length === 0) throw new InputError(where, "there is no test");
}

/**
 * Indented lines at the beginning of a code, as one test of HumanEvalPack has them: they are no statements of their own
 * but go on with the program's last block, and are run there. Never where they assert something.
 */
function continuation(code: string): string {
  const lines = /^(?:[ \t]*\r?\n)*[ \t]+\S[^\n]*\n(?:(?:[ \t][^\n]*)?\n)*/.exec(code)?.[0] ?? "";
  return /\bassert\b/.test(lines) ? "" : lines;
}

/** Throws InputError, which names `where`, for tests that can't be judged. */
export function checkTests(language: Language, tests: Tests, where: string): void {
  if (tests.style === "stdio") return void checkCases(tests, where);
  if (language === "python") return void checked(tests, where);
  refuseCode(tests, where);
  for (const text of tests.asserts) parseTest(language, text, where);
}

function checkCases({ cases }: StdioTests, where: string): void {
  if (cases.length === 0) throw new InputError(where, "there is no test");
  for (const [index, one] of cases.entries())
    for (const name of ["input", "output"] as const) checkText(one[name], where, `${name} of case ${index}`);
}

/** Throws InputError for half of a surrogate pair: no text that a program reads or writes has it. */
function checkText(text: string, where: string, what: string): void {
  if (/\p{Cs}/u.test(text))
    throw new InputError(where, `the ${what} holds half of a surrogate pair, which no text has`);
}

function checked(tests: FunctionTests, where = "test"): FunctionTests {
  const { asserts, setup = "", code, entryPoint } = tests;
  checkText(setup, where, "setup");
  checkText(code ?? "", where, "code");
  for (const text of asserts) {
    checkText(text, where, `test ${JSON.stringify(bounded(text, 200))}`);
    checkNesting(text, where);
    checkNames(text, `${setup}\n${code ?? ""}`, where);
    if (!/^\s*assert(?!\w)/.test(text))
      throw new InputError(
        where,
        `cannot judge ${JSON.stringify(bounded(text, 200))}: a test begins with \`assert\``,
      );
  }
  if (entryPoint !== undefined && !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(entryPoint))
    throw new InputError(where, `the entry point must be a name, it is ${JSON.stringify(entryPoint)}`);
  if (asserts.length === 0 && code === undefined) throw new InputError(where, "there is no test");
  // An outcome of no tests would be a pass for any program.
  if (code !== undefined && !saysSomething(code.slice(continuation(code).length)))
    throw new InputError(where, "the code is empty or holds nothing but comments: it would test nothing");
  if (
    code !== undefined &&
    entryPoint === undefined &&
    /^def check\s*\(/m.test(code) &&
    !/^check\s*\(/m.test(code)
  )
    throw new InputError(
      where,
      "the code defines `check` and never calls it: an entry point is needed; give the function's name as `entryPoint` (in JSON also `entry_point`)",
    );
  return tests;
}

function saysSomething(code: string): boolean {
  return code.split("\n").some((line) => /^\s*[^\s#]/.test(line));
}

function splitOrNothing(text: string, parse: (text: string) => CallTest): CallTest | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Where plans are carried out, and within what. */
export interface Judging {
  limits: Limits;
  /** Runs the program's processes. */
  programs: Run;
  /** Runs the tests that are code. */
  judges: Run;
  /** How scripts are run. */
  scripts: ScriptOptions;
}

/** One outcome per plan, in order. */
export async function judgePlans(
  program: string,
  plans: readonly Plan[],
  { limits, programs, judges, scripts }: Judging,
): Promise<Outcome[]> {
  const groups = plans.flatMap((plan) => (plan.split ? [plan.split.group] : []));
  const split = groups.length > 0 ? await judge(program, groups, limits, programs, scripts) : [];
  const outcomes: Outcome[] = [];
  let stop: Outcome | undefined;
  for (const plan of plans) {
    const parts: { outcome: Outcome; places: number[] }[] = [];
    if (plan.split) parts.push({ outcome: split.shift()!, places: plan.split.places });
    stop ??= parts.map((part) => part.outcome).find(endsEverything);
    if (plan.code) {
      const { test, places, tail } = plan.code;
      const whole = tail === "" ? program : `${program}\n${tail}`;
      const outcome = stop
        ? sameFate(stop, places.length)
        : await judgeCode(whole, test, limits, programs, judges);
      parts.push({ outcome, places });
      if (endsEverything(outcome)) stop ??= outcome;
    }
    outcomes.push(parts.length === 1 ? placed(parts[0]!) : merged(parts, plan.total));
  }
  return outcomes;
}

/** A time limit that struck, or a program that can't even be loaded, is the fate of the groups after it too. */
function endsEverything({ verdict, failure }: Outcome): boolean {
  return (
    verdict === "cpu-time" ||
    verdict === "wall-time" ||
    (verdict !== "passed" && verdict !== "fault" && failure?.test === -1)
  );
}

function sameFate({ verdict, failure }: Outcome, total: number): Outcome {
  const told: Failure = { test: -1 };
  if (failure?.error !== undefined) told.error = failure.error;
  if (failure?.line !== undefined) told.line = failure.line;
  return { verdict, passed: 0, total, failure: told };
}

function placed({ outcome, places }: { outcome: Outcome; places: number[] }): Outcome {
  const { failure } = outcome;
  return failure && failure.test >= 0
    ? { ...outcome, failure: { ...failure, test: places[failure.test]! } }
    : outcome;
}

function merged(parts: { outcome: Outcome; places: number[] }[], total: number): Outcome {
  const outcomes = parts.map(placed);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.filter((outcome) => outcome.verdict !== "passed");
  const first = failed.sort((a, b) => (a.failure?.test ?? -1) - (b.failure?.test ?? -1))[0];
  return first ? { ...first, passed, total } : { verdict: "passed", passed, total };
}

const attempts = 2;

async function judgeCode(
  program: string,
  test: CodeTest,
  limits: Limits,
  programs: Run,
  judges: Run,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return outcomeOf(test, await converse(program, test, limits, programs, judges), limits);
    } catch (error) {
      if (!(error instanceof WorkerDied) || attempt >= attempts) throw error;
    }
  }
}

function outcomeOf(test: CodeTest, talk: Conversation, limits: Limits): Outcome {
  const total = test.asserts.length + (test.code === "" ? 0 : 1);
  if (talk.loaded && !talk.loaded.ok) {
    const { parsed, error } = talk.loaded;
    return failedBeforeTests(total, parsed ? (error.limit ?? "exception") : "unparsable", error);
  }
  const strike = strikeOfTalk(talk, limits);
  if (!talk.loaded && !talk.done) return failedBeforeTests(total, strike.verdict, strike.error);
  const results = new Map(talk.results.map((result) => [result.test, result]));
  return summarise(
    Array.from({ length: total }, (_, index) => missOf(index, test, results.get(index), strike)),
  );
}

function missOf(
  index: number,
  test: CodeTest,
  result: TestResult | undefined,
  strike: Strike,
): Miss | undefined {
  if (result?.is === "passed") return undefined;
  const failure: Failure = { test: index };
  const input = result?.input ?? test.asserts[index];
  if (input !== undefined) failure.input = bounded(input, 200);
  if (!result || result.is === "gone") {
    const end = (result && endOfTalk(result)) ?? strike;
    return { verdict: end.verdict, failure: { ...failure, ...errorParts(end.error) } };
  }
  if (result.expected !== undefined) failure.expected = result.expected;
  if (result.actual !== undefined) failure.actual = result.actual;
  if (result.e) {
    const [type, message, line] = result.e;
    Object.assign(failure, errorParts({ type, message, ...(line !== null && { line }) }));
  }
  return { verdict: result.is === "exception" ? (result.k ?? "exception") : result.is, failure };
}

/** Where the test itself gave the program up. */
function endOfTalk({ why }: TestResult): Strike | undefined {
  if (why === undefined || why === "gone") return undefined;
  const message = why === "garbled" ? "the program wrote on the sandbox's own channel" : why;
  return { verdict: "exception", error: { type: "", message } };
}

/** The code by which a program's process says that its CPU time is over (python/serving.py). */
const cpuSpent = 152;

/** Why tests have no result: the program's end, or that of the test's own process. */
function strikeOfTalk(talk: Conversation, limits: Limits): Strike {
  const { program, judge } = talk;
  const spent = program.exit === cpuSpent || program.cpuSeconds >= limits.cpuSeconds;
  if (talk.late || spent || program.killed !== undefined || talk.garbled) {
    if (program.killed === "wall" && !talk.late) return fault("the test took too long");
    const result = { ...program, ...(talk.late && { killed: "wall" as const }) };
    return strikeOf(result, { calls: [], cases: [], outOfTime: spent, garbled: talk.garbled }, limits);
  }
  if (!talk.done && judge.exit !== 0 && talk.loaded) {
    const over = judge.killed === "cpu" ? `${judgeLimits.cpuSeconds} s of CPU time` : "its limits";
    // Values are bounded in size, so a test that was going well till then is rarely led astray by one.
    if (judge.killed === "cpu" && talk.answered)
      return {
        verdict: "cpu-time",
        error: { type: "", message: `the test used up ${over} on what the program answered` },
      };
    return fault(`the test itself went over ${over}`);
  }
  return strikeOf(program, { calls: [], cases: [], outOfTime: false, garbled: false }, limits);
}

function fault(message: string): Strike {
  return { verdict: "fault", error: { type: "", message } };
}
