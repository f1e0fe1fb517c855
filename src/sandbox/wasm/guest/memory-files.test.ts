// What the supervisor knows of a sleeping program, which it cannot look into: how long it has slept.
import { expect, test } from "vitest";
import { MemoryFiles } from "./memory-files.mjs";

const nothingReady = () => 0;

test("a sleeper tells its time while it sleeps, so that it is not taken for CPU time", () => {
  const alarm = new Int32Array(new SharedArrayBuffer(8));
  const files = new MemoryFiles(alarm);
  const began = performance.now();
  expect(files.poll(nothingReady, [0, 0, 60])).toBe(0);
  const slept = 1000 * (performance.now() - began);
  expect(alarm[1]).toBeGreaterThan(50_000);
  expect(alarm[1]).toBeLessThanOrEqual(slept + 1000);
});

test("it does not begin to sleep where the alarm has rung, nor where it only asks", () => {
  const alarm = new Int32Array(new SharedArrayBuffer(8));
  const files = new MemoryFiles(alarm);
  files.poll(nothingReady, [0, 0, 0]);
  Atomics.store(alarm, 0, 27);
  files.poll(nothingReady, [0, 0, 10_000]);
  expect(alarm[1]).toBe(0);
});
