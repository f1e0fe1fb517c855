// The words that the generator learns from. Pocket's model was trained on those of the first tables: not a byte of them
// may change. What is long or unstable is the business of the rest.
import { describe, expect, test } from "vitest";
import { feedbackText } from "./feedback.ts";
import type { Outcome } from "./outcome.ts";

const outcome = (
  verdict: Outcome["verdict"],
  failure: Partial<NonNullable<Outcome["failure"]>>,
): Outcome => ({
  verdict,
  passed: 0,
  total: 1,
  failure: { test: 0, ...failure },
});

test.each([
  [
    outcome("wrong", { input: "f([1, 2])", actual: "[1]", expected: "[3]" }),
    "f([1, 2]) returned [1], expected [3]",
  ],
  [
    outcome("wrong", { input: "f(1)", error: "AssertionError: assert f(1) < 0" }),
    "f(1) did not pass: AssertionError: assert f(1) < 0",
  ],
  [
    outcome("exception", { input: "f([])", error: "IndexError: list index out of range" }),
    "f([]) raised IndexError: list index out of range",
  ],
  [
    outcome("exception", { test: -1, error: "NameError: name 'x' is not defined", line: 3 }),
    "the program raised NameError: name 'x' is not defined (line 3)",
  ],
  [
    outcome("unparsable", { test: -1, error: "SyntaxError: invalid syntax", line: 2 }),
    "SyntaxError: invalid syntax (line 2)",
  ],
  [outcome("cpu-time", { input: "f(9)" }), "f(9) ran out of time"],
])("says what the public test showed", (given, text) => {
  expect(feedbackText(given)).toBe(`Feedback: ${text}`);
});

describe("what Pocket's model was trained on stays as it is", () => {
  test.each([
    [
      outcome("wrong", { input: "f('ab cd')", actual: "'a'", expected: "'ab'" }),
      "f('ab cd') returned 'a', expected 'ab'",
    ],
    [
      outcome("wrong", { input: "f({'a': 1}, ['b'])", actual: "{}", expected: "None" }),
      "f({'a': 1}, ['b']) returned {}, expected None",
    ],
    [
      outcome("wrong", { input: "f(255)", actual: "'0xff00ff'", expected: "'0xff'" }),
      "f(255) returned '0xff00ff', expected '0xff'",
    ],
    [
      outcome("wrong", { input: "f('/')", actual: "'/usr/bin'", expected: "'/tmp/a/b'" }),
      "f('/') returned '/usr/bin', expected '/tmp/a/b'",
    ],
    [
      outcome("exception", { input: "f(0)", error: "ZeroDivisionError: division by zero" }),
      "f(0) raised ZeroDivisionError: division by zero",
    ],
    [outcome("exception", { input: "f({})", error: "KeyError: 'a'", line: 2 }), "f({}) raised KeyError: 'a'"],
    [
      outcome("exception", {
        input: "f('a')",
        error: "TypeError: unsupported operand type(s) for /: 'str' and 'int'",
      }),
      "f('a') raised TypeError: unsupported operand type(s) for /: 'str' and 'int'",
    ],
    [
      outcome("unparsable", { error: "SyntaxError: expected ':'", line: 1 }),
      "SyntaxError: expected ':' (line 1)",
    ],
    [outcome("exception", { test: -1 }), "the program raised "],
    [outcome("wall-time", { input: "f(1)" }), "f(1) ran out of time"],
    [outcome("cpu-time", { test: -1 }), "the program ran out of time"],
    [outcome("memory", { input: "f(1)" }), "f(1) ran out of memory"],
    [outcome("output", { input: "f(1)" }), "f(1) printed too much"],
    [outcome("killed", { input: "f(1)" }), "f(1) was stopped"],
    [outcome("fault", { test: -1, error: "worker died" }), "the program was stopped"],
    [
      outcome("wrong", { input: "3\n1 2 3\n", actual: "5\n", expected: "6\n" }),
      "for input\n3\n1 2 3\n\nthe program printed\n5\n\nexpected\n6\n",
    ],
    [outcome("wrong", { input: "f(1)" }), "f(1) returned , expected "],
    [
      outcome("wrong", {
        input: `f('${"a".repeat(193)}')`.slice(0, 200),
        actual: "9".repeat(200),
        expected: "1",
      }),
      `f('${"a".repeat(193)}') returned ${"9".repeat(200)}, expected 1`,
    ],
  ])("%#", (given, text) => {
    expect(feedbackText(given)).toBe(`Feedback: ${text}`);
  });

  test("passed", () => {
    expect(feedbackText({ verdict: "passed", passed: 1, total: 1 })).toBe(
      "Feedback: all public tests passed",
    );
    expect(feedbackText({ verdict: "killed", passed: 0, total: 1 })).toBe(
      "Feedback: the program was stopped",
    );
  });
});

