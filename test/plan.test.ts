// A plan beside the real thing: tokens of a real run, parameters of models that transformers builds, memory of a real
// training, and the command as a user calls it.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message } from "../src/core/problem.ts";
import type { Metrics, PhaseTokens } from "../src/evaluation/results.ts";
import {
  type Architecture,
  architectureOf,
  parameterCount,
  verifierParameterCount,
} from "../src/experiment/plan/architecture.ts";
import { knownModels } from "../src/experiment/plan/known-models.ts";
import { type TrainingLoad, trainingMemory } from "../src/experiment/plan/memory.ts";
import type { Plan } from "../src/experiment/plan/plan.ts";
import { exactPassTokens } from "../src/experiment/plan/tokens.ts";
import { countTokens } from "../src/jobs/count-tokens.ts";
import { engineProgram } from "../src/jobs/engine.ts";
import { findEnvironment } from "../src/jobs/index.ts";
import type { PairRow } from "../src/learning/pairs.ts";
import type { SftRow } from "../src/learning/relabel.ts";
import { mucode, repository } from "./run-process.ts";

const pocket = join(repository, "pocket", "model");
/** What builds models and trains beside a plan takes a minute: `npm run check:plan`. */
const checkEngine = process.env.MUCODE_CHECK_PLAN === "1";
/** Whole passes, so that training tokens can be told exactly. */
const config = `
name: planned
seed: 7
limit: { train: 24, validation: 4, test: 8 }
recipes: [rft, mucode]
iterations: 1
rollouts: { samples: 6, turns: 3, temperature: [0.8], maxTokens: 80 }
verifier: { pairs: 8, epochs: 2, batchProblems: 8, learningRate: 1.0e-3, maxLength: 512 }
finetune: { epochs: 2, batchTokens: 2048, learningRate: 1.0e-3, maxLength: 512 }
evaluation: { turns: 2, candidates: 3, temperature: 0.8 }
engine: { dtype: float64 }
`;

let folder: string;
let file: string;
let run: string;
let python: string;
let metrics: Metrics;
let plan: Plan;

