// What every Executor must do, as a suite: the local one passes it with a fake engine and with the real one.
import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../src/core/errors.ts";
import type { Executor, Served, ServeSpec, TrainProgress, TrainSpec } from "../src/jobs/executor.ts";
import { classifyVerifier } from "../src/models/classify.ts";
import { openAiGenerator } from "../src/models/openai.ts";
import { childrenOf, descendantsOf, isRunning, until } from "./processes.ts";

export interface Subject {
  executor: Executor;
  generator: ServeSpec;
  verifier: ServeSpec;
  /** A small job; `output` is replaced. */
  training: TrainSpec;
  /** Folder for outputs, removed at the end. */
  folder: string;
}

const message = [{ role: "user", content: "Write f." }] as const;
const dialogue = [...message, { role: "assistant", content: "def f(): pass" }] as const;
const sampling = { temperature: 1, topP: 1, maxTokens: 4 };

/** Asks one request after the other until the server behind the handle has been replaced. */
async function askWhile(served: Served, ask: () => Promise<unknown>, act: () => void): Promise<void> {
  const before = served.url;
  await ask();
  act();
  const limit = performance.now() + 60_000;
  while (served.url === before && performance.now() < limit) await ask();
  await ask();
  expect(served.url).not.toBe(before);
}

export function executorConformance(name: string, prepare: () => Promise<Subject>): void {
  describe(`executor: ${name}`, () => {
    let subject: Subject;
    let executor: Executor;
    const output = (label: string) => join(subject.folder, label);

    beforeAll(async () => {
      subject = await prepare();
      executor = subject.executor;
    }, 120_000);

    afterAll(async () => {
      await executor?.close();
      rmSync(subject.folder, { recursive: true, force: true });
    }, 60_000);

    /** The warm process of this executor, our only child with children of its own. */
    const host = () => childrenOf(process.pid).find((child) => childrenOf(child).length > 0)!;

    test("serves a generator and a verifier at once, each under the name of its folder", async () => {
      const [generating, judging] = await Promise.all([
        executor.serve(subject.generator),
        executor.serve(subject.verifier),
      ]);
      const generator = openAiGenerator(generating);
      const verifier = classifyVerifier(judging);
      expect(generating.model).toBe(basename(subject.generator.model));
      const completions = await generator.generate(message, 1, sampling, 1);
      expect(completions[0]?.tokens.completion).toBeGreaterThan(0);
      expect(await verifier.score(dialogue)).toEqual(expect.any(Number));
      await Promise.all([generating.stop(), judging.stop()]);
      expect(descendantsOf(process.pid)).toHaveLength(1);
      await expect(generating.ready()).rejects.toThrow("has been stopped");
      await Promise.all([generator.close(), verifier.close()]);
    }, 120_000);

    test("a server that is killed comes back behind its handle, and no request is lost", async () => {
      const served = await executor.serve(subject.verifier);
      const verifier = classifyVerifier(served);
      const kill = () => process.kill(childrenOf(host())[0]!, "SIGKILL");
      await askWhile(served, () => verifier.score(dialogue), kill);
      await verifier.close();
      await served.stop();
    }, 120_000);

    test("so does everything when the warm process itself is killed", async () => {
      const served = await executor.serve(subject.verifier);
      const verifier = classifyVerifier(served);
      const orphans = childrenOf(host());
      const kill = () => process.kill(host(), "SIGKILL");
      await askWhile(served, () => verifier.score(dialogue), kill);
      await until(() => !orphans.some(isRunning), 5, "its jobs die with the warm process");
      await verifier.close();
      await served.stop();
    }, 120_000);

    test("trains: progress by steps, then a result and the output folder", async () => {
      const progress: TrainProgress[] = [];
      const spec = { ...subject.training, output: output("trained") };
      const result = await executor.train(spec, (step) => progress.push(step));
      expect(existsSync(spec.output)).toBe(true);
      const steps = progress.map((one) => one.step);
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
      expect(progress.at(-1)).toMatchObject({ step: result.steps, steps: result.steps });
      expect(result.tokens).toBeGreaterThan(0);
    }, 120_000);

    test("trains two jobs at once", async () => {
      const specs = ["first", "second"].map((label) => ({ ...subject.training, output: output(label) }));
      const results = await Promise.all(specs.map((spec) => executor.train(spec)));
      expect(results[0]?.steps).toBe(results[1]?.steps);
      for (const spec of specs) expect(existsSync(spec.output)).toBe(true);
    }, 120_000);

    test("a missing model is the caller's error, and leaves nothing behind", async () => {
      const model = join(subject.folder, "missing");
      const spec = { ...subject.training, model, output: output("untrained") };
      await expect(executor.train(spec)).rejects.toBeInstanceOf(InputError);
      await expect(executor.serve({ ...subject.generator, model })).rejects.toThrow(model);
      expect(existsSync(spec.output)).toBe(false);
    }, 120_000);

    test("close ends the warm process and its jobs, and nothing starts afterwards", async () => {
      const served = await executor.serve(subject.verifier);
      await executor.close();
      await until(() => !descendantsOf(process.pid).some(isRunning), 5, "everything is gone");
      await expect(served.ready()).rejects.toThrow("has been stopped");
      await expect(executor.serve(subject.verifier)).rejects.toThrow("the engine has been stopped");
    }, 120_000);
  });
}
