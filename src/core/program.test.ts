import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extractProgram } from "./program.ts";

const f = "def f(x):\n    return x";
const fenced = (code: string, language = "python") => `\`\`\`${language}\n${code}\n\`\`\``;
const documented = 'def f(x):\n    """Use it so:\n\n    ```python\n    f(1)\n    ```\n    """\n    return x';

const cases: Record<string, [what: string, completion: string, program: string][]> = {
  "one block": [
    ["in prose", `Here:\n${fenced(f)}\nDone.`, f],
    ["without a language", fenced("x = 1", ""), "x = 1"],
    ["tagged py, Python or python3", `${fenced(f, "Python")}`, f],
    ["with more behind the language", `${fenced(f, 'python title="a.py"')}`, f],
    ["in Pandoc's way", fenced(f, "{.python}"), f],
    ["of Windows newlines", "```python\r\ndef f():\r\n    pass\r\n```", "def f():\n    pass"],
    ["of old Macintosh newlines", "```python\rx = 1\r```", "x = 1"],
    ["of tildes", `~~~python\n${f}\n~~~`, f],
    ["of tildes around backticks", "~~~python\nx = '''\n```\n'''\n~~~", "x = '''\n```\n'''"],
    ["of four backticks around three", `\`\`\`\`python\nx = 1\n\`\`\`\n\`\`\`\``, "x = 1\n```"],
    ["with blank lines at its ends", "```python\n\n\nx = 1\n\n\n```", "x = 1"],
    ["with a byte order mark before it", `\uFEFF${fenced(f)}`, f],
    ["whose fence follows prose on its line", `Sure! Here it is: \`\`\`python\n${f}\n\`\`\``, f],
    ["whose last newline is missing", "```python\ndef f(x):\n    return x```\nThis works.", f],
    ["with words behind the closing fence", `\`\`\`python\n${f}\n\`\`\` This works.`, f],
    ["on one line", "```python print(input())```", "print(input())"],
    ["whose language stands on the next line", `\`\`\`\npython\n${f}\n\`\`\``, f],
    [
      "in a numbered list",
      `1. Write it:\n   \`\`\`python\n   def f(x):\n       return x\n   \`\`\`\n2. Done`,
      f,
    ],
    ["behind a list's mark", "- ```python\n  def f(x):\n      return x\n  ```", f],
    ["in a quotation", "> ```python\n> def f(x):\n>     return x\n> ```", f],
    ["that is indented inside its fence", "```python\n    def f(x):\n        return x\n```", f],
    ["indented by tabs", "\t```python\n\tdef f(x):\n\t    return x\n\t```", f],
    ["that is empty", "```python\n```", ""],
    ["with HTML entities, which are not decoded", fenced("x = 1 &lt; 2"), "x = 1 &lt; 2"],
    ["with bold and headings around it", `### Solution\n\n**Code:**\n\n${fenced(f)}\n\n### Notes\n* fast`, f],
  ],
  "fences in strings": [
    ["in a docstring", fenced(documented), documented],
    ["in a docstring of an unclosed block", `\`\`\`python\n${documented}`, documented],
    ["in a docstring without any block", documented, documented],
    ["in a text on one line", fenced('mark = "```"\nprint(mark)'), 'mark = "```"\nprint(mark)'],
    ["in a comment", fenced("x = 1  # not ```"), "x = 1  # not ```"],
    [
      "where the docstring never closes",
      '```python\ndef f():\n    """oops\n```\nprose',
      'def f():\n    """oops',
    ],
  ],
  "cut answers": [
    ["unclosed", "```python\ndef f(x):\n    return x", f],
    ["cut in the closing fence", "```python\ndef f(x):\n    return x\n``", `${f}\n\`\``],
    ["cut right behind the opening fence", "Here:\n```python", ""],
    ["opened anew instead of closed", `\`\`\`python\n${f}\n\`\`\`python\ny = 2\n\`\`\``, f],
  ],
  "several blocks: the first that is a solution": [
    ["of two solutions", `${fenced("a = 1")}\n${fenced("b = 2")}`, "a = 1"],
    [
      "of a brute force and a better one",
      `${fenced(f)}\nBetter:\n${fenced("def f(x):\n    return 1 * x")}`,
      f,
    ],
    ["before tests", `${fenced(f)}\nTests:\n${fenced("assert f(1) == 1")}`, f],
    ["behind a shell command", `${fenced("pip install numpy", "bash")}\n${fenced(f)}`, f],
    ["behind a shell command without a language", `${fenced("$ python3 main.py", "")}\n${fenced(f)}`, f],
    ["behind a shell command tagged as Python", `${fenced("pip install numpy")}\n${fenced(f)}`, f],
    ["behind an example of input", `${fenced("Input: 3\nOutput: 4", "")}\n${fenced(f)}`, f],
    ["behind expected output", `${fenced("3 4", "text")}\n${fenced(f, "")}`, f],
    ["behind a session", `${fenced(">>> f(1)\n1")}\n${fenced(f)}`, f],
    [
      "of a script behind a session",
      `${fenced(">>> 1 + 1\n2")}\n${fenced("print(input())")}`,
      "print(input())",
    ],
    ["behind a call", `For example:\n${fenced("print(f(3))  # 3")}\n${fenced(f)}`, f],
    ["behind asserts", `We need\n${fenced("assert f(1) == 1\nassert f(2) == 2")}\n${fenced(f)}`, f],
    ["behind tests as functions", `${fenced("def test_f():\n    assert f(1) == 1")}\n${fenced(f)}`, f],
    ["behind a stub", `Fill in:\n${fenced('def f(x):\n    """Does it."""\n    pass')}\n${fenced(f)}`, f],
    [
      "behind pseudo code in another language",
      `${fenced("function f(x) { return x }", "js")}\n${fenced(f)}`,
      f,
    ],
    ["behind an empty one", `${fenced("")}\n${fenced(f)}`, f],
    [
      "that reads its input, before one with functions",
      `${fenced("print(input())")}\n${fenced(f)}`,
      "print(input())",
    ],
    ["where there are only calls", `${fenced("print(1)")}\n${fenced("print(2)")}`, "print(1)"],
    [
      "where there is only another language",
      fenced("function f(x) { return x }", "js"),
      "function f(x) { return x }",
    ],
    ["where there is only a stub", fenced("def f(x):\n    pass"), "def f(x):\n    pass"],
  ],
  "behind thoughts": [
    ["with a block in them", `<think>\n${fenced("bad = 1")}\n</think>\n${fenced(f)}`, f],
    ["on one line", "<think>```python\nbad\n```</think>```python\ngood = 1\n```", "good = 1"],
    ["that never end", `<think>\nI could write\n${fenced("bad = 1")}\nbut`, ""],
    [
      "whose opening tag stood in the prompt",
      `I could write\n${fenced("bad = 1")}\n</think>\n\n${fenced(f)}`,
      f,
    ],
    [
      "that were cut inside a block",
      "so\n```python\nbad = 1\n</think>\n```python\ngood = 1\n```",
      "good = 1",
    ],
    ["called <thinking>", `<thinking>use ${fenced("bad = 1")}</thinking>${fenced(f)}`, f],
    ["twice", `<think>a</think><think>\n${fenced("bad = 1")}</think>\n${fenced(f)}`, f],
    ["before bare code", `<think>hm</think>\n${f}`, f],
    ["but not where they are only named", `I close \`</think>\` first.\n${fenced(f)}`, f],
    [
      "but not in a program",
      fenced('a = "<think>"\nb = t.split("</think>")'),
      'a = "<think>"\nb = t.split("</think>")',
    ],
  ],
  "no fences": [
    ["bare code", `${f}\n`, f],
    ["bare code behind prose", `Here is the function.\n\n${f}`, f],
    ["bare code before prose", `${f}\n\nThis function returns its argument.`, f],
    ["bare code behind a line that names the language", `python\n${f}`, f],
    ["comments above the code", `Sure:\n# the identity\n${f}`, `# the identity\n${f}`],
    ["code indented by four, as Markdown has it", "So:\n\n    def f(x):\n        return x\n\nDone.", f],
    ["[PYTHON] tags", `[PYTHON]\n${f}\n[/PYTHON]`, f],
    ["a chat format's end", `${f}\n<|eot_id|>`, f],
    ["a script", "n = int(input())\nprint(n)", "n = int(input())\nprint(n)"],
    ["prose with code in it", "Use `x = 1` for that.", ""],
    ["a refusal", "I can't solve this.", ""],
    ["prose that begins like a statement", "for example, you may sort them", ""],
    ["nothing", "", ""],
    ["white space", " \n\t\n", ""],
  ],
};

