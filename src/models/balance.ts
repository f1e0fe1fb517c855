// Several servers of one model as one: each request goes to the server with the least in flight, and when one is down, to
// another. A request counts once, at the server that answered it.
import { WorkError } from "../core/errors.ts";
import { ContextOverflow } from "./context-overflow.ts";
import type { Generator, Verifier } from "./model.ts";

/**
 * How long a server that failed gets no requests while another can have them, milliseconds: the first time, and at most, as
 * it doubles with each failure. Afterwards one request tries whether it is back.
 */
const restMs = 10_000;
const longestRestMs = 160_000;

export function balanced(generators: readonly Generator[]): Generator {
  const run = spread(generators);
  return {
    generate: (state, n, sampling, seed) =>
      run(n, (generator) => generator.generate(state, n, sampling, seed)),
  };
}

export function balancedVerifiers(verifiers: readonly Verifier[]): Verifier {
  const run = spread(verifiers);
  return { score: (input) => run(1, (verifier) => verifier.score(input)) };
}

/** @returns runs a request of that many answers on one of the servers; the last failure where all of them fail */
function spread<S>(servers: readonly S[]) {
  const inFlight = servers.map(() => 0);
  const restUntil = servers.map(() => 0);
  const failures = servers.map(() => 0);
  const isOpen = (index: number, now: number) =>
    failures[index] === 0 || (restUntil[index]! <= now && inFlight[index] === 0);
  return async function run<T>(answers: number, ask: (server: S) => Promise<T>): Promise<T> {
    const left = new Set(servers.keys());
    for (;;) {
      const now = performance.now();
      const open = [...left].filter((index) => isOpen(index, now));
      const least = (open.length > 0 ? open : [...left]).reduce((best, index) =>
        inFlight[index]! < inFlight[best]! ? index : best,
      );
      inFlight[least]! += answers;
      try {
        const answer = await ask(servers[least]!);
        failures[least] = 0;
        return answer;
      } catch (error) {
        left.delete(least);
        // What the server says of the request, another would say too.
        if (!(error instanceof WorkError) || error instanceof ContextOverflow || left.size === 0) throw error;
        // Many requests fail with a server that dies: that is one failure.
        if (restUntil[least]! > performance.now()) continue;
        restUntil[least] = performance.now() + Math.min(restMs * 2 ** failures[least]!++, longestRestMs);
      } finally {
        inFlight[least]! -= answers;
      }
    }
  };
}
