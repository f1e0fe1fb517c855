// The whole loop on a real model with real training and real program execution, at a small size.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Rollout } from "../src/core/rollout.ts";
import type { Metrics, SampledEvaluation } from "../src/evaluation/results.ts";
import type { BenchmarkResults } from "../src/experiment/evaluate-benchmark.ts";
import type { SftRow } from "../src/learning/relabel.ts";
import { type Finished, mucode, repository, smallConfig } from "./run-process.ts";

let folder: string;
let config: string;
let first: Finished;
const run = (name: string) => join(folder, name);
const lines = <T>(...path: string[]): T[] =>
  readFileSync(join(folder, ...path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mucode-run-"));
  config = join(folder, "small.yaml");
  writeFileSync(config, smallConfig);
  first = await mucode("train", config, "--out", run("a"), "--json");
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("ends well, with metrics on stdout and in the run directory", () => {
  expect(first.stderr).not.toMatch(/error/i);
  expect(first.code).toBe(0);
  const metrics = JSON.parse(first.stdout) as Metrics;
  expect(metrics).toEqual(JSON.parse(readFileSync(join(run("a"), "metrics.json"), "utf8")));
  expect(metrics.results.systems.map(({ recipe, iteration }) => `${recipe} ${iteration}`)).toEqual([
    "base 0",
    "rft 1",
    "mucode 1",
  ]);
  for (const system of metrics.results.systems) {
    expect(system.greedy.strong).toHaveLength(2);
    expect(system.bestOfN.selectors["public+verifier"].strong[0]!.problems).toBe(12);
  }
  expect(Object.keys(metrics.seconds).length).toBeGreaterThan(8);
});

test("leaves the files that DESIGN promises, by recipe and iteration", () => {
  for (const name of ["config.yaml", "environment.json", "metrics.json", "report.html", "table.txt"])
    expect(existsSync(join(run("a"), name)), name).toBe(true);
  const place = join(run("a"), "mucode", "iteration-1");
  expect(readdirSync(place).sort()).toEqual([
    "evaluation.jsonl",
    "generator",
    "rollouts.jsonl",
    "scores.jsonl",
    "sft.jsonl",
    "targets.jsonl",
    "validation.jsonl",
    "verifier",
  ]);
  expect(existsSync(join(place, "generator", "model.safetensors"))).toBe(true);
});

test("rollouts end at the first public pass and carry feedback only between turns", () => {
  const rollouts = lines<Rollout>("a", "mucode", "iteration-1", "rollouts.jsonl");
  expect(rollouts).toHaveLength(16 * 4);
  for (const { turns, stop } of rollouts) {
    turns.slice(0, -1).forEach((turn) => {
      expect(turn.public.verdict).not.toBe("passed");
      expect(turn.feedback).toMatch(/^Feedback: /);
    });
    expect(turns.at(-1)!.feedback).toBeNull();
    expect(stop).toBe(turns.at(-1)!.public.verdict === "passed" ? "passed-public" : "turn-limit");
  }
});

test("every visited state is relabelled once, and no private test is in what the generator reads", () => {
  const rollouts = lines<Rollout>("a", "mucode", "iteration-1", "rollouts.jsonl");
  const examples = lines<SftRow>("a", "mucode", "iteration-1", "sft.jsonl");
  const states = rollouts.reduce((sum, { turns }) => sum + turns.length, 0);
  expect(examples.reduce((sum, { weight }) => sum + weight, 0)).toBe(states);
  expect(new Set(examples.map(({ problem, completion }) => problem + completion[0]!.content)).size).toBe(16);
});

describe("the same command again", () => {
  test("finds everything done", async () => {
    const again = await mucode("train", config, "--out", run("a"), "--json");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(first.stdout));
    // No phase was in work: nothing was announced.
    expect(again.stderr).not.toMatch(/roll out/);
  }, 120_000);

  test("in another folder gives the same rollouts and results byte for byte", async () => {
    const second = await mucode("train", config, "--out", run("b"), "--json");
    expect(second.code).toBe(0);
    for (const recipe of ["rft", "mucode"]) {
      for (const name of [
        "rollouts.jsonl",
        "scores.jsonl",
        "sft.jsonl",
        "evaluation.jsonl",
        "targets.jsonl",
      ]) {
        const file = (of: string) => readFileSync(join(run(of), recipe, "iteration-1", name), "utf8");
        expect(file("b") === file("a"), `${recipe} ${name}`).toBe(true);
      }
    }
    const results = (finished: Finished) => JSON.stringify((JSON.parse(finished.stdout) as Metrics).results);
    expect(results(second)).toBe(results(first));
  }, 300_000);
});

test("mucode report draws a finished run anew; mucode evaluate measures it in another way", async () => {
  rmSync(join(run("a"), "report.html"));
  const report = await mucode("report", run("a"));
  expect(report.code).toBe(0);
  expect(existsSync(join(run("a"), "report.html"))).toBe(true);
  const evaluation = await mucode(
    "evaluate",
    run("a"),
    "--recipe",
    "mucode",
    "--turns",
    "1",
    "--candidates",
    "2",
    "--json",
  );
  expect(evaluation.code).toBe(0);
  const { results } = JSON.parse(evaluation.stdout) as Metrics;
  expect(results.systems).toHaveLength(1);
  expect(results.systems[0]!.bestOfN.candidates).toBe(2);
  expect(results.systems[0]!.greedy.strong).toHaveLength(1);
}, 120_000);

test("mucode evaluate measures a system of a run on a benchmark, with the run's own verifier", async () => {
  const out = run("on-pocket");
  const args = [
    "evaluate",
    run("a"),
    "--benchmark",
    "pocket",
    "--testless",
    "--limit",
    "4",
    "--samples",
    "2",
  ];
  const done = await mucode(...args, "--recipe", "mucode", "--max-tokens", "80", "--out", out, "--json");
  expect(done.code, done.stderr).toBe(0);
  const { model, verifier, results } = JSON.parse(done.stdout) as BenchmarkResults;
  expect(model).toBe(`${run("a")}, mucode 1`);
  expect(verifier).toBe(`${run("a")}, mucode 1, verifier`);
  expect(results.selectors).toHaveLength(5);
  expect(lines<SampledEvaluation>("on-pocket", "evaluation.jsonl")).toHaveLength(4);
  const which = await mucode(...args);
  expect(which.code).toBe(2);
  expect(which.stderr).toBe("mucode: --recipe: is needed: the run has base/0, rft/1, mucode/1\n");
}, 120_000);

describe("a damaged run directory is one clear line, and nothing in it is changed", () => {
  const phaseFile = (run: string, kind: string, name: string) => {
    const phase = readdirSync(join(run, "phases")).find((entry) => entry.startsWith(kind))!;
    return join(run, "phases", phase, name);
  };
  test.each<[string, (run: string) => void, RegExp]>([
    [
      "a changed file",
      (run) => appendFileSync(phaseFile(run, "rollouts", "rollouts.jsonl"), "x"),
      /rollouts\.jsonl: is not what the phase wrote/,
    ],
    ["a missing file", (run) => rmSync(phaseFile(run, "relabel", "sft.jsonl")), /sft\.jsonl: is missing/],
    [
      "a missing model",
      (run) => rmSync(phaseFile(run, "finetune", "model/model.safetensors")),
      /model\.safetensors: is missing/,
    ],
    [
      "a record that is no JSON",
      (run) => writeFileSync(phaseFile(run, "scores", "phase.json"), "{"),
      /phase\.json: can't be read/,
    ],
  ])("%s", async (name, spoil, line) => {
    const damaged = run(name.replaceAll(" ", "-"));
    cpSync(run("a"), damaged, { recursive: true, verbatimSymlinks: true });
    spoil(damaged);
    const metrics = readFileSync(join(damaged, "metrics.json"), "utf8");
    const refused = await mucode("report", damaged);
    expect(refused.stderr).toMatch(line);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
    expect(refused.code).toBe(2);
    expect(readFileSync(join(damaged, "metrics.json"), "utf8")).toBe(metrics);
  });

  test("a full disk is one line and exit code 1, and the run continues once there is room", async () => {
    // A file system of 300 KB of the run's own, as far as this kernel lets an ordinary process make one.
    const small = run("full");
    const script = `mount -t tmpfs -o size=300k none "$1" && "$2" "$3" train "$4" --out "$1/run" --quiet; code=$?; cp -a "$1" "$5"; exit $code`;
    const saved = run("full-saved");
    mkdirSync(small);
    const bin = join(repository, "bin", "mucode.js");
    const full = spawnSync(
      "unshare",
      [
        process.getuid?.() === 0 ? "-m" : "-rm",
        "sh",
        "-c",
        script,
        "sh",
        small,
        process.execPath,
        bin,
        config,
        saved,
      ],
      { encoding: "utf8" },
    );
    expect(full.stderr).toMatch(/the disk is full|No space left/i);
    expect(full.stderr.trim().split("\n")).toHaveLength(1);
    expect(full.status).toBe(1);
    const continued = await mucode("train", config, "--out", join(saved, "run"), "--json", "--quiet");
    expect(continued.code).toBe(0);
    expect((JSON.parse(continued.stdout) as Metrics).digest).toBe(
      (JSON.parse(first.stdout) as Metrics).digest,
    );
  }, 300_000);
});
