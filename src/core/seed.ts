// Every random choice draws from a seed derived from what it is for, so that a run is a function of its
// configuration: no shared stream, no order of events can change a draw.
import { createHash } from "node:crypto";

/** An integer in [0, 2^31) from the run's seed and the names of the choice: (seed, purpose, problem, index, …). */
export function deriveSeed(runSeed: number, ...parts: (string | number)[]): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([runSeed, ...parts]))
    .digest();
  return digest.readUInt32BE(0) >>> 1;
}

/** A stream of uniform doubles in [0, 1): SplitMix-style counter hashing over 32 bits, for shuffles and draws. */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  const next32 = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return () => (next32() * 2 ** 21 + (next32() >>> 11)) / 2 ** 53;
}

/** Uniform integer in [0, bound). */
export function drawIndex(random: () => number, bound: number): number {
  return Math.min(bound - 1, Math.floor(random() * bound));
}

/** A shuffled copy (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = drawIndex(random, i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
