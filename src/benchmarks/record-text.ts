// Where one record ends and the next begins in a text. The elements of an array are found by brackets and quotes alone
// and parsed one by one, so that a mistake is told with its line and record and not as one about the whole file.
import { InputError } from "../core/errors.ts";

export interface Element {
  json: string;
  /** 1-based line where it begins. */
  line: number;
  where: string;
}

/** The lines of JSON Lines that are not blank. */
export function* lineElements(text: string, file: string): Generator<Element> {
  let start = 0;
  for (let line = 1; start <= text.length; line++) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    const json = text.slice(start, end);
    if (json.trim() !== "") yield { json, line, where: `${file}:${line}` };
    start = end + 1;
  }
}

/**
 * The elements of the JSON array that the text is.
 * @throws InputError where the array is not closed, an element is missing, or something follows it
 */
export function* arrayElements(text: string, file: string): Generator<Element> {
  let line = 1;
  let [start, startLine] = [-1, 1];
  let [depth, quoted, count, done] = [0, false, 0, false];
  const here = () => `${file}:${line}`;
  const element = (end: number): Element => {
    if (start < 0)
      throw new InputError(
        here(),
        `record ${count} of the array is missing: nothing stands before ${JSON.stringify(text[end])}`,
      );
    const found = {
      json: text.slice(start, end),
      line: startLine,
      where: `${file}:${startLine}: record ${count}`,
    };
    count++;
    start = -1;
    return found;
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === "\n") line++;
    if (quoted) {
      if (sign === "\\") at++;
      else if (sign === '"') quoted = false;
      continue;
    }
    if (/\s/.test(sign)) continue;
    if (done) throw new InputError(here(), "something follows the end of the array");
    if (depth === 1 && sign === ",") {
      yield element(at);
      continue;
    }
    if (depth === 1 && sign === "]") {
      if (start >= 0 || count > 0) yield element(at);
      done = true;
      continue;
    }
    if (depth >= 1 && start < 0) [start, startLine] = [at, line];
    if (sign === '"') quoted = true;
    else if (sign === "[" || sign === "{") depth++;
    else if (sign === "]" || sign === "}") {
      depth--;
      if (depth < 1)
        throw new InputError(
          `${file}:${startLine}: record ${count}`,
          `is not JSON: ${JSON.stringify(sign)} closes nothing`,
        );
    }
  }
  if (!done)
    throw new InputError(
      `${file}:${startLine}: record ${count}`,
      quoted
        ? "is not JSON: a text is not closed; is the file cut short?"
        : "the array is not closed; is the file cut short?",
    );
}
