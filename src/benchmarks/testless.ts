// Testless prompts (the paper's POMDP setting, Figure 2): the generator is told what to write and the function's
// signature, and learns of the tests by their feedback alone. Leaving the tests out of the prompt is not enough where
// the task's own text gives them as examples, so the examples go too.
import type { Task } from "./task.ts";

/**
 * `def f(a, b):` of the task's function: from the statement where that is code, else from the reference solution, whose
 * body is never shown; `def f(...):` where nothing defines it, "" where the task has no function.
 */
export function signatureOf(task: Pick<Task, "entryPoint" | "statement" | "references">): string {
  const { entryPoint, statement, references } = task;
  if (entryPoint === undefined) return "";
  for (const source of [statement, ...references]) {
    const signature = definition(source.replace(/\r\n?/g, "\n"), entryPoint);
    if (signature !== undefined) return signature;
  }
  return `def ${entryPoint}(...):`;
}

/** The `def` of a name with its parameters and return type, on one line. */
function definition(source: string, name: string): string | undefined {
  const start = new RegExp(`^[ \\t]*(?:async[ \\t]+)?def[ \\t]+${escaped(name)}[ \\t]*\\(`, "m").exec(source);
  if (!start) return undefined;
  let depth = 0;
  for (const token of source
    .slice(start.index)
    .matchAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*|[()[\]{}:]/g)) {
    if ("([{".includes(token[0])) depth++;
    else if (")]}".includes(token[0])) depth--;
    else if (token[0] === ":" && depth === 0)
      return source
        .slice(start.index, start.index + token.index + 1)
        .replace(/#[^\n]*/g, "")
        .replace(/\s+/g, " ")
        .replace(/([([{]) | (?=[)\]}])/g, "$1")
        .replace(/,\)(?=:$| ?->)/, ")")
        .trim();
  }
  return undefined;
}

const escaped = (name: string) => name.replace(/[$]/g, "\\$&");

/** The statement without the examples that are its public tests in other words. */
export function withoutExamples(task: Pick<Task, "style" | "entryPoint" | "statement">): string {
  const statement = task.statement.replace(/\r\n?/g, "\n");
  if (task.style === "stdio") return withoutSections(statement);
  return statement.replace(
    /("""|''')([\s\S]*?)\1/g,
    (_, quotes, text) => `${quotes}${withoutExampleLines(text, task.entryPoint)}${quotes}`,
  );
}

/** Contest statements end with their examples and the notes that explain them. */
function withoutSections(statement: string): string {
  const heading = /^[ \t]*(?:examples?|samples?|sample (?:input|output))[ \t]*\d*[ \t]*:?[ \t]*$/im.exec(
    statement,
  );
  return heading ? statement.slice(0, heading.index).trimEnd() : statement;
}

const exampleHeading =
  /^\s*(?:\[?input\/output\]?\s*)?(?:here are some |some |for )?(?:examples?|samples?)(?:\s+\d+)?\s*[:.]*\s*$/i;
const block = /^\s*(?:(?:input|output|explanation)\s*:|for \w+\s*=.*\bshould (?:be|return)\b)/i;
const literal = /^\s*(?:["'[({\d-]|true\b|false\b|none\b)/i;

/** A docstring without doctests, calls with their results, and Input/Output blocks. */
function withoutExampleLines(docstring: string, entryPoint: string | undefined): string {
  const lines = docstring.split("\n");
  const name = entryPoint === undefined ? "\\w+" : escaped(entryPoint);
  // "fib(n) == fib(n - 1) + fib(n - 2)" defines the function, and so do the calls with results beside it.
  const recursive = lines.some((line) =>
    new RegExp(`\\b${name}\\(.*(?:=|->).*\\b${name}\\(\\w+\\s*[-+]`).test(line),
  );
  const isExample = (line: string) => {
    if (exampleHeading.test(line) || block.test(line)) return true;
    if (recursive) return false;
    const result = /\)\s*(?:[=#-][=#\s-]*>|➞|→|==?|returns\b|should return\b|#)\s*(.+)$/.exec(line)?.[1];
    return result !== undefined && literal.test(result);
  };
  let inDoctest = false;
  const kept = lines.filter((line) => {
    if (/^\s*>>>/.test(line)) inDoctest = true;
    else if (line.trim() === "") inDoctest = false;
    return !inDoctest && !isExample(line);
  });
  // The closing quotes keep their own line and indentation.
  const end = /\n[ \t]*$/.exec(docstring)?.[0] ?? "";
  return (
    kept
      .join("\n")
      .replace(/\n(?:[ \t]*\n){2,}/g, "\n\n")
      .trimEnd() + end
  );
}
