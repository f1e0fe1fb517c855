// What training cost, from phases written by hand.
import { expect, test } from "vitest";
import type { System } from "../expert-iteration.ts";
import { modelFolderOf } from "../model-defaults.ts";
import { parametersOf } from "../model-folder.ts";
import type { Phase } from "../phase-store.ts";
import { costOf, flopsOf, trainingPhases } from "./cost-readings.ts";

const phaseOf = (kind: string, name: string, seconds: number, generated = 0, training = 0): Phase => ({
  kind,
  folder: name,
  digest: name,
  record: { kind, files: {}, tokens: { prompt: generated, completion: 2 * generated, training }, seconds },
});
const systemOf = (recipe: string, iteration: number): System => ({
  recipe,
  iteration,
  // The verifier of both iterations is the same phase.
  rollouts: phaseOf("rollouts", `r${iteration}`, 10, 100),
  verifier: phaseOf("verifier", "v", 5, 0, 50),
  evaluation: phaseOf("evaluation", `e${iteration}`, 1000, 1000),
  made: {
    scores: phaseOf("scores", `s${iteration}`, 2),
    relabel: phaseOf("relabel", `l${iteration}`, 1),
    targets: phaseOf("targets", `t${iteration}`, 1000),
    finetune: phaseOf("finetune", `f${iteration}`, 20, 0, 200),
  },
});

test("is what the generator rests on, each phase once, without its measurement", () => {
  const history = [systemOf("mucode", 1), systemOf("mucode", 2)];
  expect(costOf(trainingPhases({ history }))).toEqual({ seconds: 71, generated: 600, trained: 450 });
  // RFT looks at no scores: its verifier is for choosing alone.
  expect(costOf(trainingPhases({ history: [systemOf("rft", 1)] }))).toEqual({
    seconds: 31,
    generated: 300,
    trained: 200,
  });
});

test("in FLOPs is 2 a parameter forwards and 6 in training", () => {
  expect(flopsOf({ seconds: 1, generated: 600, trained: 450 }, 10)).toBe(10 * (1200 + 2700));
});

test("counts a model's parameters from its files", () => {
  const parameters = parametersOf(modelFolderOf({ model: "pocket" }));
  expect(parameters).toBeGreaterThan(100_000);
  expect(parameters).toBeLessThan(1_000_000);
});
