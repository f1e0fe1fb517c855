// Grades programs whose verdict is known before, such as a benchmark's own solutions, to see whether the grader and the
// data are right.
import type { Outcome, Verdict } from "../core/outcome.ts";
import { defaultLimits, type FunctionTests, type Limits, largestLimits } from "../core/problem.ts";
import type { Sandbox } from "../sandbox/index.ts";

/** Programs with their tests, and what is known of them. */
export interface Checkable {
  name: string;
  jobs: readonly { id: string; program: string; tests: FunctionTests }[];
  /** How many programs there should be. */
  published: number;
  /** Whether every program must pass, or none may. */
  right: boolean;
  /** Right programs that may fail: "broken" tests fail for all, the others for want of time or space. */
  known: ReadonlyMap<string, { kind: "slow" | "large" | "broken"; why: string }>;
}

export interface CheckedSet {
  name: string;
  /** Programs that passed their tests, also where none may. */
  passed: number;
  total: number;
  /** Ids of the others. */
  failed: string[];
  /** Why each of `failed` did, in one line. Empty where none may pass. */
  failures: { id: string; why: string; known?: string }[];
  right: boolean;
  /** How many records are missing: the file was cut at the end of a line. */
  missing: number;
  /** Nothing failed or passed that should not have, and nothing is missing. */
  asExpected: boolean;
  seconds: number;
}

const limitVerdicts: readonly Verdict[] = ["cpu-time", "wall-time", "memory", "output"];

/**
 * Judges all programs of a set, all in flight at once (the sandbox bounds what runs).
 * @param cpuSeconds limit of one program (of a wrong one at most the usual limit: several loop for ever); wall time is twelve times that, because the machine may be busy; memory 4 GiB
 */
export async function checkReferences(
  sandbox: Sandbox,
  set: Checkable,
  cpuSeconds: number,
): Promise<CheckedSet> {
  const seconds = set.right ? cpuSeconds : Math.min(cpuSeconds, defaultLimits.cpuSeconds);
  const wallSeconds = Math.min(12 * seconds, largestLimits.wallSeconds);
  const limits: Limits = { cpuSeconds: seconds, wallSeconds, memoryMb: 4096, outputKb: 256 };
  const start = performance.now();
  const judged = await Promise.all(
    set.jobs.map(async ({ id, program, tests }) => {
      const [outcome] = await sandbox.judge({ language: "python", program, groups: [tests], limits });
      return { id, outcome: outcome! };
    }),
  );
  const failed = judged.filter(({ outcome }) => outcome.verdict !== "passed");
  const failures = failed.map(({ id, outcome }) => {
    const known = knownReason(set, id, outcome);
    return { id, why: outcomeText(outcome), ...(known !== undefined && { known }) };
  });
  const missing = Math.max(0, set.published - judged.length);
  // A fault is ours: it rejects nothing.
  const asExpected = set.right
    ? failures.every(({ known }) => known !== undefined)
    : failed.length === judged.length && failed.every(({ outcome }) => outcome.verdict !== "fault");
  return {
    name: set.name,
    passed: judged.length - failed.length,
    total: judged.length,
    failed: failed.map(({ id }) => id),
    failures: set.right ? failures : failures.filter(({ why }) => why.startsWith("fault")),
    right: set.right,
    missing,
    asExpected: asExpected && missing === 0,
    seconds: Math.round(performance.now() - start) / 1000,
  };
}

function knownReason({ known }: Checkable, id: string, { verdict }: Outcome): string | undefined {
  const reason = known.get(id);
  if (!reason || (reason.kind !== "broken" && !limitVerdicts.includes(verdict))) return undefined;
  return `${reason.kind}: ${reason.why}`;
}

/** A set's result for people: a line, and one more for each failure. */
export function setText(set: CheckedSet): string {
  const { name, passed, total, failures, right, missing, seconds } = set;
  const note = right
    ? ""
    : passed === 0
      ? ", as it should be: these solutions are wrong"
      : ": THESE SOLUTIONS ARE WRONG";
  const head = `${name.padEnd(23)} ${`${passed}/${total}`.padStart(7)} passed in ${seconds.toFixed(1)} s${note}`;
  const gap = missing > 0 ? [`  ${missing} published records are missing: is the file cut short?`] : [];
  const lines = failures.map(
    ({ id, why, known }) => `  ${id}: ${why}${known === undefined ? "" : ` (${known})`}`,
  );
  return [head, ...gap, ...lines, ""].join("\n");
}

/** An outcome that did not pass, in one bounded line. */
function outcomeText({ verdict, passed, total, failure = { test: -1 } }: Outcome): string {
  const { input, expected, actual, error } = failure;
  const parts = [
    input === undefined ? [] : [`at ${shortened(input)}`],
    expected === undefined ? [] : [`expected ${shortened(expected)}`],
    actual === undefined ? [] : [`got ${shortened(actual)}`],
    error === undefined ? [] : [error],
  ].flat();
  const line = `${verdict}, ${passed} of ${total} tests passed${parts.length > 0 ? `; ${parts.join(", ")}` : ""}`;
  return line.replace(/\s+/g, " ");
}

const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
