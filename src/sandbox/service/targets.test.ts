import { expect, test } from "vitest";
import { makeTargets, pick, restMs, retryAfterMs, spread } from "./targets.ts";

test("the server with the fewest requests under way is asked, of those that do not rest", () => {
  const [a, b, c] = makeTargets(["a", "b", "c"]);
  const targets = [a!, b!, c!];
  a!.outstanding = 2;
  b!.outstanding = 1;
  c!.restsUntil = 500;
  expect(pick(targets, new Map(), 100)).toBe(b);
  expect(pick(targets, new Map([[b!, 300]]), 100)).toBe(a);
  expect(pick(targets, new Map([[b!, 300]]), 500)).toBe(c);
});

test("where all rest, it says how long until the first is there", () => {
  const [a, b] = makeTargets(["a", "b"]);
  a!.restsUntil = 900;
  const full = new Map([[b!, 400]]);
  expect(pick([a!, b!], full, 150)).toBe(250);
  expect(pick([a!, b!], full, 400)).toBe(b);
});

test("a server that failed last is tried by one request, while others take the rest", () => {
  const [a, b] = makeTargets(["a", "b"]);
  a!.failures = 1;
  b!.outstanding = 50;
  expect(pick([a!, b!], new Map(), 0)).toBe(a);
  a!.outstanding = 1;
  expect(pick([a!, b!], new Map(), 0)).toBe(b);
  expect(pick([a!], new Map(), 0)).toBe(a);
});

test("pauses double up to ten seconds, and the server's wish counts where it is longer", () => {
  expect([1, 2, 3, 7, 8, 50].map((failures) => restMs(failures))).toEqual([
    100, 200, 400, 6400, 10000, 10000,
  ]);
  expect(restMs(1, 3000)).toBe(3000);
  expect(restMs(8, 3000)).toBe(10000);
});

test("jobs come back at different moments", () => {
  const moments = Array.from({ length: 100 }, (_, job) => spread(job, 1));
  expect(new Set(moments).size).toBe(100);
  expect(Math.min(...moments)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...moments)).toBeLessThan(1);
  expect(spread(3, 1)).toBe(spread(3, 1));
  expect(spread(3, 1)).not.toBe(spread(3, 2));
});

test.each([
  ["2", 2000],
  [" 0 ", 0],
  ["3600", 60_000],
  ["Thu, 01 Jan 2026 00:00:05 GMT", 5000],
  ["Thu, 01 Jan 2020 00:00:00 GMT", 0],
  ["soon", 0],
  ["-3", 0],
  [undefined, 0],
  [["4", "5"], 4000],
])("Retry-After %j is %j ms", (header, ms) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 1))).toBe(ms);
});
