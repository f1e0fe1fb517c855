// Finds an interpreter for the engine among those of this machine.
import { execFile } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { InputError, WorkError } from "../core/errors.ts";

export interface Python {
  /** Absolute path of the interpreter itself. */
  path: string;
  version: [number, number, number];
  /** Whether it can install packages as it is (Debian ships pip and venv apart). */
  hasPip: boolean;
  hasVenv: boolean;
}

/** Minor versions of Python 3 for which the locked packages have builds. */
export const oldest = 11;
export const newest = 14;

const probe = `
import sys, json, importlib.util as find
print(json.dumps({
  "path": getattr(sys, "_base_executable", None) or sys.executable,
  "version": sys.version_info[:3],
  "hasPip": find.find_spec("pip") is not None,
  "hasVenv": find.find_spec("venv") is not None and find.find_spec("ensurepip") is not None,
}))`;

/** The interpreter at `command`, or nothing when it does not run. Shims (pyenv, asdf) are seen through. */
export async function inspectPython(command: string): Promise<Python | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, ["-I", "-c", probe], { timeout: 20_000 });
    return JSON.parse(stdout) as Python;
  } catch {
    return undefined;
  }
}

export function isSuitable(python: Python): boolean {
  const [major, minor] = python.version;
  return major === 3 && minor >= oldest && minor <= newest;
}

/** The first suitable interpreter: that of MUCODE_PYTHON, or of the search path. */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const wanted = `Python 3.${oldest} to 3.${newest}`;
  const chosen = environment.MUCODE_PYTHON;
  if (chosen !== undefined) {
    const python = await inspectPython(chosen);
    if (python !== undefined && isSuitable(python)) return python;
    const seen = python === undefined ? "it does not run" : `it is ${python.version.join(".")}`;
    throw new InputError(`MUCODE_PYTHON=${chosen}`, `expected ${wanted}, but ${seen}`);
  }
  const unsuitable: string[] = [];
  for (const path of candidates(environment.PATH ?? "")) {
    const python = await inspectPython(path);
    if (python === undefined) continue;
    if (isSuitable(python)) return python;
    unsuitable.push(`${path} is ${python.version.join(".")}`);
  }
  const seen = unsuitable.length > 0 ? ` (${unsuitable.join(", ")})` : "";
  throw new WorkError(
    `no ${wanted} found${seen}: install one, e.g. apt install python3 python3-venv, or name one by MUCODE_PYTHON`,
  );
}

/** Executables of the search path that may be one, the usual name first and shims last: those take a second each. */
function candidates(searchPath: string): string[] {
  const versions = Array.from({ length: newest - oldest + 1 }, (_, index) => `python3.${newest - index}`);
  const folders = searchPath.split(delimiter).filter(Boolean);
  const found = ["python3", ...versions, "python"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  const real = new Map<string, string>();
  for (const path of found.filter(isExecutable)) {
    const target = realpathSync(path);
    if (!real.has(target)) real.set(target, path);
  }
  const isShim = (path: string) => /[/\\]shims[/\\]/.test(path);
  const paths = [...real.values()];
  return [...paths.filter((path) => !isShim(path)), ...paths.filter(isShim)];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