const planOf = async (...args: string[]): Promise<Plan> => {
  const { code, stdout, stderr } = await mucode("train", file, "--plan", "--json", ...args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Plan;
};

const runPython = async (script: string, ...args: string[]): Promise<unknown> => {
  const { command, env } = engineProgram(python, 1);
  const { stdout } = await promisify(execFile)(command, ["-c", script, ...args], { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mucode-planned-"));
  file = join(folder, "planned.yaml");
  run = join(folder, "run");
  writeFileSync(file, config);
  const environment = await findEnvironment();
  if (!environment) throw new Error("no engine environment: run node scripts/bootstrap.mjs");
  python = environment.python;
  const trained = await mucode("train", file, "--out", run, "--json");
  expect(trained.stderr).not.toMatch(/error/i);
  metrics = JSON.parse(trained.stdout) as Metrics;
  plan = await planOf("--out", run, "--measured", run);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tokens", () => {
  const used = (name: string) => metrics.results.costs.find(({ phase }) => phase === name)!.tokens;
  const planned = (name: string) => plan.phases.find((phase) => phase.name === name)!.tokens;

  test("of every phase keep to the upper bound", () => {
    expect(plan.phases.map(({ name }) => name)).toEqual(metrics.results.costs.map(({ phase }) => phase));
    for (const { name, tokens } of plan.phases)
      for (const key of ["prompt", "completion", "training"] as const satisfies (keyof PhaseTokens)[])
        expect(used(name)[key], `${name} ${key}`).toBeLessThanOrEqual(tokens[key].upper);
  });

  test("of rollouts are within a quarter of what is expected from measured lengths", () => {
    const [real, expected] = [used("base/iteration-0/rollouts"), planned("base/iteration-0/rollouts")];
    for (const key of ["prompt", "completion"] as const) {
      expect(expected[key].expected / real[key], key).toBeGreaterThan(0.75);
      expect(expected[key].expected / real[key], key).toBeLessThan(1.25);
    }
  });

  test("of training are within a factor of 2 of what is expected, and exact where the examples are known", {
    timeout: 240_000,
  }, async () => {
    for (const name of [
      "base/iteration-0/verifier",
      "rft/iteration-1/finetune",
      "mucode/iteration-1/finetune",
    ]) {
      const ratio = planned(name).training.expected / used(name).training;
      expect(ratio, name).toBeGreaterThan(0.5);
      expect(ratio, name).toBeLessThan(2);
    }
    const rows = <T>(path: string) =>
      readFileSync(path, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as T);
    const sft = rows<SftRow>(join(run, "mucode", "iteration-1", "sft.jsonl"));
    const data = readdirSync(join(run, "phases")).find((name) => name.startsWith("verifier-"))!;
    // Each distinct answer of a problem once.
    const texts = new Set(
      rows<PairRow>(join(run, "phases", data, "data.jsonl")).flatMap(({ prompt, chosen, rejected }) =>
        [chosen, rejected].map((answer) => JSON.stringify([...prompt, ...answer])),
      ),
    );
    const conversations: Message[][] = [
      ...sft.map(({ prompt, completion }) => [...prompt, ...completion]),
      ...[...texts].map((text) => JSON.parse(text) as Message[]),
    ];
    const counts = await countTokens(
      python,
      pocket,
      conversations.map((messages) => ({ messages, generationPrompt: false })),
    );
    expect(exactPassTokens(2, counts.slice(0, sft.length))).toBe(
      used("mucode/iteration-1/finetune").training,
    );
    expect(exactPassTokens(2, counts.slice(sft.length))).toBe(used("base/iteration-0/verifier").training);
  });
});

describe("finished phases", () => {
  test("are marked, with what they used", () => {
    expect(plan.phases.every(({ finished }) => finished)).toBe(true);
    expect(plan.totals.left).toEqual({ flops: 0, seconds: 0 });
    const rollouts = plan.phases[0]!;
    expect(rollouts.usedTokens).toEqual(metrics.results.costs[0]!.tokens);
  });

  test("are those of the same settings alone", { timeout: 240_000 }, async () => {
    const half = join(folder, "half");
    mkdirSync(join(half, "phases"), { recursive: true });
    for (const name of readdirSync(join(run, "phases")).filter((one) => /^(rollouts|verifier)-/.test(one)))
      cpSync(join(run, "phases", name), join(half, "phases", name), { recursive: true });
    const { phases } = await planOf("--out", half);
    expect(phases.filter(({ finished }) => finished).map(({ kind }) => kind)).toEqual([
      "rollouts",
      "verifier",
    ]);
    writeFileSync(join(folder, "other.yaml"), config.replace("seed: 7", "seed: 8"));
    const other = await mucode("train", join(folder, "other.yaml"), "--out", half, "--plan");
    expect(other.stdout).not.toMatch(/✓/);
    // Nothing was made, and nothing said that it would be.
    expect(readdirSync(half)).toEqual(["phases"]);
  });
});

describe.runIf(checkEngine)("parameters", () => {
  test("are those of models that transformers builds, without weights", { timeout: 300_000 }, async () => {
    const counts = (await runPython(
      `import json, sys, torch, transformers as t
found = {}
for name, (kind, config) in json.loads(sys.argv[1]).items():
    made = {"llama": t.LlamaConfig, "qwen2": t.Qwen2Config}[kind](**config, num_labels=1)
    with torch.device("meta"):
        models = [t.AutoModelForCausalLM.from_config(made), t.AutoModelForSequenceClassification.from_config(made)]
    found[name] = [model.num_parameters() for model in models]
print(json.dumps(found))`,
      JSON.stringify(
        Object.fromEntries(
          Object.entries(knownModels).map(([name, { architecture }]) => [
            name,
            transformersConfig(architecture),
          ]),
        ),
      ),
    )) as Record<string, number[]>;
    for (const [name, { architecture }] of Object.entries(knownModels))
      expect([parameterCount(architecture), verifierParameterCount(architecture)], name).toEqual(
        counts[name],
      );
  });
});

function transformersConfig(model: Architecture): [string, object] {
  return [
    model.qkvBias ? "qwen2" : "llama",
    {
      num_hidden_layers: model.layers,
      hidden_size: model.hidden,
      num_attention_heads: model.heads,
      num_key_value_heads: model.kvHeads,
      ...(model.qkvBias ? {} : { head_dim: model.headSize }),
      intermediate_size: model.intermediate,
      vocab_size: model.vocabulary,
      tie_word_embeddings: model.tied,
    },
  ];
}

describe.runIf(checkEngine)("memory of a training", () => {
  /** Runs a job in a process of its own: peak resident memory, bytes, and tokens of a step. */
  async function measured(kind: "generator" | "verifier", data: string, options: object) {
    const output = join(folder, `trained-${Math.random()}`);
    const spec = { kind, model: pocket, data, output, options: { steps: 2, device: "cpu", ...options } };
    const peak = (await runPython(
      `import json, os, resource, sys
from mucode_engine import train_generator, train_verifier
from mucode_engine.report import Report
spec = json.loads(sys.argv[1])
job = train_generator if spec["kind"] == "generator" else train_verifier
job.run(spec, Report(os.open(os.devnull, os.O_WRONLY)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)`,
      JSON.stringify(spec),
    )) as number;
    const { tokens } = JSON.parse(readFileSync(join(output, "training.json"), "utf8")) as { tokens: number };
    return { peak: peak * 1024, tokens: tokens / 2 };
  }

  const prompt = [
    { role: "user", content: "From the numbers in xs keep those of at least 3, give the largest or 0." },
  ];
  const answer = (text: string) => [
    {
      role: "assistant",
      content: `\`\`\`python\ndef f(xs):\n    return max([x for x in xs if x >= ${text}])\n\`\`\``,
    },
  ];
  const written = (name: string, rows: object[]) => {
    const path = join(folder, name);
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return path;
  };
  const planFor = (task: TrainingLoad["task"], tokens: number, share: number) => {
    const of = (value: number) => ({ expected: value, upper: value });
    const load = { task, tokens: of(tokens), window: of(share), scored: of(share), gpu: false };
    return trainingMemory(architectureOf("pocket", pocket).architecture, load).total.expected;
  };

  // The interpreter, its libraries and the model are in both runs of a pair: what differs is the batch.
  test("is within a factor of 2 of the plan, batch for batch, for the generator", {
    timeout: 180_000,
  }, async () => {
    const rows = Array.from({ length: 400 }, (_, index) => ({
      prompt,
      completion: answer(String(index % 9)),
    }));
    const data = written("rows.jsonl", rows);
    const [whole, before] = await countTokens(python, pocket, [
      { messages: [...prompt, ...answer("1")] as Message[], generationPrompt: false },
      { messages: prompt as Message[], generationPrompt: true },
    ]);
    const share = (whole! - before!) / whole!;
    const small = await measured("generator", data, { batch_tokens: 256 });
    const large = await measured("generator", data, { batch_tokens: 16_384 });
    const grown = planFor("generate", large.tokens, share) - planFor("generate", small.tokens, share);
    const ratio = (large.peak - small.peak) / grown;
    console.info(
      `generator: measured ${((large.peak - small.peak) / 1e6).toFixed(0)} MB, planned ${(grown / 1e6).toFixed(0)} MB`,
    );
    expect(ratio).toBeGreaterThan(1 / 2);
    expect(ratio).toBeLessThan(2);
  });

  test("and for the verifier", { timeout: 300_000 }, async () => {
    const rows = Array.from({ length: 240 }, (_, index) => ({
      prompt: [{ role: "user", content: `${prompt[0]!.content} ${index % 8}` }],
      chosen: answer(`${100 + index}`),
      rejected: answer(`${500 + index}`),
    }));
    const data = written("pairs.jsonl", rows);
    const small = await measured("verifier", data, { batch_problems: 1 });
    const large = await measured("verifier", data, { batch_problems: 4 });
    const grown = planFor("classify", large.tokens, 0) - planFor("classify", small.tokens, 0);
    const ratio = (large.peak - small.peak) / grown;
    console.info(
      `verifier: measured ${((large.peak - small.peak) / 1e6).toFixed(0)} MB, planned ${(grown / 1e6).toFixed(0)} MB`,
    );
    expect(ratio).toBeGreaterThan(1 / 2);
    expect(ratio).toBeLessThan(2);
  });
});

describe("the command", () => {
  const paper = join(repository, "configs", "paper");

  test("plans the paper's settings without model, data and GPU", { timeout: 120_000 }, async () => {
    expect(readdirSync(paper).length).toBe(5);
    for (const name of readdirSync(paper)) {
      const { code, stdout, stderr } = await mucode("train", join(paper, name), "--plan", "--device", "h200");
      expect(stderr, name).toBe("");
      expect(code, name).toBe(0);
      expect(stdout).toMatch(/^Plan of [\w.-]+: (meta-llama\/Llama-3|Qwen\/Qwen2)/);
      expect(stdout).toMatch(/\nGPU hours on one H200 141 GB: \d/);
      expect(stdout).toMatch(/\n {2}- operations: 2·P a token forward/);
      expect(/! fine-tuning does not fit/.test(stdout), name).toBe(name.includes("8b"));
    }
  });

  test("says in one line what is wrong", { timeout: 120_000 }, async () => {
    const wrong = async (text: string, ...args: string[]) => {
      const path = join(folder, "wrong.yaml");
      writeFileSync(path, text);
      const { code, stdout, stderr } = await mucode("train", path, ...args);
      expect(code, stderr).toBe(2);
      expect(stdout).toBe("");
      expect(stderr.trim().split("\n")).toHaveLength(1);
      return stderr;
    };
    const big = "name: a\nmodel: meta-llama/Llama-3.2-1B-Instruct\n";
    expect(await wrong("name: a\nmodel: nobody/nothing\n", "--plan")).toMatch(
      /nobody\/nothing: is neither a model folder/,
    );
    expect(await wrong("name: a\nbenchmark: { problems: none.jsonl }", "--plan")).toMatch(
      /none\.jsonl: is not there/,
    );
    expect(await wrong(big, "--plan", "--device", "tpu")).toMatch(/Allowed choices are rtx-6000-ada, a100/);
    expect(await wrong(big, "--plan", "--mfu", "2")).toMatch(/above 0 and at most 1/);
    expect(await wrong(big, "--mfu", "0.5")).toMatch(/--mfu: has a meaning with --plan alone/);
    expect(await wrong(big, "--plan", "--measured", folder)).toMatch(/--measured takes a run directory/);
    expect(await wrong(`${big}benchmark: { train: mbpp }`, "--plan")).toMatch(/setting "benchmark"/);
  });
});
