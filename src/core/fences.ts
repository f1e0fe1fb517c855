// Finding the fenced blocks of a message as models write them: indented in lists, quoted, with tildes, cut before they
// close, closed behind the last line of code, opened anew without having been closed. Line by line and in one pass; a
// fence inside a triple-quoted string of the program is part of the program.

export interface Block {
  /** First word behind the opening fence, lower case: "python", "bash", "" where there is none. */
  language: string;
  /** The lines between the fences, without the fence's own indentation. */
  text: string;
}

interface Fence {
  mark: string;
  /** What stands before it and before every line of its block: indentation, quote marks. */
  indent: string;
  info: string;
}

/** No fence stands deeper in lists and quotations, in characters. Bounded, because every line of its block is measured by it. */
const deepest = 200;

/** An opening fence: alone on its line, in a list or quoted, or at the end of a line of prose. */
function openingOf(line: string): Fence | undefined {
  const own = /^((?:[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,})/.exec(line);
  if (own && own[1]!.length <= deepest) {
    const info = line.slice(own[0].length);
    if (!info.includes("`")) return { indent: own[1]!, mark: own[2]!, info: info.trim() };
  }
  const at = line.indexOf("```");
  if (at < 0) return undefined;
  const behind = /^(`{3,})[ \t]*([\w+-]*)$/.exec(line.slice(at).trimEnd());
  return behind ? { indent: "", mark: behind[1]!, info: behind[2]! } : undefined;
}

/** A whole block on one line: "```python print(1)```". */
function oneLine(line: string): Block | undefined {
  const open = /^[ \t]*```/.exec(line)?.[0];
  if (open === undefined) return undefined;
  const end = line.indexOf("`", open.length);
  if (end <= open.length || line.slice(end).trimEnd() !== "```") return undefined;
  const inside = line.slice(open.length, end);
  const tag = /^[ \t]*(python3?|py)[ \t]+/.exec(inside);
  return { language: tag?.[1] ?? "", text: inside.slice(tag?.[0].length ?? 0).trim() };
}

type Quotes = '"""' | "'''" | "";

/** The triple quotes that are open behind a line, and where a backtick fence begins outside texts and comments. */
function scan(line: string, open: Quotes, mark: string): { open: Quotes; fence: number } {
  let inside: string = open;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (inside !== "") {
      if (char === "\\") at++;
      else if (line.startsWith(inside, at)) {
        at += inside.length - 1;
        inside = "";
      }
    } else if (char === "#") break;
    else if (char === mark[0]) {
      let end = at + 1;
      while (line[end] === char) end++;
      if (end - at >= mark.length) return { open: "", fence: at };
      at = end - 1;
    } else if (char === '"' || char === "'") {
      inside = line.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
      at += inside.length - 1;
    }
  }
  // A text in single quotes ends with its line.
  return { open: inside.length === 3 ? (inside as Quotes) : "", fence: -1 };
}

/** Whether some line of the text, outside triple-quoted strings, opens a block. */
export function hasFence(text: string): boolean {
  let open: Quotes = "";
  for (const line of text.split("\n")) {
    if (open === "" && (openingOf(line) || oneLine(line))) return true;
    ({ open } = scan(line, open, "```"));
  }
  return false;
}

interface End {
  /** Line behind the block. */
  next: number;
  lines: string[];
  /** The line that ended it, where that opens the next block. */
  again: boolean;
}

/**
 * The block whose first line is `from`; undefined where it does not end, or, with `strings` heeded, a string in it does
 * not: then the program is broken, and its first fence ends it.
 */
function blockEnd(lines: readonly string[], from: number, fence: Fence, strings: boolean): End | undefined {
  let open: Quotes = "";
  const inside: string[] = [];
  for (let at = from; at < lines.length; at++) {
    const line = withoutIndent(lines[at]!, fence.indent);
    if (open === "") {
      const rest = closing(line, fence.mark);
      if (rest !== undefined) return { next: at + 1, lines: inside, again: /^[\w+-]+$/.test(rest) };
    }
    const seen = scan(line, open, fence.mark);
    // "    return x```": the newline before the fence is missing.
    if (open === "" && seen.fence > 0 && line.slice(seen.fence).trim() === fence.mark)
      return { next: at + 1, lines: [...inside, line.slice(0, seen.fence).trimEnd()], again: false };
    open = strings ? seen.open : "";
    inside.push(line);
  }
  return strings && open === ""
    ? { next: lines.length, lines: [inside.join("\n").trimEnd()], again: false }
    : undefined;
}

/** What follows a closing fence on its line; undefined where the line is none. */
function closing(line: string, mark: string): string | undefined {
  const trimmed = line.trimStart();
  if (!trimmed.startsWith(mark)) return undefined;
  let end = mark.length;
  while (trimmed[end] === mark[0]) end++;
  return trimmed.slice(end).trim();
}

/** Takes from a line what its fence is indented by, as far as the line has it. */
function withoutIndent(line: string, indent: string): string {
  let at = 0;
  for (const char of indent) {
    const same = char === ">" ? line[at] === ">" : line[at] === " " || line[at] === "\t";
    if (same) at++;
    else if (char === ">") return line.slice(at);
  }
  return line.slice(at);
}

/** All fenced blocks in order. One that never closes was cut: it reaches to the end. */
export function fencedBlocks(text: string): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  // A string was once seen not to close: looking again for every block would take the square of the length.
  let hopeless = false;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const single = oneLine(line);
    const fence = single ? undefined : openingOf(line);
    if (single) blocks.push(single);
    if (!fence) {
      at++;
      continue;
    }
    let end = hopeless ? undefined : blockEnd(lines, at + 1, fence, true);
    if (!end) {
      hopeless = true;
      end = blockEnd(lines, at + 1, fence, false);
    }
    const language = /^\{?\.?([\w+-]*)/.exec(fence.info)![1]!.toLowerCase();
    const rest = () => lines.slice(at + 1).map((one) => withoutIndent(one, fence.indent));
    blocks.push({ language, text: end ? end.lines.join("\n") : rest().join("\n").trimEnd() });
    if (!end) break;
    at = end.again ? end.next - 1 : end.next;
  }
  return blocks;
}
