// Feedback as the generator gets it, from programs that really ran: the same in every process and on every machine, with
// the lines of the program as it was written.
import { afterAll, beforeAll, expect, test } from "vitest";
import { feedbackText } from "../src/core/feedback.ts";
import type { Tests } from "../src/core/problem.ts";
import { createSandbox } from "../src/sandbox/local-sandbox.ts";
import type { Sandbox } from "../src/sandbox/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox({ workers: 1, cacheSize: 0 });
});
afterAll(() => sandbox.close());

const calls = (...asserts: string[]): Tests => ({ style: "function", asserts });
const told = async (program: string, tests: Tests) => {
  const [outcome] = await sandbox.judge({ language: "python", program, groups: [tests] });
  return feedbackText(outcome!).replace(/^Feedback: /, "");
};

test.each<[string, string, Tests, string | RegExp]>([
  ["values", "def f(x): return x + 1", calls("assert f(1) == 3"), "f(1) returned 2, expected 3"],
  [
    "the second test",
    "def f(x): return x",
    calls("assert f(1) == 1", "assert f(2) == 4"),
    "f(2) returned 2, expected 4",
  ],
  [
    "the program's own line",
    "import os\n\n\nx = y",
    calls("assert f(1) == 1"),
    "the program raised NameError: name 'y' is not defined (line 4)",
  ],
  [
    "the line of a slip",
    "def f(x):\n    return (x",
    calls("assert f(1) == 1"),
    "SyntaxError: '(' was never closed (line 2)",
  ],
  [
    "no path",
    "def f(): open('/tmp/none/such.txt')",
    calls("assert f() == 1"),
    /^f\(\) raised FileNotFoundError: \[Errno 2\] .*'<path>'$/,
  ],
  [
    "no path of the program",
    "def f(): raise ValueError(__file__)",
    calls("assert f() == 1"),
    /^f\(\) raised (?!.*\/\w+\/)/,
  ],
  [
    "no address",
    "class A: pass\ndef f(): raise ValueError(A())",
    calls("assert f() == 1"),
    "f() raised ValueError: <__main__.A object at 0x…>",
  ],
  [
    "no address in a test that is code",
    "def f(): return lambda: 1",
    calls("assert f() != 1 and f() == 2"),
    /^(?!.*0x[0-9a-f])/,
  ],
  [
    "no address in what is printed",
    "print(print, object())",
    { style: "stdio", cases: [{ input: "", output: "1\n" }] },
    /printed\n<built-in function print> <object object at 0x…>\n/,
  ],
  [
    "both ends of a value",
    "def f(): return list(range(1000))",
    calls("assert f() == [1]"),
    /^f\(\) returned \[0, 1, 2, .*….*, 998, 999\], expected \[1\]$/,
  ],
  [
    "both ends of a text",
    "def f(): return 'a' + 'b' * 9999 + 'c'",
    calls("assert f() == 'a'"),
    /^f\(\) returned 'ab+…b+c', expected 'a'$/,
  ],
  [
    "the end of an error",
    "def f(): raise ValueError('x' * 2000 + 'why')",
    calls("assert f() == 1"),
    /^f\(\) raised ValueError: x+….*xwhy$/,
  ],
  [
    "the end of what is printed",
    "print('\\n'.join(map(str, range(2000))))",
    { style: "stdio", cases: [{ input: "5\n", output: "1\n" }] },
    /^for input\n5\n\nthe program printed\n0\n1\n[\s\S]*…[\s\S]*\n1999\n/,
  ],
])("tells %s", async (_what, program, tests, text) => {
  const first = await told(program, tests);
  expect(first).toMatch(
    typeof text === "string" ? new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`) : text,
  );
  expect(first.length).toBeLessThan(700);
  expect(await told(program, tests)).toBe(first);
});
