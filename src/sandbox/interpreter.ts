// Finds a real Python interpreter for candidate programs. The standard library is all they get, so the system's own
// interpreter is preferred to whatever a shim, a virtual environment or a conda shell puts first on PATH.
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { InputError, WorkError } from "../core/errors.ts";

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

/**
 * A path given by an option, made absolute, if it is a good interpreter. Throws InputError, which names the option. The
 * path itself and not the binary behind it: a virtual environment is known by its path.
 */
export async function checkInterpreter(path: string, option: string): Promise<string> {
  const answer = await ask(path);
  if (typeof answer === "string")
    throw new InputError(
      option,
      `${path} is no Python ${oldest.join(".")} or newer with its whole standard library (${answer})`,
    );
  // A worker starts in another folder.
  return path.includes("/") ? resolve(path) : path;
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
  return new Promise((answer) => {
    execFile(path, ["-I", "-S", "-c", probe], { timeout: 15_000, encoding: "utf8" }, (error, stdout) => {
      if (error) return answer(error.killed ? "it did not answer" : "it does not run");
      const [executable, version, missing] = stdout.split("\n");
      if (!executable || !version) return answer("it is not Python");
      if (missing) return answer(`${version}, ${missing}`);
      const [major, minor] = version.split(".").map(Number) as [number, number];
      if (major !== oldest[0] || minor < oldest[1]) return answer(`${version} is too old`);
      answer({ path: executable, version });
    });
  });
}
