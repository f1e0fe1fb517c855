// Evaluating the systems of a finished run in another way: more turns, more candidates, another temperature.
// The phases are content-addressed like all others, so an interrupted evaluation continues.
import type { Metrics } from "../evaluation/results.ts";
import type { System } from "./expert-iteration.ts";
import { readFinishedRun } from "./finished-run.ts";
import { computeMetrics } from "./metrics.ts";
import { evaluationPhase } from "./phases/evaluation.ts";
import { openRun, type RunServices } from "./run.ts";
import { modelOf } from "./run-context.ts";

export interface Reevaluation {
  turns?: number | undefined;
  candidates?: number | undefined;
  temperature?: number | undefined;
  /** Only systems of this recipe. */
  recipe?: string | undefined;
}

/** The metrics of these systems under the changed evaluation; what training left is not measured again. */
export async function reevaluate(
  folder: string,
  options: Reevaluation,
  services: RunServices,
): Promise<Metrics> {
  const finished = await readFinishedRun(folder);
  const { recipe, ...changes } = options;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const evaluation = { ...finished.config.evaluation, ...given };
  const config = { ...finished.config, evaluation };
  const run = await openRun(config, folder, { ...services, environment: finished.environment });
  const systems: System[] = [];
  for (const system of finished.systems) {
    if (recipe !== undefined && system.recipe !== recipe) continue;
    const generator = system.made ? modelOf(system.made.finetune) : run.base;
    const name = `${system.recipe} ${system.iteration}: evaluate`;
    systems.push({ ...system, evaluation: await evaluationPhase(run, name, generator, system.verifier) });
  }
  return computeMetrics(run, systems);
}
