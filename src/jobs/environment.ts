// The engine's Python environment: made when it is missing, from the package registry alone, and named after the
// lock file that describes it, so that it never changes once it is there and every checkout shares it.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { WorkError } from "../core/errors.ts";
import { engineFolder } from "./engine.ts";
import { type Installer, openInstaller } from "./install.ts";
import { withLock } from "./lock.ts";
import { findPython } from "./python.ts";

export interface EngineEnvironment {
  /** Its interpreter. */
  python: string;
  folder: string;
  /** Whether it is the build for this machine's GPU. */
  gpu: boolean;
}

/** Where environments are kept: MUCODE_HOME, or a folder of the user's cache. */
export function mucodeHome(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.MUCODE_HOME) return environment.MUCODE_HOME;
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "mucode");
}

/** Disk space of an environment with its downloads, GiB. */
export const neededDisk = (gpu: boolean) => (gpu ? 7 : 3);

/** The environment when it is there and whole; makes nothing. */
export async function findEnvironment(): Promise<EngineEnvironment | undefined> {
  return existing(await hasGpu());
}

/** The environment, made first when it is missing. `say` gets one line for each step that takes time. */
export async function ensureEnvironment(say: (line: string) => void): Promise<EngineEnvironment> {
  const gpu = await hasGpu();
  const lock = lockFile(gpu);
  const folder = folderOf("engine", lock);
  const found = existing(gpu);
  if (found !== undefined) return found;
  const began = performance.now();
  await makeOnce(folder, neededDisk(gpu), say, async (partial, installer, python) => {
    say(`making the engine's Python environment with Python ${python.version.join(".")} in ${folder}`);
    say(
      `about ${neededDisk(gpu)} GB are downloaded and unpacked, once; MUCODE_HOME moves it to another disk`,
    );
    await installer.makeEnvironment(python.path, partial);
    await installer.sync(interpreter(partial), lock, join(partial, "downloads"));
  });
  say(`the engine's environment is ready (${Math.round((performance.now() - began) / 1000)} s)`);
  return { python: interpreter(folder), folder, gpu };
}

/** Folder of linters and test tools for the engine, to put on PYTHONPATH; made when it is missing. */
export async function developerTools(
  environment: EngineEnvironment,
  say: (line: string) => void,
): Promise<string> {
  const lock = join(engineFolder, "requirements-dev.lock");
  const folder = folderOf("tools", lock, environment.folder);
  if (existsSync(join(folder, marker))) return folder;
  await makeOnce(folder, 1, say, async (partial, installer) => {
    say("installing the engine's linters and test tools");
    await installer.installInto(partial, environment.python, lock, join(partial, "downloads"));
  });
  return folder;
}

/** Written last: a folder that has it is whole. */
const marker = "DONE";

function existing(gpu: boolean): EngineEnvironment | undefined {
  const folder = folderOf("engine", lockFile(gpu));
  const python = interpreter(folder);
  // The interpreter is a link into the system's Python, which an upgrade may have removed.
  return existsSync(join(folder, marker)) && existsSync(python) ? { python, folder, gpu } : undefined;
}

function lockFile(gpu: boolean): string {
  return join(engineFolder, gpu ? "requirements.lock" : "requirements-cpu.lock");
}

function folderOf(kind: "engine" | "tools", lock: string, ...more: string[]): string {
  const hash = createHash("sha256").update(readFileSync(lock));
  for (const part of [process.platform, process.arch, ...more]) hash.update(`\0${part}`);
  return join(mucodeHome(), `${kind}-${hash.digest("hex").slice(0, 12)}`);
}

function interpreter(folder: string): string {
  return join(folder, "bin", "python");
}

type Make = (
  partial: string,
  installer: Installer,
  python: Awaited<ReturnType<typeof findPython>>,
) => Promise<void>;

/** Makes a folder beside its place and moves it there when it is whole; only one process at a time does. */
async function makeOnce(
  folder: string,
  needed: number,
  say: (line: string) => void,
  make: Make,
): Promise<void> {
  const home = dirname(folder);
  prepareHome(home);
  const wait = () => say("another mucode is installing; waiting for it");
  await withLock(join(home, "install.lock"), wait, async () => {
    if (existsSync(join(folder, marker))) return;
    sweep(home);
    requireDisk(home, needed);
    const python = await findPython();
    const partial = `${folder}.${process.pid}.partial`;
    mkdirSync(partial);
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 1000);
    const signOfLife = setInterval(() => say(`still installing after ${seconds()} s`), 15_000);
    try {
      await make(partial, await openInstaller(python, home), python);
    } finally {
      clearInterval(signOfLife);
    }
    rmSync(join(partial, "downloads"), { recursive: true, force: true });
    writeFileSync(join(partial, marker), `${python.path} ${python.version.join(".")}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  });
}

/** Removes what killed installations left behind; an installer of theirs may still be writing for a moment. */
function sweep(home: string): void {
  for (const name of readdirSync(home).filter((name) => name.endsWith(".partial"))) {
    try {
      rmSync(join(home, name), { recursive: true, force: true });
    } catch {
      // The next installation tries again.
    }
  }
}

function prepareHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true });
  } catch (error) {
    const reason = (error as Error).message;
    throw new WorkError(`cannot make ${home}: set MUCODE_HOME to a folder that can be written (${reason})`);
  }
}

/** GiB free for us on the disk of a folder that exists. */
export function freeDisk(folder: string): number {
  const disk = statfsSync(folder);
  return (disk.bavail * disk.bsize) / 2 ** 30;
}

function requireDisk(home: string, needed: number): void {
  const free = freeDisk(home);
  if (free >= needed) return;
  throw new WorkError(
    `${needed} GB are needed for the engine in ${home}, but ${free.toFixed(1)} GB are free: ` +
      "free some space, or set MUCODE_HOME to a folder on a larger disk",
  );
}

/** A GPU that the driver answers for. Its tool takes a second, so it is only asked where there may be one. */
export async function hasGpu(): Promise<boolean> {
  if (!["/dev/nvidiactl", "/dev/dxg"].some((path) => existsSync(path))) return false;
  if (existing(true) !== undefined) return true;
  const listed = await promisify(execFile)("nvidia-smi", ["-L"], { timeout: 20_000 }).catch(() => undefined);
  return listed?.stdout.includes("GPU ") ?? false;
}
