// One process at a time works on a run directory. The lock names its holder, and a holder that died (killed,
// machine restarted) doesn't hold: the same command continues the run.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";

/** Takes the lock; the returned function gives it back. Throws InputError while another process holds it. */
export function lockRun(folder: string): () => void {
  const file = join(folder, "run.lock");
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, started: startTime(process.pid) }), {
        flag: "wx",
      });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readHolder(file);
    if (holder && startTime(holder.pid) === holder.started)
      throw new InputError(
        folder,
        `process ${holder.pid} is working on this run; wait for it, or end it first`,
      );
    rmSync(file, { force: true });
  }
}

function readHolder(file: string): { pid: number; started: string } | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { pid: number; started: string };
  } catch {
    return null;
  }
}

/** When a process started, so that a number that was given anew isn't taken for the holder; "" when it is gone. */
function startTime(pid: number): string {
  try {
    // Field 22 of /proc/PID/stat, counted behind the command name, which may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
  } catch {
    return isAlive(pid) ? "unknown" : "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
