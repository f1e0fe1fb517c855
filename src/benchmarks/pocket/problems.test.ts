import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Tests } from "../../core/problem.ts";
import { type KnownProblem, makeProblems, problemCounts } from "./problems.ts";

const splits = ["train", "validation", "test"] as const;
const worlds = Object.fromEntries(splits.map((split) => [split, makeProblems(split)])) as Record<
  (typeof splits)[number],
  KnownProblem[]
>;
const everything = splits.flatMap((split) => worlds[split]);

function asserts(tests: Tests | undefined): string[] {
  return tests?.style === "function" ? tests.asserts : [];
}

function groups({ problem }: KnownProblem): string[][] {
  return [problem.publicTests, problem.privateTests, problem.strongTests].map(asserts);
}

test("splits have their sizes and ids", () => {
  for (const split of splits) {
    expect(worlds[split]).toHaveLength(problemCounts[split]);
    expect(worlds[split].map(({ problem }) => problem.id)).toEqual(
      worlds[split].map((_, index) => `pocket/${split}/${index}`),
    );
  }
});

test("no composition occurs twice, in one split or in two", () => {
  expect(new Set(everything.map(({ composition }) => composition)).size).toBe(everything.length);
});

test("every family has its share of every split", () => {
  for (const split of splits) {
    const families = worlds[split].map(({ composition }) => composition.split("/")[0]);
    for (const family of ["list", "words", "letters", "dict", "lookup", "rows", "digits", "range"]) {
      expect(families.filter((name) => name === family).length).toBeGreaterThan(0.05 * families.length);
    }
  }
});

test("making the problems again gives the same ones", () => {
  expect(makeProblems("validation")).toEqual(worlds.validation);
});

test("a problem has one public, four private and twelve strong tests, all different calls", () => {
  for (const known of everything) {
    expect(groups(known).map((group) => group.length)).toEqual([1, 4, 12]);
    const calls = groups(known)
      .flat()
      .map((line) => line.split(" == ")[0]);
    expect(new Set(calls).size).toBe(calls.length);
  }
});

test("the prompt shows the public test and no other", () => {
  for (const known of everything) {
    const lines = known.problem.prompt.split("\n");
    const [open, ...hidden] = groups(known);
    expect(lines.slice(1)).toEqual(open);
    for (const line of hidden.flat()) expect(known.problem.prompt).not.toContain(line);
    expect(known.problem.prompt.length).toBeLessThan(320);
  }
});

test("the reference program of every problem passes all its tests in real Python", () => {
  const script = `
import json, sys
for program, asserts in json.load(sys.stdin):
    scope = {}
    exec(program, scope)
    for line in asserts:
        try:
            exec(line, scope)
        except Exception as error:
            print(program, line, repr(error), sep="\\n")
`;
  const input = JSON.stringify(everything.map((known) => [known.reference, groups(known).flat()]));
  const { stdout, stderr, status } = spawnSync("python3", ["-c", script], {
    input,
    encoding: "utf8",
    timeout: 20_000,
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
}, 25_000);
