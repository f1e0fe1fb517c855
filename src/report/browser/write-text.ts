// Writing a hostile text into the page, with light colouring where it is Python. The function is shipped by its source
// text: it may use nothing from outside itself, and it makes text nodes only, so no text can become markup.
import type { PageDocument, PageElement } from "./dom.ts";

/**
 * Fills `into` with the text, coloured where it is Python. Characters that would hide or reorder text on the screen (bidirectional
 * controls, zero-width characters, control codes) are shown by their code points: a program must look like what it is.
 */
export function writeText(document: PageDocument, into: PageElement, text: string, python: boolean): void {
  const tokens =
    /(?<comment>#[^\n]*)|(?<string>[rbuf]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<number>\b\d[\w.]*)|(?<word>[^\W\d]\w*)/giu;
  const keywords = new Set(
    "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case".split(
      " ",
    ),
  );
  const unseen = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
  const pieces: PageElement[] = [];
  const add = (part: string, kind: string) => {
    let plain = "";
    const flush = () => {
      if (plain === "") return;
      const span = document.createElement("span");
      if (kind !== "") span.className = `py-${kind}`;
      span.textContent = plain;
      pieces.push(span);
      plain = "";
    };
    for (const character of part) {
      if (!unseen.test(character)) {
        plain += character;
        continue;
      }
      flush();
      const code = document.createElement("span");
      code.className = "unseen";
      code.textContent = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
      pieces.push(code);
    }
    flush();
  };
  let at = 0;
  let previous = "";
  for (const match of python ? text.matchAll(tokens) : []) {
    add(text.slice(at, match.index), "");
    const groups = match.groups!;
    const word = groups.word;
    if (word !== undefined) {
      const defined = previous === "def" || previous === "class";
      add(word, keywords.has(word) ? "keyword" : defined ? "name" : "");
      previous = word;
    } else {
      add(
        match[0],
        groups.comment !== undefined ? "comment" : groups.string !== undefined ? "string" : "number",
      );
      previous = "";
    }
    at = match.index + match[0].length;
  }
  add(text.slice(at), "");
  into.replaceChildren(...pieces);
}
