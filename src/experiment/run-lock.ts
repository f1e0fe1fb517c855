// One process at a time works on a run directory. A holder that died (killed, machine restarted) doesn't hold: the same
// command continues the run.
//
// Each process that wants in puts down a claim, an empty file whose name says who it is, and then looks for claims of other
// living processes: if there is one, it takes its own back. Of two that are inside, the one that claimed later would
// have seen the other's claim, so there are no two. Nobody has to replace a dead holder's file, where two could do so at
// once: names are never used again, so a dead one's claim can be removed by anyone at any time, and a living one's only by
// itself. Holds for the processes of one machine.
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";

/** Two that claim at the same moment both step back; they try again after a pause that differs, of at most so long. */
const attempts = 6;
const longestPauseMs = 20;

/** Takes the lock; the returned function gives it back. Throws InputError while another process holds it. */
export function lockRun(folder: string): () => void {
  for (let attempt = 1; ; attempt++) {
    let holder = livingClaim(folder);
    if (holder === null) {
      const claim = join(folder, `run.lock-${process.pid}-${beginning(process.pid)}-${randomUUID()}`);
      const release = () => rmSync(claim, { force: true });
      writeFileSync(claim, "", { flag: "wx" });
      holder = livingClaim(folder, claim);
      if (holder === null) return release;
      release();
    }
    if (attempt === attempts)
      throw new InputError(folder, `process ${holder} is working on this run; wait for it, or end it first`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * longestPauseMs);
  }
}

/** The process id of a living claim other than `own`; null for none. Removes the claims of the dead. */
function livingClaim(folder: string, own?: string): number | null {
  for (const name of readdirSync(folder)) {
    const [, pid, began] = /^run\.lock-(\d+)-(\w+)-/.exec(name) ?? [];
    if (pid === undefined || began === undefined) continue;
    const file = join(folder, name);
    if (file === own) continue;
    if (isLiving(Number(pid), began)) return Number(pid);
    rmSync(file, { force: true });
  }
  return null;
}

/** Whether the process that had this number and began then is there still. */
function isLiving(pid: number, began: string): boolean {
  const now = beginning(pid);
  // Where /proc says nothing, now or then, the number alone has to do.
  return now === unknown || began === unknown ? isThere(pid) : now === began;
}

const unknown = "unknown";

/**
 * When a process began, in the kernel's ticks, so that a number that was given anew isn't taken for the holder; "gone" where it
 * ended, although nobody may have asked for its exit code yet; "unknown" where /proc doesn't say.
 */
function beginning(pid: number): string {
  try {
    // Fields 3, 20 and 22 of /proc/PID/stat, counted behind the command name, which may hold spaces. The first thread of a
    // process that is being killed may have ended before the others.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ended = /^[ZX]/.test(fields[0]!) && Number(fields[17]) <= 1;
    return ended ? "gone" : fields[19]!;
  } catch {
    return unknown;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
