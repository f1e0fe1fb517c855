// The service form, from outside: real server processes, real jails, and everything that goes wrong with them.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { createSandbox, type SandboxJob } from "../../src/sandbox/index.ts";
import { childrenOf, descendantsOf, isRunning, until } from "../processes.ts";
import { repository } from "../run-process.ts";
import { expectHonestPass, onLinux, quick } from "./programs.ts";
import {
  calls,
  eventually,
  line,
  metricsOf,
  openStream,
  post,
  type ServiceProcess,
  sleeper,
  sumOf,
  token,
  useServices,
} from "./service-process.ts";

describe.runIf(onLinux)("the service", () => {
  const { start, startOnce, client } = useServices();
  let shared: ServiceProcess;
  beforeAll(async () => {
    shared = await startOnce(["--workers", "1"]);
  });

  test("gives the outcomes that the local sandbox gives", async () => {
    const jobs: SandboxJob[] = [
      calls("def f(x): return x + 1", ["assert f(1) == 2", "assert f(2) == 4", "assert f(5) == 6"]),
      calls("def f(x): return 'é😀\\ud800' * x", ["assert f(1) == 'é😀'", "assert f(0) == ''"]),
      calls('text = "\ud83d half a pair"\ndef f(): return 1', ["assert f() == 1"]),
      calls("def f(x): return [2**70, float('nan'), {1, 2}, b'\\0']", ["assert f(1) == 3"]),
      calls("def f(x):\n  raise KeyError(x)", ["assert f(1) == 2"]),
      calls("def f(x:", ["assert f(1) == 2"]),
      calls("import os\nos._exit(0)", ["assert f(1) == 2"]),
      calls("def f(x):\n  while True: pass", ["assert f(1) == 2"]),
      calls("def f(x): return len([0] * 10**9)", ["assert f(1) == 2"]),
      calls("def f(x): return 'a' * 200_000", ["assert f(1) == 2"]),
      calls("import ctypes\nctypes.string_at(0)", ["assert f(1) == 2"]),
      calls("import time\ndef f(x): time.sleep(9)", ["assert f(1) == 2"], { ...quick, wallSeconds: 0.4 }),
      {
        language: "python",
        program: "def f(x): return x\nif __name__ == '__main__': print(input())",
        groups: [
          { style: "function", asserts: ["assert f(1) == 1"] },
          { style: "stdio", cases: [{ input: "a\r\n", output: "a" }] },
          { style: "stdio", cases: [{ input: "", output: "a" }] },
        ],
      },
    ];
    const local = await createSandbox({ workers: 1 });
    try {
      const remote = client({ url: shared.url });
      const expected = await Promise.all(jobs.map((job) => local.judge(job)));
      expect(await Promise.all(jobs.map((job) => remote.judge(job)))).toEqual(expected);
      expect(new Set(expected.flat().map(({ verdict }) => verdict)).size).toBeGreaterThanOrEqual(9);
      for (const wrong of [calls("", ["x > 1"]), calls("", [], { ...quick, memoryMb: -1 })]) {
        await expect(async () => local.judge(wrong)).rejects.toThrow(InputError);
        await expect(remote.judge(wrong)).rejects.toThrow(InputError);
      }
    } finally {
      await local.close();
    }
  });

  test("gives 1,000 callers at once one verdict each, though its queue holds but a few", async () => {
    const { url } = await start(["--workers", "1", "--queue", "200"]);
    const sandbox = client({ url, concurrency: 1000 });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, n) => {
        const answers: unknown[] = [];
        const right = n % 2 === 0;
        const job = calls(`def f(x): return x + ${n}`, [`assert f(1) == ${right ? n + 1 : -1}`]);
        await sandbox.judge(job).then((outcomes) => answers.push(outcomes[0]!.verdict));
        return [n, ...answers, answers.length];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 1000 }, (_, n) => [n, n % 2 === 0 ? "passed" : "wrong", 1]));
    const metrics = await metricsOf(url);
    expect(metrics.get('jobs_refused_total{reason="full"}')).toBeGreaterThan(0);
    expect(metrics.get("jobs_accepted_total")).toBe(1000);
    expect(metrics.get('jobs_finished_total{verdict="passed"}')).toBe(500);
    expect(metrics.get('jobs_finished_total{verdict="wrong"}')).toBe(500);
    expect(metrics.get("judge_seconds_count")).toBe(1000);
    expect(metrics.get("queue_length")).toBe(0);
    expect(metrics.get("in_flight")).toBe(0);
  }, 120_000);

  test("refuses at once when its queue is full, and says when to come back", async () => {
    // Two jobs at once for each slot, and one that waits.
    const { url } = await start(["--workers", "1", "--slots", "1", "--queue", "1"]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`${url}/v1/judge`, sleeper(1.5))));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(refused).toHaveLength(5);
    for (const { headers, body } of refused) {
      expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
      expect(body).toEqual({ error: "the queue is full" });
    }
  });

  test("gives every job that it took one verdict or a fault when its workers are killed", async () => {
    const { url, pid } = await start(["--workers", "2"]);
    const jobs = Array.from({ length: 60 }, () => post(`${url}/v1/judge`, sleeper(0.25)));
    for (let round = 0; round < 3; round++) {
      await sleep(300);
      for (const worker of childrenOf(pid)) process.kill(worker, "SIGKILL");
    }
    const verdicts: unknown[] = [];
    for (const { status, body } of await Promise.all(jobs)) {
      if (status === 503) continue;
      expect(status).toBe(200);
      verdicts.push((body.outcomes as { verdict: string }[]).map(({ verdict }) => verdict).join());
    }
    expect(verdicts.length).toBeGreaterThan(30);
    for (const verdict of verdicts) expect(["passed", "fault"]).toContain(verdict);
    await expectHonestPass(client({ url }));
    await eventually(async () => (await metricsOf(url)).get("workers") === 2, "both workers are back");
    const metrics = await metricsOf(url);
    expect(metrics.get("worker_restarts_total")).toBeGreaterThanOrEqual(2);
    expect(metrics.get("jobs_accepted_total")).toBe(sumOf(metrics, "jobs_finished_total"));
  });

  test("drops the waiting job of a caller that leaves, and forgets the one that runs", async () => {
    const { url } = await start(["--workers", "1", "--slots", "1"]);
    const running = [sleeper(2.5), sleeper(2.5)].map((job) => post(`${url}/v1/judge`, job));
    await sleep(200);
    const gone = new AbortController();
    const left = Array.from({ length: 5 }, () =>
      post(`${url}/v1/judge`, sleeper(1), { signal: gone.signal }).catch((error) => error.name),
    );
    const stream = request(`${url}/v1/jobs`, { method: "POST" }).on("error", () => {});
    stream.write(line(1, sleeper(1)));
    await eventually(async () => (await metricsOf(url)).get("queue_length") === 6, "six wait");
    gone.abort();
    stream.destroy();
    expect(await Promise.all(left)).toEqual(Array(5).fill("AbortError"));
    await eventually(
      async () => (await metricsOf(url)).get("jobs_dropped_total") === 6,
      "all six are dropped",
    );
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
    const leaving = new AbortController();
    const runs = post(`${url}/v1/judge`, sleeper(0.5), { signal: leaving.signal }).catch(() => {});
    await eventually(async () => (await metricsOf(url)).get("in_flight") === 1, "one runs");
    leaving.abort();
    await runs;
    await eventually(async () => (await metricsOf(url)).get("in_flight") === 0, "it is over");
    const metrics = await metricsOf(url);
    expect(metrics.get("jobs_accepted_total")).toBe(9);
    expect(sumOf(metrics, "jobs_finished_total")).toBe(3);
  });

  test("finishes what runs when it is told to stop, and takes no more", async () => {
    const service = await start(["--workers", "1", "--slots", "1"]);
    const { url } = service;
    const processes = descendantsOf(service.pid);
    const running = [sleeper(1.5), sleeper(1.5)].map((job) => post(`${url}/v1/judge`, job));
    await sleep(200);
    const waiting = [sleeper(1), sleeper(1)].map((job) => post(`${url}/v1/judge`, job));
    const conversation = openStream(url);
    conversation.write("\n");
    await sleep(200);
    service.process.kill("SIGTERM");
    for (const { status, headers } of await Promise.all(waiting)) {
      expect(status).toBe(503);
      expect(headers.get("retry-after")).toBe("1");
    }
    expect(await conversation.next()).toEqual({ error: expect.stringMatching(/shutting down/) });
    expect((await fetch(`${url}/health`)).status).toBe(503);
    expect((await post(`${url}/v1/judge`, sleeper(0))).status).toBe(503);
    for (const { status, body } of await Promise.all(running)) {
      expect(status).toBe(200);
      expect(body.outcomes).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
    }
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(processes.length).toBeGreaterThan(0);
    await until(() => !processes.some(isRunning), 5, "its workers are gone");
  });

  test("does not wait for ever for what runs when it is told to stop", async () => {
    const service = await start(["--workers", "1", "--drain-seconds", "1"]);
    const running = post(`${service.url}/v1/judge`, {
      ...sleeper(20),
      limits: { ...quick, wallSeconds: 30 },
    });
    await sleep(200);
    const began = performance.now();
    service.process.kill("SIGTERM");
    expect((await running).status).toBe(503);
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("leaves no process behind when it is killed", async () => {
    const service = await start(["--workers", "2"]);
    const lost = Array.from({ length: 4 }, () =>
      post(`${service.url}/v1/judge`, sleeper(4)).catch(() => "lost"),
    );
    await until(() => descendantsOf(service.pid).length >= 6, 10, "workers and programs run");
    const processes = descendantsOf(service.pid);
    await service.stop();
    expect(await Promise.all(lost)).toEqual(Array(4).fill("lost"));
    await until(() => !processes.some(isRunning), 5, "everything that it started is gone");
  });
  test("answers as its page says", async () => {
    const page = readFileSync(join(repository, "docs/reference/sandbox-service.md"), "utf8");
    const examples = [...page.matchAll(/```bash\n([^`]*?\bcurl\b[^`]*)```\n\n```json\n([^`]*)```/g)];
    expect(examples.length).toBe(4);
    const service = await start(["--workers", "1"]);
    const guarded = await start(["--workers", "1"], { MUCODE_SANDBOX_TOKEN: token });
    for (const [, command, answer] of examples) {
      const { url } = command!.includes("authorization") ? guarded : service;
      const { stdout } = await promisify(execFile)(
        "sh",
        ["-c", command!.replaceAll("http://127.0.0.1:8765", url)],
        {
          env: { ...process.env, MUCODE_SANDBOX_TOKEN: token },
        },
      );
      expect(stdout).toBe(answer);
    }
  });
});
