// What `verifier.refresh`, `verifier.input` and `verifier.loss` say is what whole iterations do; and what a recipe that
// keeps its labels writes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extractProgram } from "../src/core/program.ts";
import type { Rollout } from "../src/core/rollout.ts";
import { parseConfig } from "../src/experiment/config-file.ts";
import type { System } from "../src/experiment/expert-iteration.ts";
import { canonicalJson, sha256 } from "../src/experiment/files.ts";
import type { Phase } from "../src/experiment/phase-store.ts";
import type { ScoreRow } from "../src/experiment/phases/history.ts";
import type { LabelRow, PairRow } from "../src/learning/pairs.ts";
import type { SftRow } from "../src/learning/relabel.ts";
import { type ScriptedRun, scriptedRun } from "./fixtures/scripted-run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-choices-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const usual = `
seed: 3
rollouts: { samples: 5, turns: 2, temperature: [0.8] }
evaluation: { turns: 2, candidates: 3 }`;
const play = (name: string, more: string, recipes = "[mucode]", iterations = 2) =>
  scriptedRun(
    parseConfig(`name: ${name}\nrecipes: ${recipes}\niterations: ${iterations}${usual}\n${more}`, "run.yaml"),
    join(folder, name),
  );

const records = <T>(phase: Phase, name: string): T[] =>
  readFileSync(join(phase.folder, name), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
const systemOf = ({ systems }: ScriptedRun, recipe: string, iteration: number): System =>
  systems.find((system) => system.recipe === recipe && system.iteration === iteration)!;
const verifierFolder = (system: System) => join(system.verifier.folder, "model");
const answerOf = ({ messages }: ScriptedRun["scored"][number]) => messages.at(-1)!.content;

let plain: ScriptedRun;
beforeAll(async () => {
  plain = await play("plain", "", "[rft, mucode, mucode-official]");
});

describe("verifier.refresh", () => {
  test("true: each iteration's verifier learns from all rollouts so far", () => {
    const [first, second] = [systemOf(plain, "mucode", 1), systemOf(plain, "mucode", 2)];
    expect(verifierFolder(second)).not.toBe(verifierFolder(first));
    const pairs = (system: System) => records<PairRow>(system.verifier, "data.jsonl").length;
    expect(pairs(second)).toBeGreaterThan(pairs(first));
  });

  test("false: the first iteration's is kept, for targets and for evaluation", async () => {
    const stale = await play("stale", "verifier: { refresh: false }");
    const [base, first, second] = [0, 1, 2].map(
      (iteration) => systemOf(stale, iteration === 0 ? "base" : "mucode", iteration)!,
    );
    expect(verifierFolder(first!)).toBe(verifierFolder(base!));
    expect(verifierFolder(second!)).toBe(verifierFolder(base!));
    expect(stale.trainings.filter(({ kind }) => kind === "verifier")).toHaveLength(1);
    expect(new Set(stale.scored.map(({ model }) => model))).toEqual(new Set([verifierFolder(base!)]));
    // It scores the answers of both iterations.
    const answers = (system: System) =>
      records<ScoreRow>(system.made!.scores, "scores.jsonl").flatMap((row) => row.answers);
    expect(answers(second!).length).toBeGreaterThan(answers(first!).length);
    // The first iteration is what it is with a fresh one.
    expect(first!.made!.relabel.digest).toBe(systemOf(plain, "mucode", 1).made!.relabel.digest);
    expect(second!.made!.relabel.digest).not.toBe(systemOf(plain, "mucode", 2).made!.relabel.digest);
  });
});

describe("verifier.input", () => {
  const texts = ({ systems }: ScriptedRun) =>
    systems.flatMap(({ verifier }) =>
      records<PairRow>(verifier, "data.jsonl").flatMap(({ chosen, rejected }) => [
        chosen[0]!.content,
        rejected[0]!.content,
      ]),
    );

  test("answer: it learns from and scores whole messages", () => {
    for (const text of texts(plain)) expect(text).toMatch(/^T?[Hh]ere it is\.\n/);
    for (const one of plain.scored) expect(answerOf(one)).toMatch(/^T?[Hh]ere it is\.\n/);
  });

  test("code: it learns from and scores programs alone, in evaluation too; the generator still writes messages", async () => {
    const coded = await play("coded", "verifier: { input: code }");
    const program = /^def f\(\):\n {4}return \d$/;
    for (const text of texts(coded)) expect(text).toMatch(program);
    for (const one of coded.scored) expect(answerOf(one)).toMatch(program);
    // Of the test problems too.
    expect(coded.scored.some(({ messages }) => messages[0]!.content.startsWith("test"))).toBe(true);
    const { verifier, made, rollouts } = systemOf(coded, "mucode", 1);
    // Two messages with one program are one example.
    const pairs = records<PairRow>(verifier, "data.jsonl").map((row) => JSON.stringify(row));
    expect(new Set(pairs).size).toBe(pairs.length);
    // Scores stand beside whole messages, equal where the programs are.
    const answers = records<ScoreRow>(made!.scores, "scores.jsonl")[0]!.answers;
    const written = records<Rollout>(rollouts, "rollouts.jsonl").filter(
      ({ problem }) => problem === "train/0",
    );
    expect(new Set(answers.map(({ completion }) => completion))).toEqual(
      new Set(written.flatMap(({ turns }) => turns.map(({ completion }) => completion))),
    );
    const byProgram = new Map(answers.map(({ completion, score }) => [extractProgram(completion), score]));
    expect(byProgram.size).toBeLessThan(answers.length);
    for (const { completion, score } of answers)
      expect(byProgram.get(extractProgram(completion))).toBe(score);
    for (const { completion } of records<SftRow>(made!.relabel, "sft.jsonl"))
      expect(completion[0]!.content).toMatch(/^T?[Hh]ere it is\.\n/);
    expect(basename(made!.scores.folder)).not.toBe(
      basename(systemOf(plain, "mucode", 1).made!.scores.folder),
    );
  });
});

test("verifier.loss bce: every distinct answer with its label, through two iterations", async () => {
  const bce = await play("bce", "verifier: { loss: bce }");
  const system = systemOf(bce, "mucode", 2);
  const rows = records<LabelRow>(system.verifier, "data.jsonl");
  const answers = records<ScoreRow>(system.made!.scores, "scores.jsonl").flatMap((row) => row.answers);
  expect(rows.map(({ completion, label }) => [completion[0]!.content, label])).toEqual(
    answers.map(({ completion, correct }) => [completion, correct]),
  );
  const verifiers = bce.trainings.filter(({ kind }) => kind === "verifier");
  expect(verifiers.map(({ options }) => options.loss)).toEqual(["bce", "bce"]);
});

test("the defaults leave the names of phases as they were before there was a choice", () => {
  const { run } = plain;
  const { verifier, made, rollouts, evaluation } = systemOf(plain, "mucode", 1);
  const name = (kind: string, parameters: object, inputs: string[]) =>
    `${kind}-${sha256(canonicalJson({ kind, code: "code", parameters, inputs })).slice(0, 16)}`;
  const { loss, pairs, epochs, batchProblems, learningRate, maxLength, threads } = run.config.verifier;
  const training = { loss, pairs, epochs, batchProblems, learningRate, maxLength, threads };
  const serving = { dtype: "float64", device: "auto" };
  const limits = { cpuSeconds: 2, wallSeconds: 10, memoryMb: 512, outputKb: 256 };
  const searching = { turns: 2, candidates: 3, temperature: 0.8, topP: 1, maxTokens: 96, runSeed: 3 };
  const data = ["problems", rollouts.digest];
  expect(basename(verifier.folder)).toBe(
    name("verifier", { ...training, seed: 3, device: "auto" }, ["base", ...data]),
  );
  expect(basename(made!.scores.folder)).toBe(name("scores", { serving }, [verifier.digest, ...data]));
  expect(basename(made!.relabel.folder)).toBe(
    name("relabel", { recipe: "mucode", code: "recipes", seed: 3 }, [made!.scores.digest, ...data]),
  );
  const rft = systemOf(plain, "rft", 1);
  expect(basename(rft.made!.relabel.folder)).toBe(
    name("relabel", { recipe: "rft", code: "recipes", seed: 3 }, ["unscored", ...data]),
  );
  expect(basename(evaluation.folder)).toBe(
    name("evaluation", { ...searching, serving, limits }, [
      made!.finetune.digest,
      verifier.digest,
      "measured problems",
    ]),
  );
});

test("a recipe that keeps labels adds an iteration's examples to the earlier ones", () => {
  const weights = (system: System) => {
    const rows = records<SftRow>(system.made!.relabel, "sft.jsonl");
    return new Map(
      rows.map(({ problem, prompt, completion, weight }) => [
        JSON.stringify([problem, prompt, completion]),
        weight,
      ]),
    );
  };
  const [first, second] = [1, 2].map((iteration) => weights(systemOf(plain, "mucode-official", iteration)));
  expect(second!.size).toBeGreaterThan(first!.size);
  for (const [example, weight] of first!) expect(second!.get(example) ?? 0).toBeGreaterThanOrEqual(weight);
  // μCode relabels the earlier ones.
  const renewed = weights(systemOf(plain, "mucode", 2));
  expect([...weights(systemOf(plain, "mucode", 1)).keys()].some((example) => !renewed.has(example))).toBe(
    true,
  );
});
