// Jinja templates of prompts: compiled, checked and filled in. Jinja as such renders an unknown variable as nothing, so
// that a misspelt one would silently leave the tests out of every prompt; here it is an error with its line, like every
// other mistake. The parser tells no positions: the line is that of the first tag with which the mistake appears when
// the template is cut off behind it.
import { Template } from "@huggingface/jinja";
import { InputError } from "../core/errors.ts";
import { namesOf, type TemplateVariables } from "./template-names.ts";
import { inPlainWords } from "./template-words.ts";

export interface PromptTemplate {
  /** The prompt, without white space at its ends. */
  render(values: TemplateVariables): string;
}

/**
 * Compiles a template.
 *
 * @param name where it stands, for messages: a file, or the name of a built-in one
 * @throws InputError with file and line: syntax, a variable or attribute that does not exist, no use of `statement`; and
 * from `render` where a filter, a test or `raise_exception` fails, or where the prompt comes out empty
 */
export function compileTemplate(text: string, name: string): PromptTemplate {
  const source = text.replace(/\r\n?/g, "\n");
  const found = mistakeIn(source);
  if (typeof found === "string") throw mistakeAt(source, name, found, (part) => mistakeIn(part));
  const { template, used } = found;
  if (!used.has("statement"))
    throw new InputError(
      name,
      "the template never uses `statement`, so that every task would get the same prompt: write {{ statement }} where the task's text belongs",
    );
  return {
    render(values) {
      const rendered = rendering(template, values);
      if ("mistake" in rendered)
        throw mistakeAt(source, name, rendered.mistake, (part) => mistakeOfRendering(part, values));
      const prompt = rendered.text.trim();
      if (prompt === "") throw new InputError(name, "the template gives an empty prompt");
      return prompt;
    },
  };
}

function rendering(template: Template, values: TemplateVariables): { text: string } | { mistake: string } {
  try {
    return { text: template.render({ ...values }) };
  } catch (error) {
    return { mistake: messageOf(error) };
  }
}

function mistakeOfRendering(source: string, values: TemplateVariables): string | undefined {
  const found = mistakeIn(source);
  if (typeof found === "string") return found;
  const rendered = rendering(found.template, values);
  return "mistake" in rendered ? rendered.mistake : undefined;
}

/** The template and the names that it uses, or what is wrong with it. */
function mistakeIn(source: string): { template: Template; used: Set<string> } | string {
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    return messageOf(error);
  }
  const { used, mistake } = namesOf(template);
  return mistake ?? { template, used };
}

function messageOf(error: unknown): string {
  const { message } = error as Error;
  return inPlainWords(message.replace(/^Parser Error: /, "").replace(/\s+/g, " "));
}

const tag =
  /\{#[\s\S]*?(?:#\}|$)|\{\{(?:"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[^"'])*?(?:\}\}|$)|\{%(?:"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[^"'])*?(?:%\}|$)/g;

/** The error of the first tag that brings the mistake in. `mistake` is what is wrong with the whole. */
function mistakeAt(
  source: string,
  name: string,
  mistake: string,
  mistakeOf: (part: string) => unknown,
): InputError {
  const open: { word: string; at: number }[] = [];
  for (const match of source.matchAll(tag)) {
    const word = /^\{%-?\s*(\w+)/.exec(match[0])?.[1] ?? "";
    const last = open.at(-1);
    if (["if", "for", "macro", "call", "filter"].includes(word)) open.push({ word, at: match.index });
    else if (word === "set" && !match[0].includes("=")) open.push({ word, at: match.index });
    else if (last && word === `end${last.word}`) open.pop();
    const closers = open.map((block) => `{% end${block.word} %}`).reverse();
    const part = mistakeOf(source.slice(0, match.index + match[0].length) + closers.join(""));
    if (typeof part === "string") return new InputError(`${name}:${lineAt(source, match.index)}`, part);
  }
  const unclosed = open.at(-1);
  if (unclosed)
    return new InputError(
      `${name}:${lineAt(source, unclosed.at)}`,
      `{% ${unclosed.word} %} is never closed: {% end${unclosed.word} %} is missing`,
    );
  return new InputError(`${name}:${lineAt(source, source.length)}`, mistake);
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}
