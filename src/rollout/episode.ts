// One episode (paper, section 2): the generator writes a program, the public tests answer, until a program
// passes them, the turn limit is reached, or the conversation outgrows the model's context. Private outcomes are recorded
// beside each turn and never shown; the episode never ends on them (the official code does: defect D1).
import { stateAfter } from "../core/conversation.ts";
import { allPassed } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Rollout, Stop, Turn } from "../core/rollout.ts";
import { deriveSeed } from "../core/seed.ts";
import type { Generator, Sampling } from "../models/model.ts";
import { endedByContext, unlessOutgrown } from "./context-limit.ts";
import { type ProblemEnvironment, recordTurn } from "./environment.ts";

export interface EpisodeOptions {
  /** Turn limit T, ≥ 1. */
  turns: number;
  /** Sampling of turn t at index t - 1; the last one serves all later turns. */
  sampling: readonly Sampling[];
  runSeed: number;
  /** Names the use of the draws, e.g. "rollout/iteration-1". */
  purpose: string;
}

export async function runEpisode(
  problem: Problem,
  sample: number,
  generator: Generator,
  environment: ProblemEnvironment,
  options: EpisodeOptions,
): Promise<Rollout> {
  const turns: Turn[] = [];
  let stop: Stop = "turn-limit";
  for (let turn = 1; turn <= options.turns; turn++) {
    const sampling = options.sampling[Math.min(turn, options.sampling.length) - 1]!;
    const seed = deriveSeed(options.runSeed, options.purpose, problem.id, sample, turn);
    const drawn = await unlessOutgrown(generator.generate(stateAfter(problem, turns), 1, sampling, seed));
    if (drawn === null)
      return { problem: problem.id, sample, turns: endedByContext(turns), stop: "context-limit" };
    const completion = drawn[0];
    const step = await environment.step(completion!.text);
    const stops = allPassed(step.judgement.public);
    turns.push(recordTurn(turn, completion!, step, stops || turn === options.turns));
    if (stops) {
      stop = "passed-public";
      break;
    }
  }
  return { problem: problem.id, sample, turns, stop };
}
