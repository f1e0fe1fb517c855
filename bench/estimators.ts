// What exact best-of-N costs: 1,000 problems with 1,000 scored samples each, all selectors, N = 1 … 11; making the samples
// isn't counted. Prints the seconds, and those of CPU time, which are the same on an idle machine and which others' work hardly
// stretches; exits with 1 where the CPU time is beyond 2 s.
//   npm run bench:estimators [-- --json] [-- --problems 1000] [-- --samples 1000]
import { parseArgs } from "node:util";
import { deriveSeed, randomStream } from "../dist/core/seed.js";
import { bestOfNAccuracy, selectorNames } from "../dist/evaluation/index.js";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    problems: { type: "string", default: "1000" },
    samples: { type: "string", default: "1000" },
  },
});
const [count, size, limit] = [Number(values.problems), Number(values.samples), 11];

// As varied as real ones: every problem has its own difficulty, and scores know something of what is right.
const problems = Array.from({ length: count }, (_, index) => {
  const random = randomStream(deriveSeed(1, "bench", index));
  const difficulty = random();
  const samples = Array.from({ length: size }, () => {
    const correct = random() > difficulty;
    const publicPassed = correct || random() < 0.1;
    return { publicPassed, score: random() + (correct ? 0.3 : 0), correct, right: correct && random() < 0.9 };
  });
  return { problem: `problem/${index}`, samples };
});

const time = (ties: "uniform" | "first") => {
  const before = process.cpuUsage();
  const start = performance.now();
  for (const name of selectorNames) bestOfNAccuracy(problems, name, limit, ties);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
};
const result = { samples: count * size, selectors: selectorNames.length, limit, ...time("uniform") };
const { seconds: firstSeconds } = time("first");
process.stdout.write(
  values.json
    ? `${JSON.stringify({ ...result, firstSeconds })}\n`
    : `${result.samples} samples, ${result.selectors} selectors, N = 1 … ${limit}: ${result.seconds.toFixed(2)} s ` +
        `(${result.cpuSeconds.toFixed(2)} s of CPU; ties to the first: ${firstSeconds.toFixed(2)} s)\n`,
);
if (result.cpuSeconds > 2) process.exitCode = 1;
