// The asserts of HumanEvalPack's `example_test`, which holds a problem's docstring examples as a check function. They are
// taken out one by one here; an assert that asserts nothing of the program (`assert True`) is none.

/**
 * The asserts of a check function, in order, without its indentation. An assert may go over several lines inside
 * brackets. Vacuous ones, comments and other statements (`import random`, `print`) are left out, and so is what
 * stands before `def check`, which one record has.
 * @param text the whole `example_test`
 * @param entryPoint a test must name it, or it says nothing of the program
 */
export function docstringAsserts(text: string, entryPoint: string): string[] {
  return checkStatements(text).filter(
    (statement) => /^assert(?!\w)/.test(statement) && mentions(statement, entryPoint),
  );
}

/** All statements of the body of `def check(…):`. The official code's splits count these. */
export function checkStatements(text: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^def check\s*\(/.test(line));
  if (start < 0) return [];
  const statements: string[] = [];
  let open = "";
  for (const line of lines.slice(start + 1)) {
    if (open === "" && /^\S/.test(line)) break;
    if (open === "" && /^\s*(#|$)/.test(line)) continue;
    const whole = open === "" ? line.trim() : `${open}\n${line}`;
    if (openBrackets(whole) > 0) open = whole;
    else {
      statements.push(whole.trim());
      open = "";
    }
  }
  return statements;
}

function mentions(statement: string, name: string): boolean {
  return new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, "u").test(withoutTexts(statement));
}

function openBrackets(statement: string): number {
  const code = withoutTexts(statement);
  return (code.match(/[([{]/g)?.length ?? 0) - (code.match(/[)\]}]/g)?.length ?? 0);
}

/** Texts and comments say nothing about brackets and names. */
function withoutTexts(code: string): string {
  const token =
    /"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|#[^\n]*/g;
  return code.replace(token, (found) => (found.startsWith("#") ? "" : '""'));
}
