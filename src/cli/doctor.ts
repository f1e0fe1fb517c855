// mucode doctor: everything that the work needs from this machine, each with what was found and how to mend it.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import {
  type EngineEnvironment,
  findEnvironment,
  findPython,
  freeDisk,
  gpuNames,
  mucodeHome,
  neededDisk,
} from "../jobs/index.ts";
import { sandboxChecks } from "./sandbox-checks.ts";

export interface Check {
  name: string;
  /** Whether nothing stands in the way. */
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What to do; there when `ok` is false. */
  fix?: string;
}

/** Memory that a run of the embedded world takes with its engine, GiB; disk that its results take, GiB. */
const memoryOfRun = 3;
const diskOfRun = 0.5;

const run = promisify(execFile);

/** Asks the machine, in the order in which things are needed. Takes seconds; changes nothing. */
export async function runDoctor(): Promise<Check[]> {
  const environment = await findEnvironment();
  const [python, engine, sandbox, gpu] = await Promise.all([
    checkPython(),
    checkEngine(environment),
    sandboxChecks(),
    checkGpu(),
  ]);
  return [
    checkNode(),
    python,
    engine,
    ...sandbox,
    gpu,
    await checkDisk(environment),
    checkMemory(),
    checkCores(),
  ];
}

/** The checks as lines for a person. */
export function doctorText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.flatMap(({ name, ok, detail, fix }) => [
    `${ok ? "✓" : "✗"} ${name.padEnd(width)}  ${detail}`,
    ...(fix === undefined ? [] : [`  ${" ".repeat(width)}  → ${fix}`]),
  ]);
  return `${lines.join("\n")}\n`;
}

function checkNode(): Check {
  return { name: "Node", ok: true, detail: process.version };
}

async function checkPython(): Promise<Check> {
  try {
    const { path, version } = await findPython();
    return { name: "Python", ok: true, detail: `${version.join(".")} (${path})` };
  } catch (error) {
    const [detail, ...fix] = (error as Error).message.split(": ");
    return { name: "Python", ok: false, detail: detail!, fix: fix.join(": ") };
  }
}

async function checkEngine(environment: EngineEnvironment | undefined): Promise<Check> {
  const name = "Engine";
  if (environment === undefined) {
    return { name, ok: true, detail: `not made yet: the first run makes it in ${mucodeHome()}` };
  }
  const { python, folder } = environment;
  try {
    const code = "import torch; print(torch.__version__, torch.cuda.is_available())";
    const { stdout } = await run(python, ["-c", code], { timeout: 120_000 });
    const [version, cuda] = stdout.trim().split(" ");
    return { name, ok: true, detail: `PyTorch ${version} on ${cuda === "True" ? "GPU" : "CPU"} (${folder})` };
  } catch (error) {
    const last =
      String((error as { stderr?: string }).stderr ?? error)
        .trim()
        .split("\n")
        .at(-1) ?? "";
    return {
      name,
      ok: false,
      detail: `PyTorch does not load: ${last}`,
      fix: `remove ${folder} and run again`,
    };
  }
}

async function checkGpu(): Promise<Check> {
  const names = await gpuNames();
  if (names.length > 0) return { name: "GPU", ok: true, detail: names.join(", ") };
  if (!existsSync("/dev/nvidiactl")) return { name: "GPU", ok: true, detail: "none: models run on the CPU" };
  const fix = "make `nvidia-smi` work (driver and its libraries), or go on with the CPU";
  return { name: "GPU", ok: false, detail: "there is one, but nvidia-smi does not answer", fix };
}

async function checkDisk(environment: EngineEnvironment | undefined): Promise<Check> {
  const home = existingAncestor(mucodeHome());
  const needed = environment === undefined ? neededDisk((await gpuNames()).length > 0) : diskOfRun;
  const places = [
    { what: "for the engine and caches", folder: home, free: freeDisk(home), needed },
    { what: "here", folder: process.cwd(), free: freeDisk(process.cwd()), needed: diskOfRun },
  ];
  const detail = places.map(({ what, free }) => `${free.toFixed(1)} GB free ${what}`).join(", ");
  const full = places.find((place) => place.free < place.needed);
  if (full === undefined) return { name: "Disk", ok: true, detail };
  const fix = `free ${full.needed} GB on the disk of ${full.folder}, or set MUCODE_HOME to a folder on another disk`;
  return { name: "Disk", ok: false, detail, fix };
}

function existingAncestor(folder: string): string {
  return existsSync(folder) ? folder : existingAncestor(dirname(folder));
}

function checkMemory(): Check {
  const [free, total] = [freemem(), totalmem()].map((bytes) => bytes / 2 ** 30) as [number, number];
  const detail = `${free.toFixed(1)} of ${total.toFixed(1)} GB available`;
  if (free >= memoryOfRun) return { name: "Memory", ok: true, detail };
  const fix = `a run takes about ${memoryOfRun} GB: close other programs, or add memory`;
  return { name: "Memory", ok: false, detail, fix };
}

function checkCores(): Check {
  return { name: "Cores", ok: true, detail: String(availableParallelism()) };
}
