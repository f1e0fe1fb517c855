// What the generator reads first: built-in templates, testless prompts, and templates of one's own.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { type PromptOptions, promptOf } from "./prompts.ts";
import type { Task } from "./task.ts";

const asserts = (...lines: string[]) => ({ style: "function" as const, asserts: lines });
const cost: Task = {
  id: "mbpp/1",
  split: "test",
  style: "function",
  statement: "Write a function to find the least cost.",
  publicTests: asserts("assert least([[1, 2]], 1) == 3"),
  privateTests: asserts("assert least([[77]], 0) == 77"),
  entryPoint: "least",
  references: ["import math\r\ndef least(cost, m=(1, ')')): \r\n\treturn 99"],
};
const shelf: Task = {
  id: "codecontests/shelf",
  split: "test",
  style: "stdio",
  statement:
    "Sort the books.\n\nInput\n\nA number n.\n\nExample\n\nInput\n\n5 2\n\nOutput\n\n2 5\n\nNote\n\nSo it is",
  publicTests: { style: "stdio", cases: [{ input: "5 2\n", output: "2 5\n" }] },
  privateTests: { style: "stdio", cases: [{ input: "88 77\n", output: "77 88\n" }] },
  references: ["print('secret')"],
};
const paper: PromptOptions = { template: "paper", testless: false };
const official: PromptOptions = { template: "official", testless: false };
const testless = (options: PromptOptions): PromptOptions => ({ ...options, testless: true });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-prompts-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** A template in a new file; templates are read once each. */
function own(text: string | Uint8Array): { file: string } {
  const file = join(folder, `template-${files++}.jinja`);
  writeFileSync(file, text);
  return { file };
}

describe("the paper's prompts", () => {
  test("show the task, the public tests and five rules", () => {
    expect(promptOf("mbpp", cost, paper)).toBe(`Write a Python function for this prompt:

Write a function to find the least cost.

Your code should satisfy these tests:

assert least([[1, 2]], 1) == 3

Please keep to these rules:
- Think about the problem and its edge cases before you write any code.
- Give the whole implementation in this form:
\`\`\`python
<your code>
\`\`\`
- Give one code block only: the first one is the one that is run.
- Leave tests out of your code: they are run for you, and you are told what went wrong.
- Begin with the import statements that the code needs.`);
  });

  test("give the signature in the place of the tests where they are testless", () => {
    const prompt = promptOf("mbpp", cost, testless(paper));
    expect(prompt).toContain(
      "\n\nYour code should define this function:\n\ndef least(cost, m=(1, ')')):\n\nPlease",
    );
    expect(prompt).not.toContain("assert");
    expect(prompt).not.toContain("99");
  });

  test("ask for a program where the tests are stdin and stdout; the examples are part of the statement", () => {
    const prompt = promptOf("codecontests", shelf, paper);
    expect(prompt).toMatch(
      /^Provide a Python solution for the following competitive programming question: Sort the books\./,
    );
    expect(prompt).toContain("5 2\n\nOutput\n\n2 5");
    expect(prompt).toMatch(/So it is\.\nYour code should be enclosed in triple backticks, /);
  });

  test("leave the examples out of such a statement where they are testless", () => {
    const prompt = promptOf("codecontests", shelf, testless(paper));
    expect(prompt).toContain("A number n.");
    expect(prompt).not.toMatch(/5 2|2 5|Note|So it is/);
  });
});

describe("the official code's prompts", () => {
  test("have no rules where they show the tests", () => {
    const prompt = promptOf("mbpp", cost, official);
    expect(prompt).toContain("assert least([[1, 2]], 1) == 3\n\nAnswer with the implementation");
    expect(prompt).toMatch(/```python\n```$/);
    expect(prompt).not.toContain("Please keep");
  });

  test("are the paper's where they are testless", () => {
    expect(promptOf("mbpp", cost, testless(official))).toBe(promptOf("mbpp", cost, testless(paper)));
  });

  test("have the stray \\$ of defect D16", () => {
    expect(promptOf("codecontests", shelf, official)).toContain("question: \\$Sort the books.");
  });
});

test("no prompt shows private tests or a reference", () => {
  const everything = own(
    "{{ statement }}{{ tests }}{{ entry_point }}{{ style }}{{ benchmark }}{{ testless }}",
  );
  for (const template of ["paper", "official", everything] as const)
    for (const hidden of [true, false])
      for (const task of [cost, shelf])
        expect(promptOf("b", task, { template, testless: hidden })).not.toMatch(/77|99|secret/);
});

test("setup stands before the asserts and code behind them; newlines are plain", () => {
  const tests = { ...asserts("assert f(root) == 1"), setup: "root = Node(1)\r\n", code: "\ncheck(f)\n" };
  const template = own("{{ statement }}\n{{ tests }}");
  const prompt = promptOf("b", { ...cost, statement: "a\r\nb", publicTests: tests }, { ...paper, template });
  expect(prompt).toBe("a\nb\nroot = Node(1)\nassert f(root) == 1\ncheck(f)");
});

