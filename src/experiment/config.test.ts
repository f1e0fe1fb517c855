import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { parseConfig, readConfig, readSavedConfig } from "./config-file.ts";
import { packageFolder } from "./package.ts";

const message = (text: string): string => {
  try {
    parseConfig(text, "run.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error("was accepted");
};

test("a run of one's own model gets the paper's defaults", () => {
  const config = parseConfig("name: mine\nmodel: some-folder", "run.yaml");
  expect(config.rollouts).toMatchObject({ samples: 15, turns: 3, temperature: [0.7] });
  expect(config.verifier).toMatchObject({ loss: "bradley-terry", pairs: 16, learningRate: 1e-6 });
  expect(config.verifier).toMatchObject({ refresh: true, input: "answer" });
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
    ["name: a\nrecipes: [mucod]", /setting "recipes.0": it is "mucod"; expected "base", "star", "rft"/],
    ["name: a\niterations: { mucod: 2 }", /"iterations.mucod"; did you mean "mucode"\?$/],
    [
      "name: a\niterations: { magic: 2 }",
      /"iterations.magic" \(known here: base, star, rft, .*mucode-official/,
    ],
    ["name: a\niterations: many", /it is "many"; expected a whole number from 1, or one by recipe/],
    ["name: a\niterations: { mucode: 0 }", /iterations/],
    [
      "name: a\nbenchmark: humaneval",
      /it is "humaneval"; expected "pocket", "mbpp", .*such as \{ train: mbpp, test: humaneval \}$/,
    ],
    ["name: a\nbenchmark: { problem: x }", /benchmark/],
    ["name: a\nrecipes: mucode", /it is "mucode"; expected a list: \[mucode\]$/],
    ["name: a\nrollouts: { temperature: 0.8 }", /it is 0.8; expected a list: \[0.8\]$/],
    ["name: a/b", /setting "name": it is "a\/b"; expected/],
    ["name: a\n  b: c", /is not YAML/],
    ["- 1\n- 2", /must be a map of settings/],
    ["", /must be a map of settings/],
    ["name: a\nname: b", /is not YAML: Map keys must be unique/],
    ["name: a\nverifier:\n  loss: hinge", /verifier.loss": it is "hinge"; expected "bradley-terry", "bce"/],
    ["name: a\nverifier: { input: prose }", /verifier.input": it is "prose"; expected "answer", "code"/],
    ["name: a\nverifier: { refresh: never }", /verifier.refresh": it is "never"; expected boolean/],
  ])("%s", (text, expected) => {
    const said = message(text);
    expect(said).toMatch(expected);
    expect(said).not.toContain("\n");
  });
});

const folder = mkdtempSync(join(tmpdir(), "mucode-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const written = (text: string, place = "run.yaml"): string => {
  writeFileSync(join(folder, place), text);
  return join(folder, place);
};
/** A model folder as far as its context goes. */
const modelReading = (tokens: number): string => {
  const model = join(folder, `reads-${tokens}`);
  mkdirSync(model, { recursive: true });
  writeFileSync(join(model, "config.json"), JSON.stringify({ max_position_embeddings: tokens }));
  return model;
};

describe("defaults that suit Pocket's model", () => {
  test("are those of the quickstart", async () => {
    const { rollouts, verifier, finetune, evaluation, engine } = await readConfig(written("name: mine"));
    const quickstart = await readConfig(join(packageFolder, "configs", "quickstart.yaml"));
    expect({ rollouts, verifier, finetune, evaluation, engine }).toEqual({
      rollouts: quickstart.rollouts,
      verifier: quickstart.verifier,
      finetune: quickstart.finetune,
      evaluation: quickstart.evaluation,
      engine: quickstart.engine,
    });
  });

  test("stand below what is set, and steps never overrule epochs that were asked for", () => {
    const config = parseConfig(
      "name: mine\nrollouts: { maxTokens: 50 }\nfinetune: { epochs: 3 }",
      "run.yaml",
    );
    expect(config.rollouts).toMatchObject({ maxTokens: 50, temperature: [0.8] });
    expect(config.finetune).toMatchObject({ epochs: 3, learningRate: 1e-3 });
    expect(config.finetune.steps).toBeUndefined();
  });
});

describe("lengths and the model's context", () => {
  const saying = (text: string) => expect(readConfig(written(text))).rejects;

  test("a completion that doesn't fit is refused where it stands", async () => {
    await saying("name: a\nrollouts:\n  maxTokens: 512").toThrow(
      /run\.yaml:3:3: setting "rollouts\.maxTokens": 512 does not fit; the model's context is 512 tokens/,
    );
    await expect(readConfig(written("name: a\nrollouts:\n  maxTokens: 511"))).resolves.toBeDefined();
    await saying(`name: a\nmodel: ${modelReading(900)}`).toThrow(
      /run\.yaml: setting "rollouts\.maxTokens": 1000 does not fit/,
    );
  });

  test("a training length that doesn't fit is refused where it was chosen, else it becomes the context", async () => {
    const model = modelReading(2048);
    await saying(`name: a\nmodel: ${model}\nverifier:\n  maxLength: 4096`).toThrow(
      /run\.yaml:4:3: setting "verifier\.maxLength": 4096 does not fit; the model's context is 2048 tokens/,
    );
    const { verifier, finetune } = await readConfig(written(`name: a\nmodel: ${model}`));
    expect([verifier.maxLength, finetune.maxLength]).toEqual([2048, 2048]);
  });

  test("a run that was made with other lengths can still be read", async () => {
    const file = written("name: a\nverifier:\n  maxLength: 4096");
    expect((await readSavedConfig(file)).verifier.maxLength).toBe(4096);
  });
});

describe("a relative path of a problems file", () => {
  const problemsOf = async (text: string, place: string) =>
    (await readConfig(written(text, place))).benchmark;

  test("is taken from the configuration's folder, where the file exists there", async () => {
    mkdirSync(join(folder, "beside"));
    written("", "beside/package.json");
    expect(await problemsOf("name: a\nbenchmark: { problems: package.json }", "beside/run.yaml")).toEqual({
      problems: join(folder, "beside", "package.json"),
    });
  });

  test("else from the working directory, and is whole in any case", async () => {
    expect(await problemsOf("name: a\nbenchmark: { problems: package.json }", "run.yaml")).toEqual({
      problems: join(process.cwd(), "package.json"),
    });
    expect(await problemsOf("name: a\nbenchmark: { problems: none.jsonl }", "run.yaml")).toEqual({
      problems: join(process.cwd(), "none.jsonl"),
    });
  });
});
