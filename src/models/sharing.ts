// The same program is often scored for several rollouts at once: they share one request.
import type { Message } from "../core/problem.ts";

/** The same question, asked once for equal inputs in flight. A failure reaches all of them, and is not remembered. */
export function sharingRequests(
  ask: (input: readonly Message[]) => Promise<number>,
): (input: readonly Message[]) => Promise<number> {
  const inFlight = new Map<string, Promise<number>>();
  return (input) => {
    const key = JSON.stringify(input);
    const running = inFlight.get(key);
    if (running !== undefined) return running;
    const started = ask(input).finally(() => inFlight.delete(key));
    inFlight.set(key, started);
    return started;
  };
}
