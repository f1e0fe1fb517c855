// From a task to the first user message, state s_1. The paper's prompt is the default and the official code's a
// variant: their facts (order, what is shown, which rules) in our own words. Your own is a Jinja file. All go through
// the same template engine, with the same variables.
import { readFileSync } from "node:fs";
import { InputError } from "../core/errors.ts";
import type { Tests } from "../core/problem.ts";
import { compileTemplate, type PromptTemplate } from "./prompt-template.ts";
import type { Task } from "./task.ts";
import { signatureOf, withoutExamples } from "./testless.ts";

export interface PromptOptions {
  /** "paper" (camera-ready, appendix C.1), "official" (the released code's), or a file with a Jinja template. */
  template: "paper" | "official" | { file: string };
  /** Show no tests: the paper's POMDP setting. */
  testless: boolean;
}

export const defaultPrompts: PromptOptions = { template: "paper", testless: false };

const rules = `Please keep to these rules:
- Think about the problem and its edge cases before you write any code.
- Give the whole implementation in this form:
\`\`\`python
<your code>
\`\`\`
- Give one code block only: the first one is the one that is run.
- Leave tests out of your code: they are run for you, and you are told what went wrong.
- Begin with the import statements that the code needs.
`;

const functionHead = `Write a Python function for this prompt:

{{ statement }}

`;
const shownTests = `Your code should satisfy these tests:

{{ tests }}

`;
const shownSignature = `{% if signature %}
Your code should define this function:

{{ signature }}

{% endif %}
`;

/** Paper, appendix C.1.1: the tests, then five rules. */
const paperFunction = `${functionHead}{% if testless %}
${shownSignature}{% else %}
${shownTests}{% endif %}
${rules}`;

/** The official code has the rules only where it shows no tests (its POMDP prompt, which no script of it reaches). */
const officialFunction = `${functionHead}{% if testless %}
${shownSignature}${rules}{% else %}
${shownTests}Answer with the implementation and its import statements alone, without tests or explanations:
\`\`\`python
\`\`\`
{% endif %}`;

/** Paper, appendix C.1: the examples are part of the statement, and the public tests are not shown beside it. */
const stdio = (before: string) =>
  `Provide a Python solution for the following competitive programming question: ${before}{{ statement }}.
Your code should be enclosed in triple backticks, opened by \`\`\`python, with nothing but your code between them.
`;

/** The built-in templates, as a starting point for your own (docs/reference/prompts.md shows them). */
export const builtInTemplates = {
  paper: { function: paperFunction, stdio: stdio("") },
  // Defect D16: a stray "\$" stands before the statement.
  official: { function: officialFunction, stdio: stdio("\\$") },
} as const;

/**
 * The first user message of a task.
 *
 * @param benchmark its name, for templates that depend on it
 * @throws InputError where the template's file can't be read, or has a mistake (with file and line)
 */
export function promptOf(benchmark: string, task: Task, options: PromptOptions): string {
  const { testless } = options;
  return templateFor(task.style, options.template).render({
    statement: (testless ? withoutExamples(task) : task.statement.replace(/\r\n?/g, "\n")).trim(),
    tests: testless ? "" : testsText(task.publicTests),
    entry_point: task.entryPoint ?? "",
    signature: task.style === "function" ? signatureOf(task) : "",
    style: task.style,
    benchmark,
    testless,
  });
}

const compiled = new Map<string, PromptTemplate>();

function templateFor(style: Task["style"], template: PromptOptions["template"]): PromptTemplate {
  const name = typeof template === "string" ? `template "${template}"` : template.file;
  const text = typeof template === "string" ? builtInTemplates[template][style] : readTemplate(template.file);
  const key = `${name}\n${text}`;
  const known = compiled.get(key) ?? compileTemplate(text, name);
  compiled.set(key, known);
  return known;
}

const read = new Map<string, string>();

/** Reads a file once: a prompt must not change in the middle of a run. */
function readTemplate(file: string): string {
  const known = read.get(file);
  if (known !== undefined) return known;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
    read.set(file, text);
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      file,
      code === "ERR_ENCODING_INVALID_ENCODED_DATA"
        ? "is not UTF-8 text; a prompt template was expected"
        : `the prompt template can't be read (${code})`,
    );
  }
}

/** Tests as a prompt shows them: what they need, asserts one a line, code as it is; or the examples. */
export function testsText(tests: Tests): string {
  if (tests.style === "stdio")
    return tests.cases
      .map(({ input, output }) => `Input:\n${input.trimEnd()}\nOutput:\n${output.trimEnd()}`)
      .join("\n\n");
  const parts = [tests.setup ?? "", ...tests.asserts, tests.code ?? ""];
  return parts
    .map((part) => part.replace(/\r\n?/g, "\n").replace(/^\n+|\s+$/g, ""))
    .filter((part) => part !== "")
    .join("\n");
}
