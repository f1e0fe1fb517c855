// Running `mucode train` as a user does: a real process, a real engine, a real sandbox, at a small size.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("..", import.meta.url));

/** The smallest run that goes through every phase with every recipe. */
export const smallConfig = `
name: small
seed: 7
limit: { train: 16, validation: 6, test: 12 }
recipes: [rft, mucode]
iterations: 1
rollouts: { samples: 4, turns: 2, temperature: [0.8], maxTokens: 80 }
verifier: { pairs: 8, epochs: 2, batchProblems: 8, learningRate: 1.0e-3, maxLength: 512 }
finetune: { steps: 4, batchTokens: 2048, learningRate: 1.0e-3, maxLength: 512 }
evaluation: { turns: 2, candidates: 3, temperature: 0.8 }
engine: { dtype: float64 }
`;

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  ended: Promise<Finished>;
}

export function startMucode(args: string[], cwd?: string): Running {
  const child = spawn(process.execPath, [join(repository, "bin", "mucode.js"), ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise<Finished>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, ended };
}

export const mucode = (...args: string[]): Promise<Finished> => startMucode(args).ended;

/** All living descendants of a process, oldest first. */
export function descendants(pid: number): { pid: number; command: string }[] {
  const parents = new Map<number, { parent: number; command: string }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z") continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ").trim();
      parents.set(Number(name), { parent: Number(fields[1]), command });
    } catch {
      // It ended while we looked.
    }
  }
  const found: { pid: number; command: string }[] = [];
  const visit = (of: number) => {
    for (const [child, { parent, command }] of parents) {
      if (parent !== of) continue;
      found.push({ pid: child, command });
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** Kills one process, if it is still there: it may have ended since it was seen. */
export function strike(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
