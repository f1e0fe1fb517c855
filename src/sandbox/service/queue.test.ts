import { expect, test } from "vitest";
import type { Outcome } from "../../core/outcome.ts";
import type { SandboxJob } from "../sandbox.ts";
import { createMetrics } from "./metrics.ts";
import { CallerGone, Closing, createJobQueue } from "./queue.ts";

const passed: Outcome[] = [{ verdict: "passed", passed: 1, total: 1 }];
const job = (program: string): SandboxJob => ({ language: "python", program, groups: [] });

/** A queue before a judge that ends a job when it is told to. */
function setUp(atOnce: number, capacity: number) {
  const begun: string[] = [];
  const finish = new Map<string, (outcomes: Outcome[]) => void>();
  const metrics = createMetrics();
  const queue = createJobQueue({
    judge: ({ program }) => {
      begun.push(program);
      return new Promise((resolve) => finish.set(program, resolve));
    },
    atOnce,
    capacity,
    metrics,
  });
  const end = async (program: string) => {
    finish.get(program)!(passed);
    await new Promise(setImmediate);
  };
  return { queue, begun, end, metrics };
}
const never = new AbortController().signal;

test("jobs begin in order, so many at once, and more than may wait are refused", async () => {
  const { queue, begun, end } = setUp(2, 2);
  const places = ["a", "b", "c", "d", "e"].map((name) => queue.take(job(name)));
  expect(places.map((place) => place !== undefined)).toEqual([true, true, true, true, false]);
  expect([begun.join(), queue.inFlight, queue.waiting, queue.full()]).toEqual(["a,b", 2, 2, true]);
  await end("b");
  expect(begun.join()).toBe("a,b,c");
  expect(await places[1]!.outcomes).toEqual(passed);
  expect(queue.full()).toBe(false);
});

test("a job that is given up never begins and makes room; one that runs goes on", async () => {
  const { queue, begun, end, metrics } = setUp(1, 1);
  const running = queue.take(job("a"))!;
  const waiting = queue.take(job("b"))!;
  running.drop();
  waiting.drop();
  waiting.drop();
  await expect(waiting.outcomes).rejects.toThrow(CallerGone);
  expect(queue.take(job("c"))).toBeDefined();
  await end("a");
  expect(await running.outcomes).toEqual(passed);
  expect(begun.join()).toBe("a,c");
  expect(metrics.text({ queueLength: 0, inFlight: 0, workers: 1 })).toContain("jobs_dropped_total 1\n");
});

test("streams take turns for half of the queue and leave the other to single jobs", async () => {
  const { queue, begun, end } = setUp(1, 4);
  queue.take(job("a"));
  const admitted: string[] = [];
  const leaving = new AbortController();
  const turn = (name: string, signal = never) =>
    queue.takeInTurn(job(name), signal).then(() => admitted.push(name));
  const turns = [turn("s1"), turn("s2"), turn("s3", leaving.signal), turn("s4")];
  await Promise.all(turns.slice(0, 2));
  expect(admitted).toEqual(["s1", "s2"]);
  expect([queue.take(job("x")), queue.take(job("y")), queue.take(job("z"))].map(Boolean)).toEqual([
    true,
    true,
    false,
  ]);
  leaving.abort();
  await expect(turns[2]).rejects.toThrow(CallerGone);
  for (const name of ["a", "s1", "s2"]) await end(name);
  expect(admitted).toEqual(["s1", "s2", "s4"]);
  for (const name of ["x", "y", "s4"]) await end(name);
  expect(begun.join()).toBe("a,s1,s2,x,y,s4");
});

test("closing gives up all that waits, and waits for what runs", async () => {
  const { queue, begun, end } = setUp(1, 2);
  const running = queue.take(job("a"))!;
  const waiting = queue.take(job("b"))!;
  const turns = [queue.takeInTurn(job("c"), never), queue.takeInTurn(job("d"), never)];
  let idle = false;
  const closed = queue.close().then(() => {
    idle = true;
  });
  for (const gone of [waiting.outcomes, ...turns]) await expect(gone).rejects.toThrow(Closing);
  expect(() => queue.take(job("e"))).toThrow(Closing);
  expect(idle).toBe(false);
  await end("a");
  await closed;
  expect(await running.outcomes).toEqual(passed);
  expect(begun.join()).toBe("a");
  await queue.close();
});

test("what runs can be abandoned", async () => {
  const { queue } = setUp(1, 1);
  const running = queue.take(job("a"))!;
  void queue.close();
  queue.abandon();
  await expect(running.outcomes).rejects.toThrow(Closing);
});

test("the pause grows with what waits", async () => {
  const { queue } = setUp(1, 5000);
  expect(queue.pauseSeconds()).toBe(1);
  for (let i = 0; i < 5000; i++) queue.take(job(String(i)));
  expect(queue.pauseSeconds()).toBeGreaterThan(10);
  expect(queue.pauseSeconds()).toBeLessThanOrEqual(60);
});
