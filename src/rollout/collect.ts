// Many episodes at once, streaming: each moves on as soon as its own generation ends, a bounded number is in
// flight, and what a problem needs in memory goes when its last episode ends.
import type { Problem } from "../core/problem.ts";
import type { Rollout } from "../core/rollout.ts";
import type { Generator } from "../models/model.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { type ProblemEnvironment, problemEnvironment } from "./environment.ts";
import { type EpisodeOptions, runEpisode } from "./episode.ts";

export interface CollectOptions extends EpisodeOptions {
  /** Episodes per problem. */
  samples: number;
  /** Episodes in flight, ≥ 1. */
  concurrency: number;
}

/**
 * Runs `samples` episodes of every problem that `isDone` does not know, and hands each to `onRollout`, whose
 * promise holds the episode's place until it resolves (backpressure from the disk).
 */
export async function collectRollouts(
  problems: Iterable<Problem>,
  generator: Generator,
  sandbox: Sandbox,
  options: CollectOptions,
  isDone: (problem: string, sample: number) => boolean,
  onRollout: (rollout: Rollout) => Promise<void>,
): Promise<void> {
  const episodes = pendingEpisodes(problems, sandbox, options.samples, isDone);
  await inParallel(episodes, options.concurrency, async ({ problem, sample, environment }) => {
    await onRollout(await runEpisode(problem, sample, generator, environment, options));
  });
}

function* pendingEpisodes(
  problems: Iterable<Problem>,
  sandbox: Sandbox,
  samples: number,
  isDone: (problem: string, sample: number) => boolean,
): Iterable<{ problem: Problem; sample: number; environment: ProblemEnvironment }> {
  for (const problem of problems) {
    const environment = problemEnvironment(problem, sandbox, false);
    for (let sample = 0; sample < samples; sample++) {
      if (!isDone(problem.id, sample)) yield { problem, sample, environment };
    }
  }
}

/** Runs `work` over the items with at most `limit` in flight; the first failure stops taking new items and rejects. */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    for (let next = await iterator.next(); !failed && !next.done; next = await iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: limit }, lane));
  const failure = lanes.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}
