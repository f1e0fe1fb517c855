// What the orchestrator itself costs: 100,000 rollouts on Pocket with a generator and a sandbox that answer at
// once. Prints CPU per turn and the highest resident memory; exits with 1 beyond 1 ms or 400 MB.
//   npm run bench:orchestrator [-- --json] [-- --rollouts 100000]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pocket } from "../dist/benchmarks/pocket/pocket.js";
import type { Outcome } from "../dist/core/outcome.js";
import { testCount } from "../dist/core/problem.js";
import type { Rollout } from "../dist/core/rollout.js";
import { Journal } from "../dist/experiment/journal.js";
import { syntheticGenerator } from "../dist/models/index.js";
import { collectRollouts } from "../dist/rollout/collect.js";
import type { Sandbox } from "../dist/sandbox/sandbox.js";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rollouts: { type: "string", default: "100000" } },
});
const problems = pocket.problems("train");
const samples = Math.ceil(Number(values.rollouts) / problems.length);

/** Twenty programs, as varied as a small model's; every third passes the public tests. */
const programs = Array.from(
  { length: 20 },
  (_, i) => `\`\`\`python\ndef f(xs):\n    return [x + ${i} for x in xs if x > ${i % 7}]\n\`\`\``,
);
const generator = syntheticGenerator({ completions: () => programs });
const sandbox: Sandbox = {
  async judge({ program, groups }) {
    const passes = program.length % 3 === 0;
    return groups.map((group): Outcome => {
      const total = testCount(group);
      if (passes) return { verdict: "passed", passed: total, total };
      const failure = { test: 0, input: "f([1, 2, 3])", expected: "[2]", actual: "[1, 2]" };
      return { verdict: "wrong", passed: 0, total, failure };
    });
  },
  close: async () => {},
};

const folder = mkdtempSync(join(tmpdir(), "mucode-bench-"));
const keyOf = (rollout: Rollout) => `${rollout.problem}#${rollout.sample}`;
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 50);
try {
  const file = join(folder, "rollouts.jsonl");
  const journal = await Journal.open<Rollout>(file, keyOf);
  const options = {
    samples,
    turns: 3,
    sampling: [{ temperature: 0.8, topP: 1, maxTokens: 96 }],
    runSeed: 1,
    purpose: "bench",
    concurrency: 256,
  };
  let turns = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  await collectRollouts(
    problems,
    generator,
    sandbox,
    options,
    () => false,
    async (rollout) => {
      turns += rollout.turns.length;
      await journal.append(keyOf(rollout), rollout);
    },
  );
  await journal.finish(problems.flatMap(({ id }) => Array.from({ length: samples }, (_, i) => `${id}#${i}`)));
  const used = process.cpuUsage(before);
  peak = Math.max(peak, process.memoryUsage.rss());
  const result = {
    rollouts: problems.length * samples,
    turns,
    cpuMsPerTurn: (used.user + used.system) / 1000 / turns,
    wallSeconds: (performance.now() - start) / 1000,
    peakRssMb: peak / 2 ** 20,
    fileMb: statSync(file).size / 2 ** 20,
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${result.rollouts} rollouts, ${turns} turns: ${result.cpuMsPerTurn.toFixed(3)} ms CPU a turn, ` +
          `${Math.round(result.peakRssMb)} MB at most, ${result.wallSeconds.toFixed(1)} s\n`,
  );
  if (result.cpuMsPerTurn > 1 || result.peakRssMb > 400) process.exitCode = 1;
} finally {
  clearInterval(watch);
  rmSync(folder, { recursive: true });
}
