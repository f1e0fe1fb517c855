// Rebuilds Pocket's base model from nothing: corpus, tokenizer, pretraining. `npm run build:pocket` (≤ 10 minutes on two
// cores). Writes pocket/model, or the folder given as argument; the old model stays until the new one is whole.
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSeed, pretrainOptions, writeCorpus } from "../dist/benchmarks/pocket/build.js";
import { terminalProgress } from "../dist/cli/progress.js";
import { engineProgram, ensureEnvironment, localExecutor } from "../dist/jobs/index.js";

const target = resolve(process.argv[2] ?? join(import.meta.dirname, "..", "pocket", "model"));
const folder = mkdtempSync(join(tmpdir(), "mucode-pocket-"));
const environment = await ensureEnvironment((line) => console.error(line));
const executor = localExecutor({
  program: engineProgram(environment.python, pretrainOptions.threads),
  log: join(folder, "engine.log"),
  slots: 1,
});
const display = process.stderr.isTTY ? terminalProgress() : undefined;
try {
  const began = performance.now();
  const corpus = join(folder, "corpus.jsonl");
  await writeCorpus(corpus);
  const output = `${target}.new`;
  rmSync(output, { recursive: true, force: true });
  const spec = {
    kind: "pretrain",
    model: "",
    data: corpus,
    output,
    seed: buildSeed,
    options: pretrainOptions,
  };
  let progress;
  let step = 0;
  const result = await executor.train(spec, (now) => {
    progress ??= display?.phase("pretrain", now.steps, "steps");
    progress?.advance(now.step - step);
    progress?.note(`loss ${now.loss.toFixed(3)}`);
    step = now.step;
  });
  progress?.end();
  if (existsSync(target)) renameSync(target, `${target}.old`);
  renameSync(output, target);
  rmSync(`${target}.old`, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${target}: ${result.steps} steps, ${result.tokens} tokens, loss ${result.loss.toFixed(3)}, ${seconds} s`,
  );
} finally {
  display?.stop();
  await executor.close();
  rmSync(folder, { recursive: true, force: true });
}
