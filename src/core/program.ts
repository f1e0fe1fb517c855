// Taking the program out of a completion. The paper's prompt promises that the first block is parsed, and so it is, but
// for blocks that are evidently not the answer: another language, a shell command, a session, a call of the function,
// tests, a stub. docs/reference/prompts.md has the rule in full. Never throws: what holds no program gives "". It reads
// what a model wrote, so its time is linear in that: no expression has two parts side by side that can eat the same
// characters, nor one that looks for the end of its line from several places.
import { type Block, fencedBlocks, hasFence } from "./fences.ts";

/** The program in a completion, with plain newlines and without blank lines at its ends; "" when there is none. */
export function extractProgram(completion: string): string {
  const text = withoutThoughts(completion.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
  if (startsAsProgram(text) && !hasFence(text)) return bareCode(text);
  const blocks = fencedBlocks(text).map(({ language, text }) => ({
    language,
    text: blockText(text, language),
  }));
  return blocks.length > 0 ? chosen(blocks) : bareCode(text);
}

const thoughtTag = /<(\/?)(think|thinking|thought|reasoning)>/i;

/**
 * The message without what the model wrote to itself. An unclosed thought reaches to the end; where only the closing tag
 * is there, the opening one stood in the chat template and all before it is thought. Tags inside a block's program
 * or between quotes are text like any other.
 */
function withoutThoughts(text: string): string {
  if (!thoughtTag.test(text)) return text;
  const kept: string[] = [];
  let rest = text;
  let inBlock = "";
  let thinking = false;
  while (rest !== "") {
    const end = rest.indexOf("\n") + 1 || rest.length;
    const line = rest.slice(0, end);
    const tag = thoughtTag.exec(line);
    const closes = tag?.[1] === "/";
    const quoted = tag !== null && endsInQuote(line, tag.index);
    const alone = line.trim() === tag?.[0];
    if (tag && thinking && closes) {
      thinking = false;
      rest = rest.slice(tag.index + tag[0].length);
      continue;
    }
    if (tag && !thinking && closes && !quoted && (inBlock === "" || alone)) {
      kept.length = 0;
      inBlock = "";
      rest = rest.slice(tag.index + tag[0].length);
      continue;
    }
    if (tag && !thinking && !closes && !quoted && inBlock === "" && opensLine(line, tag.index)) {
      thinking = true;
      kept.push(line.slice(0, tag.index));
      rest = rest.slice(tag.index + tag[0].length);
      continue;
    }
    if (!thinking) {
      kept.push(line);
      const mark = /^[ \t>]*(`{3,}|~{3,})/.exec(line)?.[1];
      if (inBlock === "") inBlock = mark ?? "";
      else if (mark?.startsWith(inBlock)) inBlock = "";
    }
    rest = rest.slice(end);
  }
  return kept.join("");
}

/** Whether a quotation mark stands before that place; three backticks and more are a fence, and what stands before them counts. */
function endsInQuote(line: string, at: number): boolean {
  let end = at;
  while (line[end - 1] === "`") end--;
  return /["'`]/.test(line[(at - end >= 3 ? end : at) - 1] ?? "");
}

const opensLine = (line: string, at: number) => line.slice(0, at).trim() === "";

const python = new Set(["python", "python3", "py", "py3", "python2", "pycon", "ipython"]);

/** The first block that is a solution; else the first that could be Python; else the first that isn't empty. */
function chosen(blocks: readonly Block[]): string {
  const filled = blocks.filter(({ text }) => text !== "");
  const possible = filled.filter(({ language }) => language === "" || python.has(language));
  const defining = possible.some(({ text }) => defines(text) && !isStub(text));
  const solution = possible.find(
    ({ text, language }) =>
      !isShell(text) &&
      !isSession(text) &&
      (python.has(language) || looksLikeCode(text)) &&
      (!defining || (defines(text) ? !isStub(text) : readsInput(text))),
  );
  return (
    (solution ?? possible.find(({ text }) => !isShell(text) && !isSession(text)) ?? filled[0])?.text ?? ""
  );
}

/** Names that a text defines at any depth: functions and classes, but for those that are tests. */
function defines(text: string): boolean {
  for (const [, name] of text.matchAll(/^[ \t]*(?:async[ \t]+def|def|class)[ \t]+(\w+)/gm))
    if (!/^(?:test_|test$|Test|check$)/.test(name!)) return true;
  return /^\w+[ \t]*=[ \t]*lambda\b/m.test(text);
}

/** Definitions whose bodies say nothing yet. */
function isStub(text: string): boolean {
  const code = text.replace(/("""|''')[\s\S]*?\1/g, "").replace(/#.*$/gm, "");
  return code
    .split("\n")
    .every((line) =>
      /^(?:@.*|(?:(?:async\s+)?def|class)\b.*:\s*(?:pass|\.\.\.)?|pass|\.\.\.|(?:from|import)(?:\s.*)?|raise NotImplementedError.*|return \.\.\.)?$/.test(
        line.trim(),
      ),
    );
}

const readsInput = (text: string) =>
  /\binput\s*\(|\bsys\s*\.\s*stdin\b|\bfrom sys import\b|\bopen\(0\b/.test(text);

const isShell = (text: string) =>
  text
    .split("\n")
    .every((line) =>
      /^\s*(?:\$\s|#|%?pip3? install|!?pip |conda |python3? \S+\.py|cd |sudo |apt)|^\s*$/.test(line),
    );

const isSession = (text: string) => /^\s*>>> /.test(text);

const statementLine =
  /^(?:(?:async )?def \w+\s*\(|class \w+\s*[:(]|import \w[\w.]*(?: as \w+)?\s*(?:[,;#]|$)|from [\w.]+ import |@\w|print\s*\(|(?:assert|raise|del|global) \w)/;
const assignmentLine =
  /^[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?(?:\s*,\s*\*?[A-Za-z_]\w*)*\s*(?::[\w[\], .|\s]+)?(?:[-+*/%&|^@]|\*\*|\/\/|<<|>>)?=(?!=)/;
const callLine = /^[A-Za-z_][\w.]*\(.*\)\s*(?:#|$)/;
const blockWord = /^(?:for|while|if|with|try|match)\b/;

/** Whether a line stands as Python statements do. */
function isCodeLine(line: string): boolean {
  return statementLine.test(line) || assignmentLine.test(line) || callLine.test(line) || opensBlock(line);
}

/** "for … in …:", "while …:" and their like; behind the colon stands nothing or a space. */
function opensBlock(line: string): boolean {
  const word = blockWord.exec(line)?.[0];
  if (word === undefined) return false;
  if (word === "try") return /^:(?:\s|$)/.test(line.slice(word.length));
  if (line[word.length] !== " ") return false;
  let from = word.length + 1;
  if (word === "for") {
    const within = line.indexOf(" in ", from + 1);
    if (within < 0) return false;
    from = within + " in ".length;
  }
  // Before the colon stands at least one character.
  for (let at = line.lastIndexOf(":"); at > from; at = line.lastIndexOf(":", at - 1))
    if (/^(?:\s|$)/.test(line.slice(at + 1, at + 2))) return true;
  return false;
}

/** Some line stands at the margin as Python statements do. */
function looksLikeCode(text: string): boolean {
  return text.split("\n").some((line) => isCodeLine(line));
}

/** The first line is code, a comment or a docstring rather than prose. */
function startsAsProgram(text: string): boolean {
  const first = /^[ \t]*\S.*$/m.exec(text)?.[0] ?? "";
  return isCodeLine(first.trimStart()) || /^\s*(?:#!|# |"""|''')/.test(first);
}

/** What no Python line is: a sentence, or what is left of a chat format. */
function isProse(line: string): boolean {
  const words = /^[A-Z][a-z']*,? [\w'`,-]+ /.exec(line)?.[0];
  if (words !== undefined && /[.:!?]/.test(line.slice(words.length).trimEnd().slice(-1))) return true;
  return /^(?:\[\/?PYTHON\]|<\/?(?:code|answer|python)>|<\|\w+\|>|-{3,}\s*$)/.test(line);
}

/** A program without fences: from its first line of code to the first line behind it that is prose. */
function bareCode(message: string): string {
  const unnamed = withoutBlankEdges(message).replace(languageLine, "");
  const indented = !looksLikeCode(unnamed) && indentedCode(unnamed);
  const text = indented ? indented : dedent(withoutBlankEdges(unnamed));
  const lines = text.split("\n");
  const code = startsAsProgram(text) ? 0 : lines.findIndex((line) => isCodeLine(line));
  if (code < 0) return "";
  // Comments and decorators directly above the first line of code belong to it.
  let start = code;
  while (start > 0 && /^(?:#(?!#)|@)/.test(lines[start - 1]!)) start--;
  let quotes = "";
  let end = start;
  for (; end < lines.length; end++) {
    const line = lines[end]!;
    if (quotes === "" && isProse(line)) break;
    for (const [mark] of line.matchAll(/"""|'''/g))
      if (quotes === "") quotes = mark;
      else if (quotes === mark) quotes = "";
  }
  return withoutBlankEdges(lines.slice(start, end).join("\n"));
}

/** Markdown's other way to write code: the lines that are indented by four, where they begin as statements do. */
function indentedCode(text: string): string | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^(?: {4}|\t)/.test(line) && isCodeLine(line.trimStart()));
  if (start < 0) return undefined;
  let end = start;
  while (end < lines.length && /^(?: {4}|\t|\s*$)/.test(lines[end]!)) end++;
  return dedent(withoutBlankEdges(lines.slice(start, end).join("\n")));
}

const languageLine = /^[ \t]*(?:python3?|py)[ \t]*\n/i;

/** A block without blank lines at its ends, and without what its fence should have said or been indented by. */
function blockText(text: string, language: string): string {
  const inside = withoutBlankEdges(text);
  const named = language === "" ? withoutBlankEdges(inside.replace(languageLine, "")) : inside;
  return /^[ \t]+(?:(?:async )?def |class |import |from |@)/.test(named) ? dedent(named) : named;
}

function withoutBlankEdges(text: string): string {
  const lines = text.split("\n");
  let start = 0;
  let end = lines.length;
  while (start < end && lines[start]!.trim() === "") start++;
  while (end > start && lines[end - 1]!.trim() === "") end--;
  return lines.slice(start, end).join("\n");
}

function dedent(text: string): string {
  const lines = text.split("\n");
  const first = /^[ \t]*/.exec(text)![0];
  if (first === "") return text;
  let length = first.length;
  for (const line of lines.filter((one) => one.trim() !== "")) {
    let same = 0;
    while (same < length && line[same] === first[same]) same++;
    length = same;
  }
  const shared = first.slice(0, length);
  return lines
    .map((line) => (line.startsWith(shared) ? line.slice(shared.length) : line.trimStart()))
    .join("\n");
}
