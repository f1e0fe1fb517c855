// One process at a time: a lock file that does not outlive its holder, for work that several runs may begin together.
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

interface Holder {
  pid: number;
  host: string;
  /** When the process began, in the kernel's words: a pid alone may have been given to another process. */
  began: string;
}

/** A lock held on another machine (a shared home) counts as left behind after this long, milliseconds. */
const foreignLimitMs = 30 * 60_000;

/**
 * Runs `work` while holding the lock file `path`; waits for a living holder, and takes over from a dead one.
 * Two processes that take over in the same instant may both get in: the work must be safe to do twice
 * (done in a folder of its own and renamed), and the lock only saves the waste.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}.${randomUUID()}`;
  const me: Holder = { pid: process.pid, host: hostname(), began: beginning(process.pid) };
  writeFileSync(mine, JSON.stringify(me));
  try {
    for (let waited = false; !take(mine, path); waited = true) {
      if (isLeftBehind(path)) {
        rmSync(path, { force: true });
        continue;
      }
      if (!waited) onWait();
      await sleep(200);
    }
  } finally {
    rmSync(mine);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** A hard link appears with its content or not at all. */
function take(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isLeftBehind(path: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Holder;
    if (holder.host !== hostname()) return Date.now() - statSync(path).mtimeMs > foreignLimitMs;
    return !isAlive(holder.pid) || beginning(holder.pid) !== holder.began;
  } catch {
    return false; // Given back at this moment: the next attempt tells.
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

/** Start time of a process in ticks since boot; empty where there is no /proc. */
function beginning(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")")).split(" ")[20] ?? "";
  } catch {
    return "";
  }
}
