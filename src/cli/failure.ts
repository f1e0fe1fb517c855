// How a command ends when it can't do its work: bad input is one line and exit code 2, a failure outside the
// program one line and exit code 1; a fault of ours keeps its stack trace.
import { InputError, WorkError } from "../core/errors.ts";

const systemCauses: Record<string, string> = {
  ENOSPC: "the disk is full; free some space and run the same command again: nothing finished is lost",
  EDQUOT:
    "the disk quota is used up; free some space and run the same command again: nothing finished is lost",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files; raise the limit (ulimit -n 4096)",
};

export function explainFailure(error: unknown): { line: string; exitCode: 1 | 2 } {
  if (error instanceof InputError) return { line: `mucode: ${error.message}`, exitCode: 2 };
  const { code, path } = error as NodeJS.ErrnoException;
  const cause = code === undefined ? undefined : systemCauses[code];
  if (cause !== undefined) return { line: `mucode: ${path ? `${path}: ` : ""}${cause}`, exitCode: 1 };
  if (error instanceof WorkError) return { line: `mucode: ${error.message}`, exitCode: 1 };
  return { line: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 };
}
