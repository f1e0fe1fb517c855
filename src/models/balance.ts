// Several servers of one model as one generator: each request goes to the server with the fewest in flight.
import type { Generator } from "./model.ts";

export function balanced(generators: readonly Generator[]): Generator {
  const inFlight = generators.map(() => 0);
  return {
    async generate(state, n, sampling, seed) {
      const least = inFlight.indexOf(Math.min(...inFlight));
      inFlight[least]! += n;
      try {
        return await generators[least]!.generate(state, n, sampling, seed);
      } finally {
        inFlight[least]! -= n;
      }
    },
  };
}
