// Accuracy of episodes within t turns.
import { InputError } from "../core/errors.ts";
import { allPassed } from "../core/outcome.ts";
import type { Rollout, Stop } from "../core/rollout.ts";
import { type ClusteredValue, clusteredMean } from "./estimates.ts";
import {
  type Estimate,
  type ProblemEvaluation,
  type SelectorName,
  type SystemResult,
  selectorNames,
  type TurnwiseAccuracy,
} from "./results.ts";

/** How one episode (greedy, or one multi-turn best-of-N search) ended. */
export interface EpisodeEnd {
  problem: string;
  /** First turn (1-based) whose selected program passed the public tests; null when none did. */
  stopped: number | null;
  /** Whether that program is right by the tests that count. */
  right: boolean;
}

/**
 * Accuracy within t = 1 … `turns` turns, clustered by problem; null for no episodes. Cumulative: turn t counts the
 * episodes that stopped at turn ≤ t with a right program, over all episodes. The first program that passes the
 * public tests is the one scored (paper, Algorithm 2), so an episode that stopped on a wrong program,
 * or never stopped, counts as a failure at every t.
 */
export function accuracyByTurn(episodes: readonly EpisodeEnd[], turns: number): Estimate[] | null {
  if (episodes.length === 0) return null;
  return Array.from({ length: turns }, (_, index) => {
    const within = episodes.map(({ problem, stopped, right }) => ({
      cluster: problem,
      value: right && stopped !== null && stopped <= index + 1 ? 1 : 0,
    }));
    return clusteredMean(within)!;
  });
}

/**
 * The end of a rollout for `accuracyByTurn`: the first turn whose program passed the public tests, right where that program
 * passed public and private tests. Turns after it, of rollouts made elsewhere, don't count (paper, Algorithm 2).
 */
export function episodeEnd({ problem, turns }: Pick<Rollout, "problem" | "turns">): EpisodeEnd {
  const index = turns.findIndex((turn) => allPassed(turn.public));
  return { problem, stopped: index < 0 ? null : index + 1, right: index >= 0 && turns[index]!.correct };
}

/**
 * Accuracy within t = 1 … `turns` turns from one set of rollouts (`accuracyByTurn` of their `episodeEnd`): every curve of a
 * smaller turn limit is the beginning of a longer one's, so one set answers for all. Null for no rollouts. A rollout
 * that outgrew the model's context is a failure at every t.
 * @throws InputError naming a rollout that gave up before `turns` turns: it can't say what would have come
 */
export function accuracyOfRollouts(
  rollouts: readonly (Pick<Rollout, "problem" | "sample" | "turns"> & { stop?: Stop })[],
  turns: number,
): Estimate[] | null {
  const ends = rollouts.map((rollout) => {
    const end = episodeEnd(rollout);
    const outgrown = rollout.stop === "context-limit";
    if (end.stopped === null && rollout.turns.length < turns && !outgrown)
      throw new InputError(
        `rollout ${rollout.sample} of problem "${rollout.problem}"`,
        `ended after ${rollout.turns.length} turns without passing; accuracy within ${turns} turns needs rollouts of that length`,
      );
    return end;
  });
  return accuracyByTurn(ends, turns);
}

/** One way to get an answer from a system: greedily, or by best-of-N with a selector. */
export type Mode = "greedy" | SelectorName;
export const modes: readonly Mode[] = ["greedy", ...selectorNames];

/** Which tests decide what is right: all of them, or without the strong ones (the paper's measure). */
export type CountingTests = "strong" | "private";

/** The ends of a problem's episodes by mode; an evaluation may have been made with some of the selectors alone. */
export interface ModeOutcomes extends Pick<ProblemEvaluation, "problem" | "greedy"> {
  bestOfN: Partial<ProblemEvaluation["bestOfN"]>;
}

/**
 * 1 where the answer within `turn` turns is right, else 0, with the problem's id as the cluster.
 * @throws InputError naming a problem that was not evaluated in this mode
 */
export function rightWithin(
  evaluations: readonly ModeOutcomes[],
  mode: Mode,
  turn: number,
  tests: CountingTests = "strong",
): ClusteredValue[] {
  return evaluations.map((evaluation) => {
    const end = mode === "greedy" ? evaluation.greedy : evaluation.bestOfN[mode];
    if (!end) throw new InputError(`problem "${evaluation.problem}"`, `was not evaluated with ${mode}`);
    const right = end[tests] && end.stopped !== null && end.stopped <= turn;
    return { cluster: evaluation.problem, value: right ? 1 : 0 };
  });
}

/** A system's accuracies from its evaluation of every test problem (several lines of a problem: several seeds). */
export function systemAccuracy(
  evaluations: readonly ProblemEvaluation[],
  turns: number,
): { greedy: TurnwiseAccuracy; selectors: Record<SelectorName, TurnwiseAccuracy> } | null {
  if (evaluations.length === 0) return null;
  const turnwise = (
    pick: (evaluation: ProblemEvaluation) => ProblemEvaluation["greedy"],
  ): TurnwiseAccuracy => {
    const measure = (tests: "strong" | "private") =>
      accuracyByTurn(
        evaluations.map((evaluation) => {
          const end = pick(evaluation);
          return { problem: evaluation.problem, stopped: end.stopped, right: end[tests] };
        }),
        turns,
      )!;
    return { strong: measure("strong"), private: measure("private") };
  };
  const selectors = selectorNames.map((name) => [name, turnwise((evaluation) => evaluation.bestOfN[name])]);
  return { greedy: turnwise((evaluation) => evaluation.greedy), selectors: Object.fromEntries(selectors) };
}

/** How many of a system's test episodes outgrew the model's context, by mode; undefined where none did. */
export function outgrownEpisodes(evaluations: readonly ProblemEvaluation[]): SystemResult["outgrown"] {
  const count = (pick: (evaluation: ProblemEvaluation) => ProblemEvaluation["greedy"]) =>
    evaluations.filter((evaluation) => pick(evaluation).outgrown).length;
  const greedy = count((evaluation) => evaluation.greedy);
  const selectors = selectorNames.map((name) => [name, count(({ bestOfN }) => bestOfN[name])] as const);
  if (greedy === 0 && selectors.every(([, episodes]) => episodes === 0)) return undefined;
  return { greedy, selectors: Object.fromEntries(selectors) as Record<SelectorName, number> };
}
