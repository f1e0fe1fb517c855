// The local executor over a fake engine: the conformance suite, and every way in which an engine can fail.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { WorkError } from "../src/core/errors.ts";
import { drawIndex, randomStream } from "../src/core/seed.ts";
import { engineProgram } from "../src/jobs/engine.ts";
import type { Executor, ServeSpec, TrainSpec } from "../src/jobs/executor.ts";
import { localExecutor } from "../src/jobs/local.ts";
import { classifyVerifier, type VerifierClient } from "../src/models/classify.ts";
import { executorConformance } from "./executor.conformance.ts";
import { descendantsOf, isRunning, until } from "./processes.ts";

const fakeHost = join(import.meta.dirname, "fixtures", "fake-host.mjs");
const folder = mkdtempSync(join(tmpdir(), "mucode-executor-"));
const logFile = join(folder, "engine.log");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The fake engine in the environment that the real one gets. */
function fakeProgram(manner = "well") {
  return {
    ...engineProgram("unused", 1),
    command: process.execPath,
    args: [fakeHost, manner, join(folder, "host")],
  };
}

function serving(model: string): ServeSpec {
  return { model, task: "classify", dtype: "auto", device: "cpu", threads: 1, maxBatch: 8 };
}

function training(model: string, output = join(folder, `${model}-output`)): TrainSpec {
  return { kind: "verifier", model, data: "data.jsonl", output, seed: 1, options: {} };
}

executorConformance("local, with a fake engine", async () => {
  const outputs = mkdtempSync(join(tmpdir(), "mucode-outputs-"));
  const spec = serving(join(outputs, "model"));
  return {
    executor: localExecutor({ program: fakeProgram(), log: join(outputs, "engine.log"), slots: 2 }),
    generator: { ...spec, task: "generate" },
    verifier: spec,
    training: training("model"),
    folder: outputs,
  };
});

