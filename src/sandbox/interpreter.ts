// Finds a real Python interpreter for candidate programs. The standard library is all they get, so the system's own
// interpreter is preferred to whatever a shim, a virtual environment or a conda shell puts first on PATH.
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { WorkError } from "../core/errors.ts";

export interface Interpreter {
  /** The binary itself, never a shim. */
  path: string;
  /** "3.11.2" */
  version: string;
}

const oldest = [3, 9] as const;
const probe = `
import sys
try:
    import ctypes, json, resource, select, decimal
    missing = ""
except ImportError as error:
    missing = str(error)
print("\\n".join([getattr(sys, "_base_executable", None) or sys.executable, sys.version.split()[0], missing]))
`;

const found = new Map<string, Promise<Interpreter>>();

/** The interpreter at `path`, or the first good one of the system's. Throws WorkError that says what was looked at. */
export function findInterpreter(path?: string): Promise<Interpreter> {
  const key = path ?? "";
  let answer = found.get(key);
  if (!answer) {
    answer = search(path === undefined ? systemCandidates() : [path]);
    found.set(key, answer);
    answer.catch(() => found.delete(key));
  }
  return answer;
}

function systemCandidates(): string[] {
  const folders = [
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  const names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
  const paths = folders.filter(Boolean).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...new Set(paths)].filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function search(candidates: string[]): Promise<Interpreter> {
  const refused: string[] = [];
  for (const candidate of candidates) {
    const answer = await ask(candidate);
    if (typeof answer !== "string") return answer;
    refused.push(`${candidate} (${answer})`);
  }
  const seen = refused.length > 0 ? `; looked at ${refused.join(", ")}` : "";
  throw new WorkError(
    `programs need Python ${oldest.join(".")} or newer with its whole standard library, and none was found${seen}. ` +
      "Install it (Debian, Ubuntu: `sudo apt-get install python3`) or name one with the option `python`",
  );
}

function ask(path: string): Promise<Interpreter | string> {
  return new Promise((resolve) => {
    execFile(path, ["-I", "-S", "-c", probe], { timeout: 15_000, encoding: "utf8" }, (error, stdout) => {
      if (error) return resolve(error.killed ? "it did not answer" : "it does not run");
      const [executable, version, missing] = stdout.split("\n");
      if (!executable || !version) return resolve("it is not Python");
      if (missing) return resolve(`${version}, ${missing}`);
      const [major, minor] = version.split(".").map(Number) as [number, number];
      if (major !== oldest[0] || minor < oldest[1]) return resolve(`${version} is too old`);
      resolve({ path: executable, version });
    });
  });
}
