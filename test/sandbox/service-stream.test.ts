// Streams of jobs over HTTP: in order, at the pace of the judge, with backpressure in both directions.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { expectHonestPass, onLinux } from "./programs.ts";
import {
  calls,
  eventually,
  line,
  metricsOf,
  openStream,
  post,
  type ServiceProcess,
  sleeper,
  useServices,
} from "./service-process.ts";

describe.runIf(onLinux)("a stream of jobs", () => {
  const { start, startOnce, client } = useServices();
  let shared: ServiceProcess;
  beforeAll(async () => {
    shared = await startOnce(["--workers", "1"]);
  });

  test("is answered in order, while it is still being sent", async () => {
    const conversation = openStream(shared.url);
    conversation.write(line(1, sleeper(0.3)) + line(2, sleeper(0)).slice(0, 20));
    expect(await conversation.next()).toEqual({ id: 1, verdict: "passed", passed: true });
    const second = calls("def f(x): return 1", ["assert f(1) == 2"]);
    conversation.write("\n\n");
    expect(await conversation.next()).toEqual({ error: expect.stringMatching(/^line 2: not JSON/) });
    const another = openStream(shared.url);
    another.end([line(1, sleeper(0.4)), "\n", line(2, second), line(3, sleeper(0))].join(""));
    const results = [await another.next(), await another.next(), await another.next()];
    expect(results.map((result) => [result?.id, result?.verdict])).toEqual([
      [1, "passed"],
      [2, "wrong"],
      [3, "passed"],
    ]);
    expect(await another.next()).toBeUndefined();
  });

  test("is as long as it likes, and stands beside single jobs", async () => {
    const conversation = openStream(shared.url);
    const jobs = Array.from({ length: 1000 }, (_, n) => line(n, sleeper(0)));
    conversation.end(jobs.join(""));
    const beside = expectHonestPass(client({ url: shared.url }), 20);
    for (let n = 0; n < 1000; n++) expect(await conversation.next()).toMatchObject({ id: n, passed: true });
    expect(await conversation.next()).toBeUndefined();
    await beside;
  });

  test("says what is wrong with its first line by status, with a later one in its last line", async () => {
    const first = await post(`${shared.url}/v1/jobs`, '{"id": 1}\n');
    expect([first.status, first.body.error]).toEqual([
      400,
      expect.stringMatching(/^line 1: field "language"/),
    ]);
    const response = await fetch(`${shared.url}/v1/jobs`, {
      method: "POST",
      body: `${line(1, sleeper(0.2))}{"id": 2}\n${line(3, sleeper(0))}`,
    });
    const lines = (await response.text()).trim().split("\n");
    expect(lines.map((text) => JSON.parse(text))).toEqual([
      { id: 1, verdict: "passed", passed: true },
      { error: expect.stringMatching(/^line 2: field "language"/) },
    ]);
  });

  test("is read no faster than it is judged", async () => {
    const { url } = await start(["--workers", "1", "--slots", "1"]);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write("POST /v1/jobs HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    const padding = "#".repeat(200_000);
    const offered = 200;
    for (let n = 0; n < offered; n++) {
      const text = line(n, { ...sleeper(0.2), program: `import time\ntime.sleep(0.2)\n${padding}${n}` });
      socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    }
    await sleep(1500);
    // About ten are judged by now; the kernel's buffers hold some megabytes more.
    const taken = socket.bytesWritten - socket.writableLength;
    expect(taken).toBeLessThan((offered / 2) * 200_000);
    expect((await metricsOf(url)).get("jobs_accepted_total")).toBeLessThan(30);
    socket.destroy();
    await eventually(async () => (await metricsOf(url)).get("in_flight") === 0, "nothing is in flight");
  });
});