describe.each(Object.entries(cases))("%s", (_group, rows) => {
  test.each(rows)("%s", (_what, completion, program) => {
    expect(extractProgram(completion)).toBe(program);
  });
});

const statement = fc.constantFrom(
  "import math",
  "x = 1",
  "print('it''s')",
  'y = "a # b"  # c',
  "",
  "def g(a, b=2):\n    return a + b",
  'class A:\n    """A thing.\n\nWith prose. And more:\n    """\n    z = 3',
  "for i in range(3):\n\tprint(i)\n",
  "if x > 1: pass",
  "print(g(1))",
  "z = [\n    1,\n]",
);
/** Programs with code at both ends. */
const program = fc
  .array(statement, { minLength: 1, maxLength: 8 })
  .map((parts) => `a = 0\n${parts.join("\n")}\nb = 1`);

describe("whatever is written", () => {
  test("any program without a fence survives being fenced", () => {
    const line = fc.stringMatching(/^[a-z ()=:+]{0,20}[a-z)]$/);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
        const text = lines.join("\n");
        expect(extractProgram(`text\n\`\`\`python\n${text}\n\`\`\`\nmore`)).toBe(text);
      }),
    );
  });

  test("a well-fenced program comes out byte for byte, whatever fence and prose", () => {
    const prose = fc.constantFrom("", "Sure.", "It's here:\n", "1. first\n2. second", "Don't use `x`.");
    const mark = fc.constantFrom("```", "````", "~~~");
    fc.assert(
      fc.property(
        program,
        prose,
        prose,
        mark,
        fc.constantFrom("python", "py", ""),
        (text, before, after, fence, tag) => {
          const found = extractProgram(`${before}\n${fence}${tag}\n${text}\n${fence}\n${after}`);
          expect(found).toBe(text);
          expect(found).not.toContain(fence);
        },
      ),
    );
  });

  test("a plain program is itself, and so is what was extracted once", () => {
    fc.assert(
      fc.property(program, (text) => {
        expect(extractProgram(text)).toBe(text);
        expect(extractProgram(extractProgram(text))).toBe(text);
      }),
    );
  });

  test("never throws, gives plain newlines and no blank edges", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "```",
        "```python\n",
        "~~~\n",
        "\n",
        "\r\n",
        "<think>",
        "</think>",
        '"""',
        "'''",
        "'",
        "#",
        "> ",
      ),
      fc.constantFrom(
        "def f(x):\n",
        "    ",
        "\t",
        "x = 1\n",
        "- ",
        "`",
        "\\",
        "Prose here.\n",
        ">>> ",
        "\uFEFF",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const found = extractProgram(pieces.join(""));
        expect(found).not.toContain("\r");
        expect(found).toBe(found.replace(/^(?:[ \t]*\n)+/, ""));
        expect(found.split("\n").at(-1)!.trim() === "" && found !== "").toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    "```\n",
    '"""\n```\n',
    "```python\n'''\n",
    "<think>",
    "</think>\n",
    "    ",
    "a.",
    "(",
    "x = [",
    "> ",
    "# \n",
    "A b c ",
  ])("takes no more than a second for 200,000 characters of %j", (piece) => {
    const began = performance.now();
    extractProgram(piece.repeat(200_000 / piece.length));
    expect(performance.now() - began).toBeLessThan(1000);
  });

  // Runs of one character or word in every place where a rule looks for white space, words or an end.
  const runs = [..." \t\f\u2028aA_0`~'\"#->:."];
  const words = [
    " in ",
    ", a",
    "a, ",
    " a",
    "A b ",
    ") ",
    ")#",
    "f()",
    "[]",
    " : ",
    "a.",
    "Ab'`,- ",
    "1. ",
    "\\",
    "<think>",
  ];
  const around: [string, string][] = [
    ["", ""],
    ["", "!"],
    ["", "\n!"],
    ["", "`x`"],
    ["", " </think>\nx = 1"],
    ["x", "y"],
    ["x", "= 1 ="],
    ["x:", "!\n"],
    ["x: int", "-"],
    ["x,", "!"],
    ["Output:", "-"],
    ["for a", "x"],
    ["for a in b", ":x"],
    ["while ", "!"],
    ["if a:", "x"],
    ["def f", "!"],
    ["def f(x):", "!"],
    ["class A", "!"],
    ["import a", "!\u2028x"],
    ["from a", "!"],
    ["f(", "!"],
    ["f(", ")!\u2028"],
    ["python", "!\nx"],
    ["The word", "!x"],
    ["The ", "x"],
    ["---", "x"],
    ["```", "`"],
    ["```", "x"],
    ["~~~", "`"],
    ["text ```", "!"],
    ["text ```", "\nx = 1\n```"],
    ["```python", "`\nx = 1\n```"],
    ["```python\ndef f(x):", "!\n```"],
    ["```python\n", "x\n```\n```python\ndef f(): pass\n```"],
    ["```python\ndef f(x): return x\n```\n```python\ndef g(x):", "!\n```"],
    ["```\ninput", "!\n```"],
    ["```\nsys", "!\n```"],
    ["```\npip install", "!\n```"],
    ["```\n    def f(x):\n", "x\n```"],
  ];
  const seconds = (text: string) => {
    const began = performance.now();
    extractProgram(text);
    return Math.floor((performance.now() - began) / 1000);
  };

  test.each(around)(
    "takes no more than a second for 100 KB of anything between %j and %j",
    (before, after) => {
      for (const piece of [...runs, ...words]) {
        const text = before + piece.repeat(100_000 / piece.length) + after;
        expect([piece, seconds(text)]).toEqual([piece, 0]);
      }
    },
  );

  test.each([
    ["many lines under a deep fence", `${" ".repeat(50_000)}\`\`\`\n${"x\n".repeat(25_000)}`],
    ["many lines under a deeply quoted fence", `${"> ".repeat(25_000)}\`\`\`\n${">\n".repeat(25_000)}`],
    [
      "fences that are almost long enough",
      `${"~".repeat(33_000)}\n${"~".repeat(32_999)}!\n${"~".repeat(33_000)}`,
    ],
    [
      "a block that is indented less and less",
      `\`\`\`\n${" ".repeat(50_000)}def f(x):\n${" ".repeat(25_000)}x\n\`\`\``,
    ],
    ["strings that never close", `${"```\n'''\n".repeat(12_000)}`],
    ["strings without a fence that never close", `${"x = 1\n".repeat(8000)}${"'''\n".repeat(12_001)}`],
    ["the ends of thoughts on one line", "a </think> ".repeat(9000)],
    ["short thoughts on one line", "<think></think>".repeat(6600)],
  ])("takes no more than a second for %s", (_what, text) => {
    expect(seconds(text)).toBe(0);
  });

  test.each([
    ["x: int = 1", "x: int = 1"],
    ["x :List[int]|None= []", "x :List[int]|None= []"],
    ["a, *b = 1, 2", "a, *b = 1, 2"],
    ["a[0] **= 2", "a[0] **= 2"],
    ["x == 1", ""],
    ["for a in b: print(a)", "for a in b: print(a)"],
    ["for all inputs:", ""],
    ["for x: see below in the text", ""],
    ["for a in b:c", ""],
    ["while True:", "while True:"],
    ["while :", ""],
    ["if a: b = c", "if a: b = c"],
    ["if :", ""],
    ["try:", "try:"],
    ["try:x", ""],
    ["f(x)  # a call", "f(x)  # a call"],
    ["f(x) is called", ""],
    ["import os, sys", "import os, sys"],
    ["import it as soon as you can", ""],
    ["x = 1\nThat is all there is to it.", "x = 1"],
    ["x = 1\nThat is all there is to it", "x = 1\nThat is all there is to it"],
  ])("a line is code or prose: %j", (text, program) => {
    expect(extractProgram(text)).toBe(program);
  });

  test("what is found in a text is found where its lines end in white space", () => {
    const rows = Object.values(cases).flat();
    const stripped = (text: string) => text.replace(/[ \t]+$/gm, "").trim();
    fc.assert(
      fc.property(fc.constantFrom(...rows), fc.constantFrom(" ", "\t", "  \t "), ([, text, found], space) => {
        const spaced = text.replace(/\r\n?/g, "\n").replace(/(?<=\S)(?=\n|$)/g, space);
        expect(stripped(extractProgram(spaced))).toBe(stripped(found));
      }),
    );
  });
});
