// Which problems the rollout browser shows: as many as a page holds, drawn without looking at their results.
import { deriveSeed, randomStream, shuffled } from "../core/seed.ts";

/** Problems in the browser at most: keeps a report of a quickstart-sized run well below 3 MB. */
export const browserProblems = 60;

/** A random sample of ids in their given order; the same seed and ids give the same sample. */
export function sampleProblems(ids: readonly string[], seed: number, size = browserProblems): string[] {
  const drawn = new Set(shuffled(ids, randomStream(deriveSeed(seed, "report"))).slice(0, size));
  return ids.filter((id) => drawn.has(id));
}
