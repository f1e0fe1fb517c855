// Which phases a run will have, found by walking expert iteration itself with a store that makes nothing: so a plan can't
// differ from what a run does, and a phase that two recipes share is planned once.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import type { Config } from "../config.ts";
import { expertIteration, phasesOf } from "../expert-iteration.ts";
import { sha256 } from "../files.ts";
import { noTokens, type Phase, type PhaseRecord, phaseName, recordedPhase } from "../phase-store.ts";
import { silent } from "../progress.ts";
import type { Model, ProblemDigests, RunContext, Splits } from "../run-context.ts";

export interface PlannedPhase {
  /** By the first system that has it: "mucode/iteration-1/finetune". */
  name: string;
  kind: string;
  parameters: unknown;
  /** The phases that it reads; the base model and the problems are not among them. */
  reads: PlannedPhase[];
  /** It writes a model of its own, or its folder is read as one. */
  readsBase: boolean;
  /** Of the run directory, where it is finished there. */
  finished: PhaseRecord | null;
}

export interface WalkOptions {
  problems: Splits;
  digests: ProblemDigests;
  base: Model;
  /** Folder of a run whose finished phases count; null for none. */
  folder: string | null;
  /** Name the code that results depend on, and that of the recipes. */
  code: string;
  recipes: string;
}

/** Every phase once, each after those that it reads. */
export async function plannedPhases(config: Config, options: WalkOptions): Promise<PlannedPhase[]> {
  const { problems, digests, base, folder, code, recipes } = options;
  const known = new Map<string, Promise<Phase>>();
  const planned = new Map<string, PlannedPhase>();
  const byDigest = new Map<string, PlannedPhase>();
  const store: RunContext["store"] = {
    run(kind, parameters, inputs) {
      const name = phaseName(kind, code, parameters, inputs);
      const found = known.get(name);
      if (found) return found;
      const place = join(folder ?? "", "phases", name);
      const phase = (async () => {
        const done = folder === null || !existsSync(place) ? null : await recordedPhase(kind, place);
        const made = done ?? { kind, folder: place, digest: sha256(name), record: unfinished(kind) };
        const one: PlannedPhase = {
          name,
          kind,
          parameters,
          reads: inputs.flatMap((digest) => byDigest.get(digest) ?? []),
          readsBase: inputs.includes(base.digest),
          finished: done?.record ?? null,
        };
        planned.set(place, one);
        byDigest.set(made.digest, one);
        return made;
      })();
      known.set(name, phase);
      return phase;
    },
  };
  const idle = () => Promise.reject(new Error("a plan does no work"));
  const run: RunContext = {
    config,
    benchmark: "planned",
    problems,
    digests,
    recipesCode: recipes,
    base,
    store,
    executor: { serve: idle, train: idle, close: async () => {} },
    sandbox: { judge: idle, close: async () => {} },
    slots: 1,
    progress: silent,
  };
  const systems = await expertIteration(run, async () => {});
  return phasesOf(systems).map(({ name, phase }) => Object.assign(planned.get(phase.folder)!, { name }));
}

const unfinished = (kind: string): PhaseRecord => ({ kind, files: {}, tokens: noTokens, seconds: 0 });

/** So many problems without content, for counting alone. */
export function blankProblems(split: Problem["split"], count: number): Problem[] {
  const tests = { style: "function" as const, asserts: [] };
  return Array.from({ length: count }, (_, index) => ({
    id: `${split}/${index}`,
    split,
    prompt: "",
    publicTests: tests,
    privateTests: tests,
  }));
}
