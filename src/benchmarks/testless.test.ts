// Testless prompts must not show the public tests in other words, and must still say what to write.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { signatureOf, withoutExamples } from "./testless.ts";

describe("a signature", () => {
  const of = (statement: string, ...references: string[]) =>
    signatureOf({ entryPoint: "f", statement, references });

  test.each([
    ["from the statement", "def f(a: int) -> int:\n    '''adds'''", "def f(a: int) -> int:"],
    ["over several lines", "def f(\n    a,  # first\n    b=[1, 2],\n):\n  pass", "def f(a, b=[1, 2]):"],
    ["with brackets in texts", "def f(a=')', b={':': \"(\"}): return 0", "def f(a=')', b={':': \"(\"}):"],
    ["of one that waits", "async def f(a): pass", "async def f(a):"],
    ["of a method", "class A:\n    def f(self): pass", "def f(self):"],
    ["and not of another that begins alike", "def ff(x): pass\ndef f(y): pass", "def f(y):"],
  ])("%s", (_name, source, signature) => {
    expect(of(source)).toBe(signature);
    expect(of("Write f.", "x = 1", source)).toBe(signature);
  });

  test("is open where nothing defines the function, and empty where there is none", () => {
    expect(of("Write f.")).toBe("def f(...):");
    expect(of("Write f.", "f = lambda x: x", "def f(a")).toBe("def f(...):");
    expect(signatureOf({ statement: "Read n.", references: [] })).toBe("");
  });
});

describe("a statement without its examples", () => {
  const of = (docstring: string) =>
    withoutExamples({ style: "function", entryPoint: "f", statement: `def f(x):\n    """${docstring}"""\n` });

  test.each([
    ["doctests", " Adds.\n    >>> f(1)\n    2\n    3\n\n    Always.\n    ", " Adds.\n\n    Always.\n    "],
    ["calls with results", "Adds.\n    For example:\n    f(1) => 2\n    f('a') ➞ \"b\"\n    ", "Adds.\n    "],
    [
      "Input and Output",
      "Adds.\n    Example 1:\n        Input: 1\n        Output: 2\n    Note: x",
      "Adds.\n    Note: x",
    ],
  ])("has no %s", (_name, docstring, left) => {
    expect(of(docstring)).toBe(`def f(x):\n    """${left}"""\n`);
  });

  test("keeps what defines the function", () => {
    const recurrence = "f(0) -> 0\n    f(1) -> 1\n    f(n) -> f(n-1) + f(n-2).\n    ";
    expect(of(recurrence)).toContain(recurrence);
    expect(of("Returns f(x), in (0, 1).\n    ")).toContain("Returns f(x), in (0, 1).");
  });

  test("keeps code outside docstrings", () => {
    const statement = "def g(x):\n    return f(1) == 2\n";
    expect(withoutExamples({ style: "function", entryPoint: "f", statement })).toBe(statement);
  });
});

const data = process.env.MUCODE_DATA ?? "";
const records = <T>(path: string): T[] =>
  readFileSync(join(data, path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const dense = (text: string) => text.replace(/\s+/g, "").replaceAll("'", '"');

const absent = ["codecontests/test165.jsonl", "humanevalpack/humanevalpack.jsonl"].filter(
  (path) => data === "" || !existsSync(join(data, path)),
);
if (absent.length > 0) console.info(`skipped: MUCODE_DATA names no folder with ${absent.join(" and ")}`);

describe.skipIf(absent.length > 0)("on the real statements", () => {
  test("of CodeContests, no public input is left", () => {
    const shown = (text: string, input: string) => dense(text).includes(dense(input));
    let before = 0;
    for (const task of records<{ description: string; public_tests: { input: string[] } }>(
      "codecontests/test165.jsonl",
    )) {
      const statement = withoutExamples({ style: "stdio", statement: task.description });
      expect(statement.length).toBeGreaterThan(100);
      for (const input of task.public_tests.input.filter((text) => text.trim().length >= 3)) {
        if (shown(task.description, input)) before++;
        expect(shown(statement, input)).toBe(false);
      }
    }
    expect(before).toBe(274);
  });

  test("of HumanEval, the arguments of 2 of 322 shown docstring asserts are left, both of HumanEval/105", () => {
    let before = 0;
    const left: string[] = [];
    for (const task of records<{
      task_id: string;
      prompt: string;
      entry_point: string;
      example_test: string;
    }>("humanevalpack/humanevalpack.jsonl")) {
      const { task_id: id, prompt, entry_point: entryPoint } = task;
      const statement = dense(withoutExamples({ style: "function", entryPoint, statement: prompt }));
      expect(statement).toContain(`def${entryPoint}(`);
      for (const [, call] of task.example_test.matchAll(/assert\s+(.*?)\s*==/g)) {
        const given = dense(call!).slice(entryPoint.length + 1, -1);
        if (given.length < 3 || !dense(prompt).includes(given)) continue;
        before++;
        if (statement.includes(given)) left.push(id);
      }
    }
    expect(before).toBe(322);
    expect(left).toEqual(["Python/105", "Python/105"]);
  });
});
