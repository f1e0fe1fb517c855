// Algorithm 1 of the paper, for every recipe of a run side by side. What recipes have in common (the rollouts
// and the verifier of the first iteration are the base model's) is one phase, done once.
import type { PhaseCost } from "../evaluation/results.ts";
import type { Recipe } from "../learning/recipe.ts";
import { findRecipe } from "../learning/recipes.ts";
import { iterationsOf } from "./config.ts";
import type { Phase } from "./phase-store.ts";
import { evaluationPhase, targetPhase } from "./phases/evaluation.ts";
import { finetunePhase, relabelPhase, scorePhase, verifierPhase } from "./phases/learning.ts";
import { rolloutPhase } from "./phases/rollouts.ts";
import { type Model, modelOf, type RunContext } from "./run-context.ts";

/** A generator with its verifier, and the phases that made and measured them. */
export interface System {
  recipe: string;
  /** 0 for the base model. */
  iteration: number;
  /** The rollouts that this iteration learned from; the base model's are its own. */
  rollouts: Phase;
  /** Trained on the rollouts of this and earlier iterations, or of the first alone; the base model's on its own. */
  verifier: Phase;
  evaluation: Phase;
  /** What else this iteration made, by the name under which the run directory shows it; none for the base model. */
  made?: {
    scores: Phase;
    relabel: Phase;
    targets: Phase;
    finetune: Phase;
  };
}

/** Runs every recipe, and hands each system on as soon as it has been measured. */
export async function expertIteration(
  run: RunContext,
  onSystem: (system: System) => Promise<void>,
): Promise<System[]> {
  const trained = run.config.recipes.flatMap((name) => (name === "base" ? [] : [findRecipe(name)!]));
  const arms = await Promise.all([
    baseSystem(run, onSystem),
    ...trained.map((recipe) => iterate(run, recipe, onSystem)),
  ]);
  return arms.flat();
}

/** The base model with a verifier trained on its own rollouts: what every recipe starts from. */
async function baseSystem(run: RunContext, onSystem: (system: System) => Promise<void>): Promise<System[]> {
  const rollouts = await rolloutPhase(run, "base: roll out", run.base, 1);
  const verifier = await verifierPhase(run, "base: train verifier", [rollouts]);
  const evaluation = await evaluationPhase(run, "base: evaluate", run.base, verifier);
  const system = { recipe: "base", iteration: 0, rollouts, verifier, evaluation };
  await onSystem(system);
  return [system];
}

async function iterate(
  run: RunContext,
  recipe: Recipe,
  onSystem: (system: System) => Promise<void>,
): Promise<System[]> {
  const systems: System[] = [];
  const history: Phase[] = [];
  let generator: Model = run.base;
  for (let iteration = 1; iteration <= iterationsOf(run.config, recipe.name); iteration++) {
    const name = (what: string) => `${recipe.name} ${iteration}: ${what}`;
    const rollouts = await rolloutPhase(run, name("roll out"), generator, iteration);
    history.push(rollouts);
    const soFar = [...history];
    const judging = judge(run, name, soFar);
    const earlier = systems.map(({ made }) => made!.scores);
    const scored = recipe.usesScores ? judging.then(({ scores }) => [...earlier, scores]) : [];
    // A recipe that uses no scores is fine-tuned while the verifier is still being trained.
    const [{ verifier, scores }, { sft, finetune }] = await Promise.all([
      judging,
      imitate(run, recipe, name, soFar, scored),
    ]);
    generator = modelOf(finetune);
    const [evaluation, targets] = await Promise.all([
      evaluationPhase(run, name("evaluate"), generator, verifier),
      targetPhase(run, sft),
    ]);
    const made = { scores, relabel: sft, targets, finetune };
    const system = { recipe: recipe.name, iteration, rollouts, verifier, evaluation, made };
    await onSystem(system);
    systems.push(system);
  }
  return systems;
}

/** Lines 4 and 5: the verifier of everything so far (the first iteration's where it is kept), and its scores. */
async function judge(run: RunContext, name: (what: string) => string, history: readonly Phase[]) {
  const learnedFrom = run.config.verifier.refresh ? history : history.slice(0, 1);
  const verifier = await verifierPhase(run, name("train verifier"), learnedFrom);
  return { verifier, scores: await scorePhase(run, name("score"), verifier, history) };
}

/** Lines 6 to 8: the expert's targets, and the base model fine-tuned on them. */
async function imitate(
  run: RunContext,
  recipe: Recipe,
  name: (what: string) => string,
  history: readonly Phase[],
  scores: Promise<Phase[]> | Phase[],
) {
  const sft = await relabelPhase(run, recipe, await scores, history);
  return { sft, finetune: await finetunePhase(run, name("fine-tune"), sft) };
}

/** Every phase of the systems once, named by the first system that used it. */
export function phasesOf(systems: readonly System[]): { name: string; phase: Phase }[] {
  const seen = new Map<string, { name: string; phase: Phase }>();
  for (const system of systems) {
    const { rollouts, verifier, made, evaluation } = system;
    for (const [what, phase] of Object.entries({ rollouts, verifier, ...made, evaluation })) {
      const name = `${system.recipe}/iteration-${system.iteration}/${what}`;
      if (!seen.has(phase.folder)) seen.set(phase.folder, { name, phase });
    }
  }
  return [...seen.values()];
}

export function costsOf(systems: readonly System[]): PhaseCost[] {
  return phasesOf(systems).map(({ name, phase }) => ({ phase: name, tokens: phase.record.tokens }));
}