describe("what the engine's failures become", () => {
  const open: Executor[] = [];
  function executor(manner?: string, more: { readySeconds?: number; slots?: number } = {}): Executor {
    const made = localExecutor({ program: fakeProgram(manner), log: logFile, slots: 2, ...more });
    open.push(made);
    return made;
  }
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  test("an engine that cannot start is quoted", async () => {
    const failing = executor("no-start").serve(serving("model"));
    await expect(failing).rejects.toThrow(
      `the engine did not start: it ended with code 1; it last said: Traceback: no module named torch (log: ${logFile})`,
    );
  });

  test("an engine that is killed on its way up is started once more", async () => {
    await expect(executor("killed-at-first-start").train(training("model"))).resolves.toMatchObject({
      steps: 3,
    });
  });

  test("whatever is killed, and whenever, every request is answered", async () => {
    const random = randomStream(5);
    const made = executor();
    const served = await Promise.all(["a", "b"].map((name) => made.serve(serving(name))));
    const verifiers = served.map((one) => classifyVerifier(one));
    let killing = true;
    const ask = async (verifier: VerifierClient) => {
      for (let asked = 0; killing || asked < 50; asked++) {
        const answer = await verifier.score([{ role: "user", content: String(asked) }]);
        expect(answer).toBe(0.5);
      }
    };
    const asking = Promise.all(verifiers.map(ask));
    asking.catch(() => {}); // Awaited below.
    for (let kills = 0; kills < 8; kills++) {
      await sleep(300 + 400 * random());
      const alive = descendantsOf(process.pid);
      if (alive.length > 0) process.kill(alive[drawIndex(random, alive.length)]!, "SIGKILL");
    }
    killing = false;
    await asking;
    for (const verifier of verifiers) await verifier.close();
  });

  test("an engine that does not become ready is killed at the limit", async () => {
    const failing = executor("never-ready", { readySeconds: 0.3 }).serve(serving("model"));
    await expect(failing).rejects.toThrow("the engine was not ready within 0.3 s");
    await until(() => descendantsOf(process.pid).length === 0, 2, "the engine is gone");
  });

  test("closing ends an engine that is still starting", async () => {
    const made = executor("never-ready");
    const failing = made.train(training("model")).catch((error) => error.message);
    await until(() => descendantsOf(process.pid).length > 0, 5, "the engine starts");
    await made.close();
    expect(descendantsOf(process.pid)).toEqual([]);
    expect(await failing).toContain("the engine did not start: it ended with SIGKILL");
  });

  test("a program that does not exist is a failed start", async () => {
    const program = { ...fakeProgram(), command: join(folder, "no-such-python") };
    const made = localExecutor({ program, log: logFile, slots: 1 });
    await expect(made.train(training("model"))).rejects.toThrow("the engine did not start: spawn");
    await made.close();
  });

  test("wrong input is told at once, with its place", async () => {
    const failing = executor().train(training("missing"));
    await expect(failing).rejects.toMatchObject({ name: "InputError", where: "missing" });
    await expect(failing).rejects.toThrow("missing: no config.json here; expected a model folder");
  });

  test("a full disk is told at once", async () => {
    const error = await executor()
      .train(training("full-disk"))
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(WorkError);
    expect(error.message).toBe("training the verifier: no space left on device");
    expect(readFileSync(logFile, "utf8")).not.toContain("full-disk; training once more");
  });

  test("a bug is tried twice and then told in one line, the traceback being in the log", async () => {
    await expect(executor().train(training("bug"))).rejects.toThrow(
      `training the verifier: KeyError: 'x' (log: ${logFile})`,
    );
    expect(readFileSync(logFile, "utf8").match(/Traceback \(most recent call last\)/g)).toHaveLength(2);
  });

  test("a job that is killed once is run again and succeeds", async () => {
    const spec = training("killed-once");
    await expect(executor().train(spec)).resolves.toMatchObject({ steps: 3 });
    expect(existsSync(spec.output)).toBe(true);
  });

  test("a job that is killed twice is told with the likely cause and the last words", async () => {
    await expect(executor().train(training("killed"))).rejects.toThrow(
      /training the verifier: it was killed by signal SIGKILL \(out of memory\?\); it last said:.*too much memory/,
    );
  });

  test("a server that never comes up is given up after a few starts", async () => {
    await expect(executor().serve(serving("killed"))).rejects.toThrow(
      /serving killed: it was killed by signal SIGKILL/,
    );
  });

  test("a server that dies during its start is started again", async () => {
    const served = await executor().serve(serving(join(folder, "killed-once")));
    await expect(served.ready()).resolves.toBeUndefined();
    await served.stop();
  });

  test("a job whose engine dies under it is run again in a new engine", async () => {
    const spec = training("killed-once", join(folder, "again"));
    await expect(executor("dies-with-first-job").train(spec)).resolves.toMatchObject({ steps: 3 });
    expect(readFileSync(logFile, "utf8")).toContain("it ended with code 3");
  });

  test("training jobs take turns when their threads exceed the slots", async () => {
    const made = executor("well", { slots: 2 });
    const order: string[] = [];
    const specs = ["a", "b"].map((label) => ({ ...training(label), options: { threads: 2 } }));
    const run = (spec: TrainSpec) =>
      made
        .train(spec, ({ step }) => step === 1 && order.push(spec.model))
        .then(() => order.push(`${spec.model} done`));
    await Promise.all(specs.map(run));
    expect(order).toEqual(["a", "a done", "b", "b done"]);
  });

  test("the engine's environment holds no secrets", () => {
    process.env.HF_TOKEN = "secret";
    expect(JSON.stringify(engineProgram("python", 3).env)).not.toContain("secret");
    expect(engineProgram("python", 3).env).toMatchObject({ OMP_NUM_THREADS: "3", HF_HUB_OFFLINE: "1" });
    delete process.env.HF_TOKEN;
  });
});

describe("when the orchestrator is killed", () => {
  /** A process of its own needs the compiled form. */
  const compiled = join(import.meta.dirname, "..", "dist", "jobs", "local.js");

  test("the engine and its jobs die with it", async () => {
    const script = `
      const { localExecutor } = await import(${JSON.stringify(compiled)});
      const executor = localExecutor(${JSON.stringify({ program: fakeProgram(), log: logFile, slots: 1 })});
      await executor.serve(${JSON.stringify(serving("model"))});
      console.log("up");
      await executor.train(${JSON.stringify(training("endless"))});`;
    const orchestrator = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => orchestrator.stdout.once("data", resolve));
    await until(() => descendantsOf(orchestrator.pid!).length === 3, 5, "engine, server and training run");
    const below = descendantsOf(orchestrator.pid!);
    orchestrator.kill("SIGKILL");
    await until(() => !below.some(isRunning), 5, "all of them are gone");
  }, 30_000);
});
