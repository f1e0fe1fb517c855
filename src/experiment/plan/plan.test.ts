// The arithmetic of a plan: sizes that are known elsewhere, bounds that hold, and phases as a run has them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../config-file.ts";
import { packageFolder } from "../package.ts";
import { architectureOf, kvBytes, parameterCount, verifierParameterCount } from "./architecture.ts";
import { decodeSeconds, devices, trainingFlops, usualUtilisation } from "./compute.ts";
import { knownModels } from "./known-models.ts";
import { assumedLengths, longestFeedback } from "./lengths.ts";
import { servingMemory, trainingMemory } from "./memory.ts";
import { planRun } from "./plan.ts";
import { distinctOf, episodeTokens, exactPassTokens, textsOfProblem } from "./tokens.ts";

const model = (name: string) => knownModels[name]!.architecture;

describe("parameters", () => {
  test("are those that the models' publishers state", () => {
    const published = {
      "meta-llama/Llama-3.2-1B-Instruct": 1_235_814_400,
      "meta-llama/Llama-3.2-3B-Instruct": 3_212_749_824,
      "meta-llama/Llama-3.1-8B-Instruct": 8_030_261_248,
      "Qwen/Qwen2.5-0.5B-Instruct": 494_032_768,
      "Qwen/Qwen2.5-1.5B-Instruct": 1_543_714_304,
      "Qwen/Qwen2.5-3B-Instruct": 3_085_938_688,
      "Qwen/Qwen2.5-7B-Instruct": 7_615_616_512,
    };
    for (const [name, count] of Object.entries(published))
      expect(parameterCount(model(name)), name).toBe(count);
    expect(Object.keys(knownModels).sort()).toEqual(Object.keys(published).sort());
  });

  test("of Pocket are those in its weights", () => {
    const folder = join(packageFolder, "pocket", "model");
    const weights = readFileSync(join(folder, "model.safetensors"));
    const header = JSON.parse(weights.subarray(8, 8 + Number(weights.readBigUInt64LE(0))).toString());
    const { __metadata__, ...tensors } = header as Record<string, { shape: number[] }>;
    const count = Object.values(tensors).reduce(
      (total, { shape }) => total + shape.reduce((product, size) => product * size, 1),
      0,
    );
    const { architecture } = architectureOf("pocket", folder);
    expect(parameterCount(architecture)).toBe(count);
    // No output layer of its own, and a head of 96 weights.
    expect(verifierParameterCount(architecture)).toBe(count + 96);
  });

  test("are not guessed for a model that is neither here nor known", () => {
    expect(() => architectureOf("meta-llama/Llama-3.2-1B", "nowhere")).toThrow(
      /^meta-llama\/Llama-3.2-1B: is neither .*; did you mean "meta-llama\/Llama-3.2-1B-Instruct"\?$/,
    );
    const folder = mkdtempSync(join(tmpdir(), "mucode-plan-"));
    try {
      const written = (text: string) => {
        writeFileSync(join(folder, "config.json"), text);
        return () => architectureOf("mine", folder);
      };
      expect(written("{")).toThrow(/config\.json: is not JSON$/);
      expect(written('{"model_type": "llama"}')).toThrow(/field "num_hidden_layers"/);
      const pocket = JSON.parse(readFileSync(join(packageFolder, "pocket/model/config.json"), "utf8"));
      expect(written(JSON.stringify({ ...pocket, model_type: "gpt2" }))).toThrow(
        /is a "gpt2"; sizes are known of/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("memory", () => {
  test("of keys and values is 128 KiB a token for Llama-3.1-8B in bfloat16", () => {
    expect(kvBytes(model("meta-llama/Llama-3.1-8B-Instruct"), 2)).toBe(131_072);
  });

  test("of training is 16 bytes a parameter and activations that grow with the batch alone", () => {
    const shape = model("meta-llama/Llama-3.2-1B-Instruct");
    const load = (tokens: number, gpu: boolean) => {
      const share = { expected: 0.4, upper: 1 };
      return {
        task: "generate" as const,
        tokens: { expected: tokens, upper: tokens },
        window: share,
        scored: share,
        gpu,
      };
    };
    const small = trainingMemory(shape, load(1000, false));
    const large = trainingMemory(shape, load(2000, false));
    expect(small.weights + small.gradients + small.optimiser).toBe(16 * 1_235_814_400);
    expect(large.activations.expected).toBe(2 * small.activations.expected);
    expect(large.total.upper).toBeGreaterThan(large.total.expected);
    expect(trainingMemory(shape, load(1000, true)).activations.expected).toBeLessThan(
      small.activations.expected,
    );
  });

  test("of a server grows with rows and lengths, and a verifier keeps no keys", () => {
    const shape = model("Qwen/Qwen2.5-1.5B-Instruct");
    const load = { rows: 64, longest: { expected: 1000, upper: 4000 }, bytes: 2, gpu: true };
    const generator = servingMemory(shape, { ...load, task: "generate" });
    // 1000 tokens are four pieces of 256 columns.
    expect(generator.keysAndValues.expected).toBe(64 * 1024 * kvBytes(shape, 2) + 256 * 2 ** 20);
    expect(servingMemory(shape, { ...load, task: "classify" }).keysAndValues).toEqual({
      expected: 0,
      upper: 0,
    });
  });
});

describe("tokens", () => {
  const lengths = { ...assumedLengths("functions"), completion: 10, feedback: 5, reach: [1, 0.5] };
  const bounds = { completion: 20, feedback: 8, context: 100 };

  test("of episodes are those of the formula", () => {
    const prompts = { problems: 3, mean: 30, longest: 40 };
    const { prompt, completion } = episodeTokens(6, 2, lengths.reach, prompts, lengths, bounds);
    expect(prompt).toEqual({ expected: 6 * (30 + 0.5 * 45), upper: 6 * (40 + 68) });
    expect(completion).toEqual({ expected: 6 * 1.5 * 10, upper: 6 * 2 * 20 });
    // A conversation that leaves no room for a completion is refused.
    expect(episodeTokens(6, 4, [1], prompts, lengths, bounds).prompt.upper).toBe(6 * (40 + 68 + 80 + 80));
  });

  test("never exceed their upper bound in an episode", () => {
    const episode = fc.array(
      fc.record({ completion: fc.integer({ min: 1, max: 20 }), feedback: fc.integer({ min: 0, max: 8 }) }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), episode, (first, turns) => {
        const prompts = { problems: 1, mean: 40, longest: 40 };
        const bound = episodeTokens(1, turns.length, [1], prompts, lengths, bounds);
        let [state, read, written] = [first, 0, 0];
        for (const { completion, feedback } of turns) {
          if (state + bounds.completion > bounds.context) break;
          read += state;
          written += completion;
          state += completion + feedback;
        }
        expect(read).toBeLessThanOrEqual(bound.prompt.upper);
        expect(written).toBeLessThanOrEqual(bound.completion.upper);
      }),
    );
  });

  test("of a verifier are those of the distinct answers in its pairs", () => {
    expect(distinctOf(4, 1)).toBeCloseTo(1);
    expect(distinctOf(4, 1000)).toBeCloseTo(4);
    const known = { ...lengths, distinct: 1, right: 0.5 };
    const answers = { expected: 8, upper: 45 };
    expect(textsOfProblem({ loss: "bce", pairs: 16 }, answers, known)).toEqual({ expected: 8, upper: 45 });
    const { expected, upper } = textsOfProblem({ loss: "bradley-terry", pairs: 16 }, answers, known);
    expect(expected).toBeLessThan(8);
    expect(expected).toBeGreaterThan(7.5);
    expect(upper).toBe(32);
    expect(exactPassTokens(2, [5, 7])).toBe(24);
  });
});

describe("time", () => {
  const shape = model("meta-llama/Llama-3.1-8B-Instruct");

  test("of decoding few rows is that of reading the weights, of many that of computing", () => {
    const device = devices.h100!;
    const seconds = (rows: number) =>
      decodeSeconds(shape, { tokens: rows, rows, length: 0, bytes: 2 }, device, usualUtilisation);
    expect(seconds(1)).toBeCloseTo(
      (2 * parameterCount(shape)) / (device.bandwidth * usualUtilisation.bandwidth),
    );
    expect(seconds(2)).toBe(seconds(1));
    expect(seconds(4096)).toBeGreaterThan(seconds(1));
  });

  test("of training is 6·P a token", () => {
    // All parameters but the embedding, which is looked up.
    const active = 8_030_261_248 - 128_256 * 4096;
    expect(trainingFlops(shape, "generate", 1000)).toBe(6000 * active);
  });
});

describe("a plan", () => {
  const options = { folder: "nowhere", code: "code", recipes: "recipes", unread: true };
  const config = (text: string) => parseConfig(`name: a\n${text}`, "run.yaml");

  test("has the phases of a run, the shared ones once, each after what it reads", async () => {
    const { phases } = await planRun(
      config(
        "limit: { train: 2, validation: 1, test: 1 }\nrecipes: [rft, mucode]\niterations: { mucode: 2 }",
      ),
      options,
    );
    const names = phases.map(({ name }) => name);
    expect(names.filter((name) => name.endsWith("rollouts"))).toEqual([
      "base/iteration-0/rollouts",
      "mucode/iteration-2/rollouts",
    ]);
    expect(phases.map(({ kind }) => kind)).toContain("finetune");
    for (const [index, { reads }] of phases.entries())
      for (const read of reads)
        expect(read === "base model" || names.indexOf(read) < index, `${names[index]} reads ${read}`).toBe(
          true,
        );
    const verifier = phases.find(({ name }) => name === "mucode/iteration-2/verifier")!;
    expect(verifier.reads).toEqual([
      "base model",
      "base/iteration-0/rollouts",
      "mucode/iteration-2/rollouts",
    ]);
    expect(phases.some(({ finished }) => finished)).toBe(false);
  });

  test("of a recipe that scores nothing trains on fewer tokens, and every amount keeps to its bound", async () => {
    const plan = await planRun(config("finetune: { epochs: 2 }\niterations: 1"), options);
    const tokens = (name: string) =>
      plan.phases.find((phase) => phase.name === name)!.tokens.training.expected;
    expect(tokens("rft/iteration-1/finetune")).toBeLessThan(tokens("mucode/iteration-1/finetune"));
    for (const { tokens: amounts, disk } of plan.phases)
      for (const { expected, upper } of [...Object.values(amounts), disk])
        expect(expected).toBeLessThanOrEqual(upper);
  });

  test("of the paper's settings needs neither data nor model", async () => {
    const before = { ...process.env };
    const empty = mkdtempSync(join(tmpdir(), "mucode-no-data-"));
    mkdirSync(join(empty, "data"));
    process.env.MUCODE_DATA = join(empty, "data");
    try {
      const text = readFileSync(join(packageFolder, "configs/paper/llama-3.2-1b-mbpp.yaml"), "utf8");
      const plan = await planRun(parseConfig(text, "a.yaml"), options);
      expect(plan.problems).toEqual({ train: 374, validation: 90, test: 500 });
      expect(plan.model.parameters).toBe(1_235_814_400);
      expect(plan.bounds.feedback).toBe(longestFeedback);
      // 374 problems, 15 samples, 3 turns of at most 1000 tokens.
      expect(plan.phases[0]!.tokens.completion.upper).toBe(374 * 15 * 3 * 1000);
      expect(plan.assumptions.join("\n")).toMatch(/the data of mbpp is not here/);
    } finally {
      process.env.MUCODE_DATA = before.MUCODE_DATA;
      if (before.MUCODE_DATA === undefined) delete process.env.MUCODE_DATA;
      rmSync(empty, { recursive: true });
    }
  });
});
