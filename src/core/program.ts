// Taking the program out of a completion. Models fence their code, forget to close the fence, are cut in the
// middle, or write bare code; the first fenced block wins, as in the paper's prompt ("first block is parsed").

const opening = /(^|\n)[ \t]*```[ \t]*([A-Za-z0-9_+-]*)[^\n]*\n/;
const closing = /\n[ \t]*```/;

/** The program in a completion; "" when there is none. Windows newlines become plain ones. */
export function extractProgram(completion: string): string {
  const text = completion.replace(/\r\n?/g, "\n").replace(/<think>[\s\S]*?<\/think>/g, "");
  const open = opening.exec(text);
  if (!open) return looksLikeCode(text) ? trimBlankEdges(text) : "";
  const body = text.slice(open.index + open[0].length);
  // An unclosed fence is an answer cut at the token limit: what is there is still the program (defect D13).
  const close = closing.exec(`\n${body}`);
  return trimBlankEdges(close ? body.slice(0, Math.max(0, close.index - 1)) : body);
}

/** Bare code, as base models write it: some line starts as Python statements do. */
function looksLikeCode(text: string): boolean {
  return /^(def|class|import|from|print|for|while|if|with|async def|@)\b|^[A-Za-z_]\w*[ \t]*=[^=]/m.test(
    text,
  );
}

function trimBlankEdges(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, "").replace(/\s+$/, "");
}