test.each(["", "3 1 2"])("the input %j is none of a call", (input) => {
  expect(feedbackText(outcome("wrong", { input, actual: "5\n", expected: "6\n" }))).toBe(
    `Feedback: for input\n${input}\nthe program printed\n5\n\nexpected\n6\n`,
  );
});

describe("what is long keeps both ends", () => {
  const long = `[${Array.from({ length: 400 }, (_, i) => i).join(", ")}]`;

  test("of a value", () => {
    const text = feedbackText(outcome("wrong", { input: "f(1)", actual: long, expected: "[1]" }));
    expect(text).toMatch(/^Feedback: f\(1\) returned \[0, 1, 2, .*….*, 398, 399\], expected \[1\]$/);
    expect(text.length).toBeLessThan(250);
  });

  test("of the call", () => {
    const text = feedbackText(outcome("wrong", { input: `f(${long}, 'end')`, actual: "1", expected: "2" }));
    expect(text).toMatch(/^Feedback: f\(\[0, 1, .*….*, 399\], 'end'\) returned 1, expected 2$/);
    expect(text.length).toBeLessThan(250);
  });

  test("of printed text", () => {
    const lines = Array.from({ length: 400 }, (_, i) => `line ${i}`).join("\n");
    const text = feedbackText(outcome("wrong", { input: `${lines}\n`, actual: lines, expected: "ok\n" }));
    expect(text).toMatch(
      /^Feedback: for input\nline 0\n[\s\S]*…[\s\S]*line 399\n\nthe program printed\nline 0\n[\s\S]*line 399\nexpected\nok\n$/,
    );
    expect(text.length).toBeLessThan(500);
  });

  test("of an error: its type and its last lines", () => {
    const error = `ValueError: ${"step\n".repeat(100)}cannot reach 17`;
    const text = feedbackText(outcome("exception", { input: "f(1)", error }));
    expect(text).toMatch(/^Feedback: f\(1\) raised ValueError: step\n[\s\S]*…[\s\S]*step\ncannot reach 17$/);
    expect(text.length).toBeLessThan(250);
  });

  test("without cutting a character in two", () => {
    for (let shift = 0; shift < 4; shift++) {
      const actual = "x".repeat(shift) + "😀".repeat(300);
      const text = feedbackText(outcome("wrong", { input: "f(1)", actual, expected: "1" }));
      expect(Buffer.from(text).toString()).toBe(text);
    }
  });
});

describe("nothing depends on the machine or the run", () => {
  test.each([
    ["<function f.<locals>.<lambda> at 0x7f3a5c1d2e50>", "<function f.<locals>.<lambda> at 0x…>"],
    ["[<__main__.Node object at 0x7fFF12>]", "[<__main__.Node object at 0x…>]"],
    ["[<__program__.Node object at 0x7fFF12>]", "[<__main__.Node object at 0x…>]"],
    ["<class '__program__.Node'>", "<class '__main__.Node'>"],
    ["'__program__'", "'__program__'"],
    ["'at 0x12 o clock'", "'at 0x12 o clock'"],
    ["'0x7f3a5c1d2e50'", "'0x7f3a5c1d2e50'"],
  ])("in the value %s", (actual, shown) => {
    const text = feedbackText(outcome("wrong", { input: "f(1)", actual, expected: "1" }));
    expect(text).toBe(`Feedback: f(1) returned ${shown}, expected 1`);
  });

  test.each([
    ["ValueError: bad <Node object at 0x7f3a5c1d2e50>", "ValueError: bad <Node object at 0x…>"],
    [
      "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/mucode-x1/data.txt'",
      "FileNotFoundError: [Errno 2] No such file or directory: '<path>'",
    ],
    [
      'ImportError: cannot import name (File "/usr/lib/python3.11/os.py")',
      'ImportError: cannot import name (File "<path>")',
    ],
    [
      "ValueError: time data '2020/01/02' does not match",
      "ValueError: time data '2020/01/02' does not match",
    ],
    ["ZeroDivisionError: 1/2/0", "ZeroDivisionError: 1/2/0"],
  ])("in the error %s", (error, shown) => {
    expect(feedbackText(outcome("exception", { input: "f(1)", error }))).toBe(
      `Feedback: f(1) raised ${shown}`,
    );
  });
});
