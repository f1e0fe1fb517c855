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
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { WorkError } from "../core/errors.ts";
import { engineFolder } from "./engine.ts";
import { explainFailure, type Installer, openInstaller } from "./install.ts";
import { withLock } from "./lock.ts";
import { findPython, type Python } from "./python.ts";

export interface EngineEnvironment {
  /** Its interpreter. */
  python: string;
  folder: string;
  /** Whether it is the build for this machine's GPU. */
  gpu: boolean;
}

/** Where environments are kept: MUCODE_HOME, or a folder of the user's cache. */
export function mucodeHome(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.MUCODE_HOME) return resolve(environment.MUCODE_HOME);
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "mucode");
}

/** Disk space of an environment with its downloads, GiB. */
export const neededDisk = (gpu: boolean) => (gpu ? 6 : 5);

/** The environment when it is there and whole; makes nothing. */
export async function findEnvironment(): Promise<EngineEnvironment | undefined> {
  return existing(engineFolder, await hasGpu(engineFolder));
}

/**
 * The environment, made first when it is missing.
 * @param say gets one line for each step that takes time.
 * @param locks folder of the lock files.
 */
export async function ensureEnvironment(
  say: (line: string) => void,
  locks: string = engineFolder,
): Promise<EngineEnvironment> {
  const gpu = await hasGpu(locks);
  const lock = lockFile(locks, gpu);
  const folder = folderOf("engine", lock);
  const found = existing(locks, gpu);
  if (found !== undefined) return found;
  const began = performance.now();
  const isWhole = () => existing(locks, gpu) !== undefined;
  await makeOnce(folder, isWhole, neededDisk(gpu), say, async ({ partial, downloads, installer, python }) => {
    say(`making the engine's Python environment with Python ${python.version.join(".")} in ${folder}`);
    say(
      `this happens once and takes about ${neededDisk(gpu)} GB of disk; MUCODE_HOME moves it to another one`,
    );
    await installer.makeEnvironment(python.path, partial);
    await installer.sync(interpreter(partial), lock, downloads);
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
  const isWhole = () => existsSync(join(folder, marker));
  if (isWhole()) return folder;
  await makeOnce(folder, isWhole, 1, say, async ({ partial, downloads, installer }) => {
    say("installing the engine's linters and test tools");
    await installer.installInto(partial, environment.python, lock, downloads);
  });
  return folder;
}

/** Written last: a folder that has it is whole. */
const marker = "DONE";

function existing(locks: string, gpu: boolean): EngineEnvironment | undefined {
  const folder = folderOf("engine", lockFile(locks, gpu));
  const python = interpreter(folder);
  // The interpreter is a link into the system's Python, which an upgrade may have removed.
  return existsSync(join(folder, marker)) && existsSync(python) ? { python, folder, gpu } : undefined;
}

function lockFile(locks: string, gpu: boolean): string {
  return join(locks, gpu ? "requirements.lock" : "requirements-cpu.lock");
}

function folderOf(kind: "engine" | "tools", lock: string, ...more: string[]): string {
  const hash = createHash("sha256").update(readFileSync(lock));
  for (const part of [process.platform, process.arch, ...more]) hash.update(`\0${part}`);
  return join(mucodeHome(), `${kind}-${hash.digest("hex").slice(0, 12)}`);
}

function interpreter(folder: string): string {
  return join(folder, "bin", "python");
}

interface Workshop {
  /** Where the folder is made. */
  partial: string;
  /** Kept when the making fails, so that the next attempt goes on from there. */
  downloads: string;
  installer: Installer;
  python: Python;
}

async function makeOnce(
  folder: string,
  isWhole: () => boolean,
  needed: number,
  say: (line: string) => void,
  make: (workshop: Workshop) => Promise<void>,
): Promise<void> {
  const home = dirname(folder);
  const wait = () => say("another mucode is installing; waiting for it");
  await withLock(join(home, "install.lock"), wait, async () => {
    if (isWhole()) return;
    sweep(home);
    requireDisk(home, needed);
    const python = await findPython();
    const partial = `${folder}.${process.pid}.partial`;
    const downloads = join(home, "downloads");
    mkdirSync(partial);
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 1000);
    const signOfLife = setInterval(() => say(`still installing after ${seconds()} s`), 15_000);
    try {
      await make({ partial, downloads, installer: await openInstaller(python, home), python });
      writeFileSync(join(partial, marker), `${python.path} ${python.version.join(".")}\n`);
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
      rmSync(downloads, { recursive: true, force: true });
    } finally {
      clearInterval(signOfLife);
      rmSync(partial, { recursive: true, force: true });
    }
  }).catch((error) => {
    if (error instanceof Error && "syscall" in error)
      throw new WorkError(explainFailure(error.message, home));
    throw error;
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

/** A GPU that the driver answers for. Its tool takes a second, so an environment that is there is believed. */
async function hasGpu(locks: string): Promise<boolean> {
  if (!mayHaveGpu()) return false;
  return existing(locks, true) !== undefined || (await gpuNames()).length > 0;
}

const mayHaveGpu = () => ["/dev/nvidiactl", "/dev/dxg"].some((path) => existsSync(path));

/** The GPUs that the driver's own tool lists, e.g. "NVIDIA H200". */
export async function gpuNames(): Promise<string[]> {
  if (!mayHaveGpu()) return [];
  const listed = await promisify(execFile)("nvidia-smi", ["-L"], { timeout: 20_000 }).catch(() => ({
    stdout: "",
  }));
  return [...listed.stdout.matchAll(/^GPU \d+: (.*?)(?: \(UUID.*)?$/gm)].map((match) => match[1]!);
}
