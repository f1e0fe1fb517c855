// Measures Pocket's base model: greedy accuracy by turn on the test problems, and how many train problems get a right
// program in 15 rollouts. `npm run check:pocket`. Exits with 1 outside what docs/reference/pocket.md promises.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pocket } from "../dist/benchmarks/pocket/pocket.js";
import { evaluateGreedy } from "../dist/evaluation/evaluate-problem.js";
import { engineProgram, ensureEnvironment, localExecutor } from "../dist/jobs/index.js";
import { openAiGenerator } from "../dist/models/index.js";
import { collectRollouts, inParallel } from "../dist/rollout/collect.js";
import { createSandbox } from "../dist/sandbox/index.js";

const model = join(import.meta.dirname, "..", "pocket", "model");
const folder = mkdtempSync(join(tmpdir(), "mucode-pocket-"));
const { python } = await ensureEnvironment((line) => console.error(line));
const executor = localExecutor({ program: engineProgram(python, 2), log: join(folder, "log"), slots: 2 });
const sandbox = await createSandbox({ workers: 2, limits: { cpuSeconds: 0.5, wallSeconds: 60 } });
try {
  const spec = { model, task: "generate", dtype: "float64", device: "auto", threads: 2, maxBatch: 256 };
  const served = await executor.serve(spec);
  const generator = openAiGenerator(served, { concurrency: 256 });
  const test = pocket.problems("test");
  const within = [1, 2, 3].map((turn) => ({ turn, private: 0, strong: 0 }));
  const options = { turns: 3, candidates: 1, temperature: 0.8, topP: 1, maxTokens: 96, runSeed: 1 };
  await inParallel(test, 128, async (problem) => {
    const { stopped, private: right, strong } = await evaluateGreedy(problem, generator, sandbox, options);
    for (const row of within.filter(({ turn }) => stopped !== null && stopped <= turn)) {
      row.private += right ? 1 : 0;
      row.strong += strong ? 1 : 0;
    }
  });
  const train = pocket.problems("train");
  const solved = new Set();
  const verdicts = {};
  let turns = 0;
  const sampling = [{ temperature: 0.8, topP: 1, maxTokens: 96 }];
  const rollouts = { samples: 15, turns: 3, sampling, runSeed: 1, purpose: "rollouts/1", concurrency: 256 };
  await collectRollouts(
    train,
    generator,
    sandbox,
    rollouts,
    () => false,
    async (rollout) => {
      for (const turn of rollout.turns) {
        turns++;
        const bad = [turn.public.verdict, turn.private.verdict].find((verdict) => verdict !== "passed");
        verdicts[bad ?? "passed"] = (verdicts[bad ?? "passed"] ?? 0) + 1;
        if (turn.correct) solved.add(rollout.problem);
      }
    },
  );
  const percent = (part, whole) => Math.round((1000 * part) / whole) / 10;
  const result = {
    greedyPercentWithin: within.map(({ turn, private: right, strong }) => ({
      turn,
      private: percent(right, test.length),
      strong: percent(strong, test.length),
    })),
    trainSolvedPercent: percent(solved.size, train.length),
    firstFailurePercent: Object.fromEntries(Object.entries(verdicts).map(([k, n]) => [k, percent(n, turns)])),
  };
  console.log(JSON.stringify(result, null, 2));
  const first = result.greedyPercentWithin[0];
  const inRange = (value, low, high) => value >= low && value <= high;
  const kept = [first.private, first.strong].every((value) => inRange(value, 25, 45));
  if (!kept || !inRange(result.trainSolvedPercent, 60, 85)) process.exitCode = 1;
  await generator.close();
  await served.stop();
} finally {
  await executor.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}
