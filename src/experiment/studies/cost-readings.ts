// What a system cost to train, and what that bought. Measuring it (evaluation, judging targets) is not its cost.
import { join } from "node:path";
import { type Mode, rightWithin } from "../../evaluation/accuracy.ts";
import type { ProblemEvaluation } from "../../evaluation/results.ts";
import { findRecipe } from "../../learning/recipes.ts";
import { readAll } from "../metrics.ts";
import { modelFolderOf } from "../model-defaults.ts";
import { parametersOf } from "../model-folder.ts";
import type { Phase } from "../phase-store.ts";
import type { MeasuredSystem } from "./measured-system.ts";
import type { Reading } from "./reading.ts";

/** Every phase that the generator rests on; the verifier's where the recipe looks at its scores. */
export function trainingPhases({ history }: Pick<MeasuredSystem, "history">): Phase[] {
  const phases = history.flatMap(({ recipe, rollouts, verifier, made }) => {
    if (!made) return [];
    const judged = findRecipe(recipe)?.usesScores ? [verifier, made.scores] : [];
    return [rollouts, ...judged, made.relabel, made.finetune];
  });
  return [...new Map(phases.map((phase) => [phase.folder, phase])).values()];
}

interface Cost {
  seconds: number;
  /** Tokens read and written by the generator, and tokens trained on. */
  generated: number;
  trained: number;
}

export function costOf(phases: readonly Phase[]): Cost {
  const cost = { seconds: 0, generated: 0, trained: 0 };
  for (const { record } of phases) {
    cost.seconds += record.seconds;
    cost.generated += record.tokens.prompt + record.tokens.completion;
    cost.trained += record.tokens.training;
  }
  return cost;
}

/**
 * 2 floating-point operations a parameter for a token that passes the model forwards, and 6 for one that is trained on
 * (Kaplan et al., "Scaling Laws for Neural Language Models", arXiv:2001.08361, section 2.1). Attention over the context and the
 * verifier's scoring are left out; a prompt counts once for all its samples.
 */
export const flopsOf = ({ generated, trained }: Cost, parameters: number): number =>
  parameters * (2 * generated + 6 * trained);

function ofTraining(label: string, read: (cost: Cost, system: MeasuredSystem) => number): Reading {
  return {
    label,
    unit: "number",
    values(system) {
      const phases = trainingPhases(system);
      if (phases.length === 0) return [];
      return [{ cluster: `seed ${system.seed}`, value: read(costOf(phases), system) }];
    },
  };
}

const gigaflops = (cost: Cost, { run }: MeasuredSystem) =>
  flopsOf(cost, parametersOf(modelFolderOf(run.config))) / 1e9;

export const trainingSeconds = ofTraining("seconds", ({ seconds }) => seconds);
export const generatedTokens = ofTraining("k tokens generated", ({ generated }) => generated / 1e3);
export const trainedTokens = ofTraining("k tokens trained on", ({ trained }) => trained / 1e3);
export const trainingFlops = ofTraining("GFLOPs", gigaflops);

/** Right answers beyond the base model's, by problem. */
export function gain(mode: Mode, turn: number): Reading {
  return {
    label: `gain over base, T${turn}`,
    unit: "percent",
    async values({ system, base, evaluations }) {
      if (!system.made) return [];
      const file = join(base.evaluation.folder, "evaluation.jsonl");
      const before = rightWithin(await readAll<ProblemEvaluation>(file), mode, turn);
      const of = new Map(before.map(({ cluster, value }) => [cluster, value]));
      return rightWithin(evaluations, mode, turn).map(({ cluster, value }) => ({
        cluster,
        value: value - of.get(cluster)!,
      }));
    },
  };
}

/** Seconds or GFLOPs for each point of that gain; none for a seed that gained nothing. */
export function perPoint(what: "seconds" | "GFLOPs", mode: Mode, turn: number): Reading {
  const gained = gain(mode, turn);
  const spent = what === "seconds" ? trainingSeconds : trainingFlops;
  return {
    label: `${what} a point`,
    unit: "number",
    async values(system) {
      const [cost] = await spent.values(system);
      const values = await gained.values(system);
      const points = 100 * (values.reduce((sum, { value }) => sum + value, 0) / values.length);
      return cost && points > 0 ? [{ cluster: cost.cluster, value: cost.value / points }] : [];
    },
  };
}
