import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extractProgram } from "./program.ts";

describe("extractProgram", () => {
  const cases: [string, string, string][] = [
    ["a fenced block", "Here:\n```python\ndef f(x):\n    return x\n```\nDone.", "def f(x):\n    return x"],
    ["a fence without a language", "```\nx = 1\n```", "x = 1"],
    ["an unclosed fence", "```python\ndef f(x):\n    return x", "def f(x):\n    return x"],
    ["the first of two blocks", "```python\na = 1\n```\n```python\nb = 2\n```", "a = 1"],
    ["Windows newlines", "```python\r\ndef f():\r\n    pass\r\n```", "def f():\n    pass"],
    ["thoughts before the answer", "<think>```python\nbad\n```</think>```python\ngood = 1\n```", "good = 1"],
    ["bare code", "def f(x):\n    return x\n", "def f(x):\n    return x"],
    ["no code at all", "I can't solve this.", ""],
    ["an empty block", "```python\n```", ""],
    ["an empty completion", "", ""],
  ];
  test.each(cases)("takes %s", (_name, completion, program) => {
    expect(extractProgram(completion)).toBe(program);
  });

  test("any program without a fence survives being fenced", () => {
    const line = fc.stringMatching(/^[a-z ()=:+]{0,20}[a-z)]$/);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        const program = lines.join("\n");
        expect(extractProgram(`text\n\`\`\`python\n${program}\n\`\`\`\nmore`)).toBe(program);
      }),
    );
  });
});
