// The tiers of isolation, by name. A tier either holds all its layers or refuses to start: none falls back to a weaker
// one. What each stops is in docs/reference/threat-model.md.
import { InputError } from "../core/errors.ts";

/**
 * "strict": namespaces, a root of its own, system call filters and limits; Linux. "fork": the same without namespaces,
 * for containers that refuse them; Linux. "portable": WebAssembly. "unsafe": resource limits only.
 */
export const isolations = ["strict", "fork", "portable", "unsafe"] as const;
export type Isolation = (typeof isolations)[number];

/** Tiers that are native processes, behind python/worker.py. */
export type WorkerIsolation = Exclude<Isolation, "portable">;

/** The tier of that name. Throws InputError for a name that is none. */
export function isolationOf(name: string): Isolation {
  const tier = isolations.find((known) => known === name);
  if (tier !== undefined) return tier;
  const seen = JSON.stringify(name);
  throw new InputError(
    'sandbox option "isolation"',
    `one of ${isolations.join(", ")} was expected, seen ${seen}`,
  );
}
