// Installs pinned Python packages with uv, which comes from the same registry as they do. The user's own settings
// for pip (a mirror, a certificate) hold for uv too; no address of ours does.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { WorkError } from "../core/errors.ts";
import type { Python } from "./python.ts";

/** Bump together with the lock files, which this version resolved. */
const uvVersion = "0.13.9";

export interface Installer {
  /** Makes an empty virtual environment with the given interpreter. */
  makeEnvironment(python: string, folder: string): Promise<void>;
  /** Makes the packages of `python`'s environment exactly those of a lock file, compiled to bytecode. */
  sync(python: string, lock: string, cache: string): Promise<void>;
  /** Installs the packages of a lock file into a plain folder, for use on the module path. */
  installInto(folder: string, python: string, lock: string, cache: string): Promise<void>;
}

/** @param home where uv is kept; made when missing. The caller holds the lock of that folder. */
export async function openInstaller(python: Python, home: string): Promise<Installer> {
  const folder = join(home, `uv-${uvVersion}`);
  const uv = join(folder, "bin", "uv");
  const environment = { ...process.env, ...(await pipSettings(python)) };
  if (!existsSync(uv)) await installUv(python, folder);
  const run = (...args: string[]) =>
    runCommand(uv, args, { ...environment, VIRTUAL_ENV: "", UV_NO_PROGRESS: "1" });
  return {
    makeEnvironment: (interpreter, target) =>
      run("venv", "--no-project", "--no-python-downloads", "--python", interpreter, target),
    sync: (interpreter, lock, cache) =>
      run("pip", "sync", "--python", interpreter, "--compile-bytecode", "--cache-dir", cache, lock),
    installInto: (target, interpreter, lock, cache) =>
      run(
        "pip",
        "install",
        "--no-deps",
        "--python",
        interpreter,
        "--target",
        target,
        "--cache-dir",
        cache,
        "-r",
        lock,
      ),
  };
}

async function installUv(python: Python, folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const seed = join(partial, "seed");
  let interpreter = python.path;
  if (!python.hasPip) {
    if (!python.hasVenv) {
      const name = `python3.${python.version[1]}-venv`;
      throw new WorkError(`${python.path} has neither pip nor venv: apt install ${name} (or python3-venv)`);
    }
    await runCommand(interpreter, ["-m", "venv", seed], process.env);
    interpreter = join(seed, "bin", "python");
  }
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-warn-script-location"];
  await runCommand(
    interpreter,
    ["-m", "pip", "install", ...quiet, "--no-deps", "--target", join(partial, "uv"), `uv==${uvVersion}`],
    process.env,
  );
  renameSync(join(partial, "uv"), folder);
  rmSync(partial, { recursive: true });
}

/** What the user told pip about registries, in uv's words, unless uv was told directly. */
async function pipSettings(python: Python): Promise<Record<string, string>> {
  if (!python.hasPip) return {};
  const listed = await promisify(execFile)(python.path, ["-m", "pip", "config", "list"]).catch(() => ({
    stdout: "",
  }));
  return uvSettings(listed.stdout, process.env);
}

/** Translates the lines of `pip config list`, e.g. `global.index-url='https://…'`. The environment's come first. */
export function uvSettings(pipConfig: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = { "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", cert: "SSL_CERT_FILE" };
  const settings: Record<string, string> = {};
  for (const line of pipConfig.split("\n")) {
    const [, key, value] = /^(?::env:|[\w-]+)\.([\w-]+)='(.*)'$/.exec(line.trim()) ?? [];
    const name = names[key as keyof typeof names];
    if (name !== undefined && environment[name] === undefined)
      settings[name] ??= value!
        .split(/\\n|\s+/)
        .join(" ")
        .trim();
  }
  return settings;
}

async function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-20_000);
  });
  const ended = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  if (ended !== undefined) throw new WorkError(explainFailure(said, ended));
}

/** One line that says what to do about what an installer wrote on its way out. */
export function explainFailure(said: string, ended: string): string {
  const lines = said.split("\n").map((line) => line.replace(/^[\s│╰├─▶×⚠]+/u, "").trim());
  const last =
    lines
      .filter((line) => line !== "")
      .slice(-3)
      .join(" ")
      .slice(0, 400) || ended;
  if (/no space left|os error 28|disk quota|os error 122/i.test(said)) {
    return `the disk is full: free some space, or set MUCODE_HOME to a folder on another disk, and run again (${last})`;
  }
  if (/permission denied|read-only file system|not a directory/i.test(said)) {
    return `a folder cannot be written: set MUCODE_HOME to one that can be (${last})`;
  }
  const unreachable = said.match(
    /name resolution|dns error|name or service not known|connection (refused|reset)|unreachable|timed? ?out|error sending request/i,
  );
  if (unreachable !== null) {
    return `the Python package registry cannot be reached: check the network, proxy or mirror settings, and run again (${unreachable[0]})`;
  }
  return `installing Python packages failed: ${last}`;
}
