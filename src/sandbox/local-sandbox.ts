// The Sandbox interface over workers of this machine: tests are planned and judged here, results remembered by content.
import { createHash } from "node:crypto";
import { InputError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { defaultLimits, type Limits, largestLimits, type Tests, testCount } from "../core/problem.ts";
import { LruCache } from "./cache.ts";
import { type CallTest, parseTest } from "./call-test.ts";
import type { Isolation } from "./isolation.ts";
import { checkJob, checkOptions } from "./job-shape.ts";
import { judgePlans, planTests } from "./judge-code.ts";
import { natural, openPools } from "./kinds.ts";
import { refuseInPortable } from "./portable-limits.ts";
import type { LocalSandbox, Measured, SandboxJob } from "./sandbox.ts";
import type { Language } from "./wire.ts";
import { type Run, WorkerDied } from "./worker.ts";

export interface SandboxOptions {
  /** Warm workers, each one process tree; default: one per core, at most 4. */
  workers?: number;
  /**
   * Programs in flight in a worker's fast lane; default 4. One that has used a tenth of a second of CPU goes on in the
   * slow lane, which holds as many, and does not hold up the rest.
   */
  slots?: number;
  /** Interpreter of the programs; default: the system's python3. */
  python?: string;
  /** An interpreter of the same minor version whose numpy programs get; default: see findNumpy. */
  numpyPython?: string;
  /** Interpreter of the tests that are code, e.g. one that has numpy for EvalPlus; default: that of the programs. */
  judgePython?: string;
  /** "strict" (default). No tier is ever replaced by a weaker one: it holds, or the sandbox does not start. */
  isolation?: Isolation;
  /** Limits of jobs that name none of their own, over those of core/problem.ts. */
  limits?: Partial<Limits>;
  /** Results remembered by program, tests and limits; default 10,000; 0 remembers nothing. */
  cacheSize?: number;
  /** Sees every frame that is sent into the jail. For audits and tests. */
  onFrame?: (frame: Buffer) => void;
  /** Told how many workers live, whenever one has started or ended. */
  onWorkers?: (living: number) => void;
}

/**
 * Starts the workers of Python; those of other languages and with numpy start with the first program that needs them.
 * Throws InputError for an option that is unknown or out of its bounds; judge rejects with one for what is no job.
 * Throws WorkError, with the fix in its message, where a layer of the tier can't be made.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<LocalSandbox> {
  checkOptions(options);
  checkedLimits({ ...defaultLimits, ...options.limits });
  const capacity = natural("cacheSize", options.cacheSize ?? 10_000, 0, Number.MAX_SAFE_INTEGER);
  const pools = await openPools(options);
  const results = new LruCache<Promise<Outcome[]>>(capacity);
  const parsed = new LruCache<CallTest>(20_000);

  const parse = (language: Language, text: string): CallTest => {
    const key = language === "python" ? text : `${language} ${text}`;
    const known = parsed.get(key);
    if (known) return known;
    const test = parseTest(language, text);
    parsed.set(key, test);
    return test;
  };

  const judgeNow = async (job: SandboxJob, limits: Limits): Promise<Measured> => {
    const { language } = job;
    const plans = job.groups.map((tests) => planTests(language, tests, (text) => parse(language, text)));
    let cpuSeconds = 0;
    try {
      const { pool, casesPerProcess, talks } = await pools.for(job);
      if (!talks) refuseInPortable(job, "job", plans);
      const run: Run = async (visit, visitLimits) => {
        const result = await pool.run({ ...visit, language }, visitLimits);
        cpuSeconds = Math.max(cpuSeconds, result.cpuSeconds);
        return result;
      };
      const scripts = { casesPerProcess, stopAtFailure: job.stopAtFailure ?? false };
      const judging = { limits, programs: run, judges: pools.codeJudge, scripts };
      return { outcomes: await judgePlans(job.program, plans, judging), cpuSeconds };
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      const fault = (tests: Tests): Outcome => ({
        verdict: "fault",
        passed: 0,
        total: testCount(tests),
        failure: { test: -1, error: error.message },
      });
      return { outcomes: job.groups.map(fault), cpuSeconds };
    }
  };
  const limitsOf = (job: SandboxJob) => {
    checkJob(job);
    return checkedLimits({ ...defaultLimits, ...options.limits, ...job.limits });
  };

  return {
    layers: pools.layers,
    judge: (job) => {
      let limits: Limits;
      try {
        limits = limitsOf(job);
      } catch (error) {
        return Promise.reject(error);
      }
      if (capacity === 0) return judgeNow(job, limits).then(({ outcomes }) => outcomes);
      const key = contentKey([
        job.language,
        job.program,
        job.groups,
        limits,
        job.packages,
        job.stopAtFailure,
      ]);
      const known = results.get(key);
      if (known) return known;
      const answer = judgeNow(job, limits).then(({ outcomes }) => outcomes);
      results.set(key, answer);
      const forget = () => results.delete(key);
      // A fault is ours and wall time is the machine's: neither belongs to the program.
      answer.then((outcomes) => outcomes.some(dependsOnMachine) && forget(), forget);
      return answer;
    },
    measure: async (job) => judgeNow(job, limitsOf(job)),
    close: pools.close,
  };
}

function dependsOnMachine(outcome: Outcome): boolean {
  return outcome.verdict === "fault" || outcome.verdict === "wall-time";
}

function contentKey(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64");
}

function checkedLimits(limits: Limits): Limits {
  for (const [name, most] of Object.entries(largestLimits)) {
    const value = limits[name as keyof Limits];
    if (typeof value !== "number" || !(value > 0 && value <= most)) {
      throw new InputError(
        `limit "${name}"`,
        `a number above 0 and up to ${most} was expected, seen ${String(value).slice(0, 40)}`,
      );
    }
  }
  return limits;
}
