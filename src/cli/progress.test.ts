import { expect, test } from "vitest";
import { plainProgress, renderLine } from "./progress.ts";

const line = {
  name: "mucode 1: roll out",
  total: 200,
  unit: "rollouts",
  before: 50,
  done: 100,
  note: "",
  start: 0,
};

test("a line tells share, rate of this process alone, and time left", () => {
  expect(renderLine(line, 10_000, 120)).toBe(
    "mucode 1: roll out           ████████░░░░░░░░  50 %  100/200 rollouts  5/s  20 s left",
  );
});

test("a line never wraps", () => {
  expect(renderLine(line, 10_000, 40).length).toBeLessThan(40);
});

test("off a terminal a phase is one line, when it ends", () => {
  const lines: string[] = [];
  const phase = plainProgress((text) => lines.push(text)).phase("score", 3, "problems");
  phase.advance(3);
  phase.note("done");
  phase.end();
  phase.end();
  expect(lines).toEqual([expect.stringMatching(/^score +3\/3 problems in 0 s, done$/)]);
});

test("off a terminal a long phase is a line a minute, with rate and time left", () => {
  const lines: string[] = [];
  let now = 0;
  const phase = plainProgress(
    (text) => lines.push(text),
    () => now,
  ).phase("evaluate", 100, "problems");
  for (let minute = 0; minute < 3; minute += 0.5) {
    now = 60_000 * minute;
    phase.advance(15);
  }
  expect(lines).toEqual([
    expect.stringMatching(/^evaluate .* 45 % {2}45\/100 problems {2}0\.8\/s {2}73 s left$/),
    expect.stringMatching(/^evaluate .* 75 % {2}75\/100 problems {2}0\.6\/s {2}40 s left$/),
  ]);
});
