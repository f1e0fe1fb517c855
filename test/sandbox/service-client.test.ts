// The client of the service: the same interface as the local sandbox, over a network that fails.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError, WorkError } from "../../src/core/errors.ts";
import { connectSandbox } from "../../src/sandbox/index.ts";
import { ask, onLinux } from "./programs.ts";
import {
  calls,
  eventually,
  metricsOf,
  type ServiceProcess,
  sleeper,
  useServices,
} from "./service-process.ts";

describe.runIf(onLinux)("the client", () => {
  const { start, startOnce, client } = useServices();
  let shared: ServiceProcess;
  beforeAll(async () => {
    shared = await startOnce(["--workers", "1"]);
  });

  const good = calls("def f(x): return x", ["assert f(1) == 1"]);

  test("spreads jobs over servers, and goes on without one that dies", async () => {
    const [one, two] = await Promise.all([start(["--workers", "1"]), start(["--workers", "1"])]);
    const sandbox = client({ urls: ["http://127.0.0.1:9", one!.url, two!.url] });
    const jobs = Array.from({ length: 80 }, () => sandbox.judge(sleeper(0.1)));
    for (const { url } of [one!, two!])
      await eventually(async () => (await metricsOf(url)).get("jobs_accepted_total")! > 10, "both are asked");
    await one!.stop();
    for (const outcomes of await Promise.all(jobs))
      expect(outcomes).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
  });

  test("calls it a fault, never the program's, when no server answers", async () => {
    const sandbox = client({ url: "http://127.0.0.1:9", attempts: 3 });
    const outcomes = await ask(sandbox, "def f(x): return x", [
      ["assert f(1) == 1"],
      ["assert f(2) == 2", "assert f(3) == 3"],
    ]);
    const failure = { test: -1, error: expect.stringMatching(/ECONNREFUSED.*\(3 attempts\)/) };
    expect(outcomes).toEqual([
      { verdict: "fault", passed: 0, total: 1, failure },
      { verdict: "fault", passed: 0, total: 2, failure },
    ]);
  });

  test("waits for a server that starts late", async () => {
    const service = await start(["--workers", "1"]);
    const { port } = new URL(service.url);
    await service.stop();
    const sandbox = client({ url: service.url });
    const outcome = sandbox.judge(sleeper(0));
    await sleep(500);
    await start(["--workers", "1", "--port", port]);
    expect(await outcome).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
  });

  test("gives up what is under way when it is closed, and says so to late callers", async () => {
    const sandbox = client({ url: shared.url, concurrency: 2 });
    const jobs = [1, 2, 3, 4].map(() => sandbox.judge(sleeper(3)));
    await sleep(100);
    await sandbox.close();
    for (const [outcome] of await Promise.all(jobs))
      expect(outcome).toMatchObject({ verdict: "fault", failure: { error: "the sandbox was closed" } });
    await expect(sandbox.judge(sleeper(0))).rejects.toThrow(/closed/);
  });

  test("tells what is not its service, and what is no address", async () => {
    await expect(client({ url: `${shared.url}/elsewhere` }).judge(good)).rejects.toThrow(WorkError);
    for (const url of ["localhost:8765", "ftp://host", "http://user:secret@host", "http://host?x=1", ""]) {
      expect(() => connectSandbox({ url })).toThrow(InputError);
      expect(() => connectSandbox({ url })).not.toThrow(/secret/);
    }
    expect(() => connectSandbox({ urls: [] })).toThrow(InputError);
  });
});
