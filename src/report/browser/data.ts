// The rollout browser's data as it travels inside the page: texts and outcomes are stored once and named by their
// index, since most rollouts of a problem repeat a few programs. That keeps sixty problems well under a megabyte.
import type { Outcome } from "../../core/outcome.ts";
import type { Stop } from "../../core/rollout.ts";
import type { ReportInput, ReportProblem, ReportRollout } from "../input.ts";
import { systemLabel } from "../table.ts";

/** A text longer than this is cut in the page, with a note of how much is missing. Characters. */
export const longestText = 6000;

const stops: Record<Stop, string> = {
  "passed-public": "passed the public tests",
  "turn-limit": "turn limit reached",
  "context-limit": "the conversation outgrew the model's context",
};

/** [program, public outcome, private outcome, correct (0 or 1), feedback (-1: none), verifier score] */
export type BrowserTurn = [number, number, number, 0 | 1, number, number | null];

export interface BrowserProblem {
  id: string;
  split: string;
  prompt: number;
  /** Some rollout wrote a correct program. */
  solved: boolean;
  /** Some target fails the strong tests. */
  wrongTarget: boolean;
  systems: { label: string; rollouts: { sample: number; stop: string; turns: BrowserTurn[] }[] }[];
  targets: { label: string; program: number; score: number | null; right: boolean; states: number }[];
}

export interface BrowserOutcome {
  passed: boolean;
  /** "wrong, 2 of 6 tests". */
  text: string;
  /** The first failure in one line, empty when there is none. */
  detail: string;
}

export interface BrowserData {
  texts: string[];
  outcomes: BrowserOutcome[];
  problems: BrowserProblem[];
}

export function browserData(problems: ReportInput["problems"]): BrowserData {
  const texts = interner<string>((text) => text);
  const outcomes = interner<BrowserOutcome>((outcome) => JSON.stringify(outcome));
  return {
    texts: texts.values,
    outcomes: outcomes.values,
    problems: problems.map((problem) => ({
      id: problem.id,
      split: problem.split,
      prompt: texts.index(shorten(problem.prompt)),
      solved: problem.rollouts.some((rollout) => rollout.turns.some((turn) => turn.correct)),
      wrongTarget: problem.targets.some((target) => !target.right),
      systems: bySystem(problem).map(([label, rollouts]) => ({
        label,
        rollouts: rollouts.map((rollout) => ({
          sample: rollout.sample,
          stop: stops[rollout.stop],
          turns: rollout.turns.map(
            (turn): BrowserTurn => [
              texts.index(shorten(turn.program)),
              outcomes.index(describe(turn.public)),
              outcomes.index(describe(turn.private)),
              turn.correct ? 1 : 0,
              turn.feedback === null ? -1 : texts.index(shorten(turn.feedback)),
              rounded(turn.score),
            ],
          ),
        })),
      })),
      targets: problem.targets.map(({ recipe, iteration, program, score, right, states }) => ({
        label: systemLabel({ recipe, iteration }),
        program: texts.index(shorten(program)),
        score: rounded(score),
        right,
        states,
      })),
    })),
  };
}

function bySystem(problem: ReportProblem): [string, ReportRollout[]][] {
  const systems = new Map<string, ReportRollout[]>();
  for (const rollout of problem.rollouts) {
    const label = systemLabel(rollout);
    const known = systems.get(label);
    if (known) known.push(rollout);
    else systems.set(label, [rollout]);
  }
  return [...systems];
}

function describe(outcome: Outcome): BrowserOutcome {
  const { verdict, passed, total, failure } = outcome;
  const count = `${passed} of ${total} ${total === 1 ? "test" : "tests"}`;
  const parts = failure
    ? [
        failure.input,
        failure.expected === undefined ? undefined : `expected ${failure.expected}`,
        failure.actual === undefined ? undefined : `got ${failure.actual}`,
        failure.error,
        failure.line === undefined ? undefined : `line ${failure.line}`,
      ]
    : [];
  return {
    passed: verdict === "passed",
    text: `${verdict}, ${count}`,
    detail: shorten(parts.filter((part) => part !== undefined).join(" · "), 600),
  };
}

function shorten(text: string, limit = longestText): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}\n… (${text.length - limit} more characters)`;
}

function rounded(score: number | null): number | null {
  return score === null ? null : Math.round(score * 1000) / 1000;
}

/** Gives equal values one index, in order of first appearance. */
function interner<T>(keyOf: (value: T) => string): { values: T[]; index: (value: T) => number } {
  const known = new Map<string, number>();
  const values: T[] = [];
  return {
    values,
    index: (value) => {
      const key = keyOf(value);
      const at = known.get(key) ?? values.push(value) - 1;
      known.set(key, at);
      return at;
    },
  };
}
