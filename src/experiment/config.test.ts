import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { parseConfig } from "./config-file.ts";

const message = (text: string): string => {
  try {
    parseConfig(text, "run.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error("was accepted");
};

test("an empty run gets the paper's defaults", () => {
  const config = parseConfig("name: mine", "run.yaml");
  expect(config.rollouts).toMatchObject({ samples: 15, turns: 3, temperature: [0.7] });
  expect(config.verifier).toMatchObject({ loss: "bradley-terry", pairs: 16, learningRate: 1e-6 });
  expect(config.finetune).toMatchObject({ epochs: 2, learningRate: 5e-7 });
});

describe("a mistake is one line with its place and its cure", () => {
  test.each([
    [
      "name: a\nrollout:\n  samples: 3",
      /^run\.yaml:2:1: unknown setting "rollout"; did you mean "rollouts"\?$/,
    ],
    [
      "name: a\nrollouts:\n  sample: 3",
      /^run\.yaml:3:3: unknown setting "rollouts.sample"; did you mean "samples"\?$/,
    ],
    [
      "name: a\nrollouts:\n  samples: many",
      /^run\.yaml:3:3: setting "rollouts.samples": it is "many"; expected number/,
    ],
    ["name: a\nrollouts:\n  samples: 0", /rollouts.samples": it is 0; expected number to be >=1/],
    ["name: a\nseed: 1.5", /setting "seed": it is 1.5; expected int/],
    ["seed: 1", /setting "name": it is missing/],
    ["name: a\nrecipes: [mucod]", /setting "recipes.0": it is "mucod"; expected "base", "rft"/],
    ["name: a/b", /setting "name": it is "a\/b"; expected/],
    ["name: a\n  b: c", /is not YAML/],
    ["- 1\n- 2", /must be a map of settings/],
    ["", /must be a map of settings/],
    ["name: a\nname: b", /is not YAML: Map keys must be unique/],
    ["name: a\nverifier:\n  loss: hinge", /verifier.loss": it is "hinge"; expected "bradley-terry", "bce"/],
  ])("%s", (text, expected) => {
    const said = message(text);
    expect(said).toMatch(expected);
    expect(said).not.toContain("\n");
  });
});