describe("your own template", () => {
  const filled = (text: string, task = cost, hidden = false) =>
    promptOf("mbpp", task, { template: own(text), testless: hidden });

  test("is filled in with the documented variables", () => {
    expect(
      filled(
        `{# how blocks swallow their newline #}
{% set kind = "task" %}
{{ benchmark }} {{ kind }} ({{ style }}): {{ statement | upper }}
{% for line in tests.split("\\n") if line %}
{{ loop.index }}. {{ line }}
{% endfor %}
{% if entry_point and not testless %}
Name it {{ entry_point }}: {{ signature }}
{% endif %}
`,
      ),
    ).toBe(`mbpp task (function): WRITE A FUNCTION TO FIND THE LEAST COST.
1. assert least([[1, 2]], 1) == 3
Name it least: def least(cost, m=(1, ')')):`);
    expect(filled("{{ statement }}\n{{ tests }}{% if testless %}none{% endif %}", cost, true)).toMatch(
      /\nnone$/,
    );
    expect(filled("{{ statement }}|{{ tests }}", shelf)).toMatch(/\|Input:\n5 2\nOutput:\n2 5$/);
  });

  test.each([
    [
      "a misspelt variable",
      "{{ statement }}\n\n{{ test }}",
      3,
      /^unknown variable "test" \(there are statement, /,
    ],
    ["a misspelt variable behind a filter", '{{ statement }}\n{{ "a" | default(nothing) }}', 2, /"nothing"/],
    [
      "a misspelt variable in a branch not taken",
      "{{ statement }}{% if false %}\n{{ oops }}\n{% endif %}",
      2,
      /oops/,
    ],
    [
      "a loop's variable outside the loop",
      "{% for t in tests %}{{ t }}{% endfor %}\n{{ statement }}{{ t }}",
      2,
      /"t"/,
    ],
    ["the clock", "{{ statement }}\n{{ strftime_now('%Y') }}", 2, /strftime_now/],
    ["an attribute that texts don't have", "{{ statement }}\n{{ tests.first }}", 2, /tests has no "first"/],
    ["an unclosed tag", "{{ statement }}\n{{ tests\n", 2, /./],
    ["an unclosed block", "{{ statement }}\n{% if testless %}\nx\n", 2, /if %\} is never closed|./],
    ["an unknown statement", "a\n\n{{ statement }}\n{% include 'b' %}", 4, /include/],
    ["a stray end", "{{ statement }}\n{% endif %}", 2, /endif/],
    ["an unknown filter", "{{ statement }}\n{{ tests | nonsense }}", 2, /nonsense/],
    [
      "its own complaint",
      "{{ statement }}\n{% if style %}\n{{ raise_exception('only stdio') }}{% endif %}",
      3,
      /only stdio/,
    ],
  ] as const)("with %s is refused with its line", (_name, text, line, message) => {
    const template = own(text);
    const make = () => promptOf("mbpp", cost, { template, testless: false });
    expect(make).toThrow(InputError);
    try {
      make();
    } catch (error) {
      const { where, message: whole } = error as InputError;
      expect(where).toBe(`${template.file}:${line}`);
      expect(whole.slice(where.length + 2)).toMatch(message);
      expect(whole).not.toContain("\n");
    }
  });

  test.each([
    ["never names the statement", "{{ tests }}", /never uses `statement`/],
    ["is empty", "", /never uses `statement`/],
    ["gives nothing", "{% if testless %}{{ statement }}{% endif %}", /empty prompt/],
    ["is no UTF-8", Uint8Array.of(0x7b, 0xff, 0xfe), /not UTF-8/],
  ] as const)("that %s is refused", (_name, text, message) => {
    const template = own(text);
    expect(() => promptOf("mbpp", cost, { template, testless: false })).toThrow(message);
    expect(() => promptOf("mbpp", cost, { template, testless: false })).toThrow(template.file);
  });

  test("that is not there is one line", () => {
    const file = join(folder, "missing.jinja");
    expect(() => promptOf("mbpp", cost, { template: { file }, testless: false })).toThrow(
      `${file}: the prompt template can't be read (ENOENT)`,
    );
  });
});

describe("what a task says is data, never a template", () => {
  const hostile = "{{ 7 * 7 }} {% for x in range(9) %}x{% endfor %} {# gone #} {{ nothing }} {% raw %} {{";

  test.each(["paper", "official", "own"] as const)("in %s", (kind) => {
    const template = kind === "own" ? own("{{ statement }}\n{{ tests }}") : kind;
    const publicTests = asserts(`assert least("${hostile}") == 1`);
    const prompt = promptOf("b", { ...cost, statement: hostile, publicTests }, { template, testless: false });
    expect(prompt.split(hostile)).toHaveLength(3);
  });

  test("whatever it is", () => {
    const piece = fc.constantFrom(
      "{{",
      "}}",
      "{%",
      "%}",
      "{#",
      "#}",
      "statement",
      "{% generation %}",
      "\\",
      "$&",
      " a",
    );
    const template = own("<{{ statement }}>");
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
        const statement = pieces.join("").trim();
        const prompt = promptOf("b", { ...cost, statement }, { template, testless: false });
        expect(prompt).toBe(`<${statement}>`);
      }),
    );
  });
});
