// A verifier needs right and wrong programs of one problem, and a recipe something to imitate: without, a run says why it
// can't go on.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import type { Problem } from "../../core/problem.ts";
import type { Rollout, Stop } from "../../core/rollout.ts";
import { Slots } from "../../core/slots.ts";
import { findRecipe } from "../../learning/recipes.ts";
import { parseConfig } from "../config-file.ts";
import { type Phase, PhaseStore } from "../phase-store.ts";
import { silent } from "../progress.ts";
import type { RunContext } from "../run-context.ts";
import { relabelPhase, verifierPhase } from "./learning.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-learning-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tests = { style: "function" as const, asserts: ["assert f() == 1"] };
const problemOf = (id: string): Problem => ({
  id,
  split: "train",
  prompt: id,
  publicTests: tests,
  privateTests: tests,
});
const outcome: Outcome = { verdict: "wrong", passed: 0, total: 1 };
/** One rollout of one turn: "R" is right, "w" is wrong, "c" never came to a turn. */
const rolloutOf = (problem: string, sample: number, kind: string): Rollout => ({
  problem,
  sample,
  turns:
    kind === "c"
      ? []
      : [
          {
            turn: 1,
            completion: kind,
            program: kind,
            public: outcome,
            private: outcome,
            correct: kind === "R",
            feedback: null,
            tokens: { prompt: 1, completion: 1 },
          },
        ],
  stop: (kind === "c" ? "context-limit" : "turn-limit") as Stop,
});

/** A run that has these rollouts, a word of kinds per problem, and whose executor refuses to work. */
function runWith(name: string, kinds: Record<string, string>, loss = "bradley-terry") {
  const place = join(folder, name);
  const rollouts = join(place, "rollouts");
  mkdirSync(rollouts, { recursive: true });
  const lines = Object.entries(kinds).flatMap(([id, word]) =>
    [...word].map((kind, sample) => JSON.stringify(rolloutOf(id, sample, kind))),
  );
  writeFileSync(join(rollouts, "rollouts.jsonl"), `${lines.join("\n")}\n`);
  const history: Phase = {
    kind: "rollouts",
    folder: rollouts,
    digest: "d",
    record: { kind: "rollouts", files: {}, tokens: { prompt: 0, completion: 0, training: 0 }, seconds: 0 },
  };
  const idle = () => Promise.reject(new Error("asked to work"));
  const run: RunContext = {
    config: parseConfig(`name: a\nverifier: { loss: ${loss} }`, "run.yaml"),
    benchmark: "mine.jsonl",
    problems: { train: Object.keys(kinds).map(problemOf), validation: [], test: [] },
    digests: { train: "p", measured: "m" },
    recipesCode: "r",
    base: { folder, digest: "b" },
    store: new PhaseStore(place, "code", new Slots(1)),
    executor: { serve: idle, train: idle, close: async () => {} },
    sandbox: { judge: idle, close: async () => {} },
    slots: 1,
    progress: silent,
  };
  return { run, history: [history] };
}

function training(...given: Parameters<typeof runWith>) {
  const { run, history } = runWith(...given);
  return verifierPhase(run, "train verifier", history);
}

describe("a verifier's training", () => {
  test("is not started where no problem has right and wrong programs, and the reason is said", async () => {
    await expect(training("wrong", { a: "www", b: "www" }, "bradley-terry")).rejects.toThrow(
      /^mine\.jsonl: none of the 2 training problems has both a right and a wrong program \(right: 0 of 6 rollouts\), .* use easier problems, more samples or a stronger model$/,
    );
    await expect(training("apart", { a: "ww", b: "RR" }, "bradley-terry")).rejects.toThrow(
      /right: 2 of 4 rollouts/,
    );
  });

  test("also says where the conversations were too long", async () => {
    await expect(training("long", { a: "ccw" }, "bradley-terry")).rejects.toThrow(
      /right: 0 of 3 rollouts; 2 episodes ended because the conversation outgrew the model's context/,
    );
    await expect(training("longer", { a: "cc" }, "bce")).rejects.toThrow(/has a program/);
  });

  test("is started otherwise", async () => {
    await expect(training("pair", { a: "wR", b: "ww" }, "bradley-terry")).rejects.toThrow("asked to work");
    await expect(training("labels", { a: "ww" }, "bce")).rejects.toThrow("asked to work");
  });
});

test("a recipe that finds nothing to imitate says what it looked for", async () => {
  const { run, history } = runWith("none", { a: "ww", b: "w" });
  await expect(relabelPhase(run, findRecipe("star")!, [], history)).rejects.toThrow(
    /^mine\.jsonl: the recipe star keeps the first state of a rollout, where its first answer is right, and the 2 training problems have none, .* or another recipe$/,
  );
  const solved = runWith("some", { a: "wR", b: "w" });
  await expect(relabelPhase(solved.run, findRecipe("star")!, [], solved.history)).resolves.toBeDefined();
});
