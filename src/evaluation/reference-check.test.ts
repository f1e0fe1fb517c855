import { expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { SandboxJob } from "../sandbox/index.ts";
import { type Checkable, checkReferences, setText } from "./reference-check.ts";

const passed: Outcome = { verdict: "passed", passed: 1, total: 1 };
const late: Outcome = { verdict: "cpu-time", passed: 0, total: 1, failure: { test: 0, error: "too late" } };
const wrong: Outcome = {
  verdict: "wrong",
  passed: 0,
  total: 1,
  failure: { test: 0, input: "f(1)", expected: "2", actual: `'${"x".repeat(500)}\n'` },
};
const fault: Outcome = { verdict: "fault", passed: 0, total: 1, failure: { test: -1, error: "died" } };

/** Each program is the name of its outcome. */
const check = (outcomes: Record<string, Outcome>, set: Partial<Checkable> = {}) =>
  checkReferences(
    { judge: async ({ program }: SandboxJob) => [outcomes[program]!], close: async () => {} },
    {
      name: "set",
      jobs: Object.keys(outcomes).map((id) => ({
        id,
        program: id,
        tests: { style: "function", asserts: ["assert f(1) == 2"] },
      })),
      published: Object.keys(outcomes).length,
      right: true,
      known: new Map(),
      ...set,
    },
    10,
  );

test("counts, and lists what failed with why", async () => {
  const set = await check({ a: passed, b: wrong });
  expect(set).toMatchObject({ passed: 1, total: 2, failed: ["b"], missing: 0, asExpected: false });
  const lines = setText(set).split("\n");
  expect(lines[0]).toMatch(/^set +1\/2 passed in/);
  expect(lines[1]).toMatch(/^ {2}b: wrong, 0 of 1 tests passed; at f\(1\), expected 2, got 'x{78}…$/);
  expect(lines).toHaveLength(3);
});

test("a known slow one may run out of time, and may do nothing else; a broken test may fail as it likes", async () => {
  const known = (kind: "slow" | "broken") => ({ known: new Map([["a", { kind, why: "…" }]]) });
  expect((await check({ a: late }, known("slow"))).asExpected).toBe(true);
  expect((await check({ a: wrong }, known("slow"))).asExpected).toBe(false);
  expect((await check({ a: wrong }, known("broken"))).asExpected).toBe(true);
  expect((await check({ a: late })).asExpected).toBe(false);
});

test("of wrong programs none may pass, and a fault rejects nothing", async () => {
  expect((await check({ a: wrong, b: late }, { right: false })).asExpected).toBe(true);
  expect((await check({ a: wrong, b: passed }, { right: false })).asExpected).toBe(false);
  expect((await check({ a: wrong, b: fault }, { right: false })).asExpected).toBe(false);
});

test("records that are missing are told", async () => {
  const set = await check({ a: passed }, { published: 3 });
  expect(set).toMatchObject({ missing: 2, asExpected: false });
  expect(setText(set)).toContain("2 published records are missing");
});
