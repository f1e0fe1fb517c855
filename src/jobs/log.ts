// The engine's chatter: kept in a file of bounded size, and its last words in memory for error messages.
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface BoundedLog {
  readonly path: string;
  write(text: string): void;
  /** The last lines that say something, on one line; empty when there are none. */
  lastWords(): string;
}

const tailLength = 8192;
const wordsLength = 400;

/**
 * Appends to `path`. When the file has passed `limitBytes` it becomes `path.1` and a new one begins, so that about
 * twice the limit is kept.
 */
export function openLog(path: string, limitBytes = 4 * 2 ** 20): BoundedLog {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, "");
  let size = statSync(path).size;
  let tail = "";
  return {
    path,
    write(text) {
      tail = (tail + text).slice(-tailLength);
      try {
        if (size > limitBytes) {
          renameSync(path, `${path}.1`);
          size = 0;
        }
        appendFileSync(path, text);
        size += Buffer.byteLength(text);
      } catch {
        // A full disk stops the work where results are written; chatter is no reason to.
      }
    },
    lastWords() {
      const lines = tail.split("\n").map((line) => line.trim());
      const said = lines.filter((line) => line !== "").slice(-3);
      return said.join(" | ").slice(-wordsLength);
    },
  };
}
