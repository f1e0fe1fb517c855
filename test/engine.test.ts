// The local executor over the real engine, with a tiny random model: the same conformance suite as over the fake one.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { WorkError } from "../src/core/errors.ts";
import { engineFolder, engineProgram } from "../src/jobs/engine.ts";
import type { ServeSpec, TrainSpec } from "../src/jobs/executor.ts";
import { findEnvironment, localExecutor } from "../src/jobs/index.ts";
import { executorConformance } from "./executor.conformance.ts";

/** Verifier pairs: enough for a few steps. */
function pairs(): string {
  const rows = Array.from({ length: 16 }, (_, index) => ({
    prompt: [{ role: "user", content: `the sum of ${index} numbers` }],
    chosen: [{ role: "assistant", content: "def f(x): return sum(x)" }],
    rejected: [{ role: "assistant", content: `def f(x): return ${index}` }],
  }));
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

executorConformance("local, with the engine", async () => {
  const environment = await findEnvironment();
  if (environment === undefined) throw new WorkError("no engine environment: run node scripts/bootstrap.mjs");
  const program = engineProgram(environment.python, 1);
  const folder = mkdtempSync(join(tmpdir(), "mucode-engine-"));
  const generator = join(folder, "generator");
  const makeModel = `import sys; from tests.tiny import make_model; make_model(sys.argv[1])`;
  await promisify(execFile)(program.command, ["-c", makeModel, generator], {
    cwd: engineFolder,
    env: program.env,
  });
  const data = join(folder, "pairs.jsonl");
  writeFileSync(data, pairs());
  const options = { epochs: 1, learning_rate: 0.001, batch_problems: 8, threads: 1, device: "cpu" };
  const training: TrainSpec = {
    kind: "verifier",
    model: generator,
    data,
    output: join(folder, "verifier"),
    seed: 1,
    options,
  };
  const executor = localExecutor({ program, log: join(folder, "engine.log"), slots: 2 });
  await executor.train(training);
  const spec: ServeSpec = {
    model: generator,
    task: "generate",
    dtype: "float64",
    device: "cpu",
    threads: 1,
    maxBatch: 8,
  };
  return {
    executor,
    generator: spec,
    verifier: { ...spec, task: "classify", model: training.output },
    training,
    folder,
  };
});
