// The processes below this one, as the kernel lists them: for tests of what dies with what.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Processes started by `pid` (all its threads), from /proc. */
export function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return lists.join(" ").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Not gone and not a zombie that waits for its parent. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until `condition` holds; rejects after `seconds`. */
export async function until(condition: () => boolean, seconds: number, what: string): Promise<void> {
  const limit = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(20);
  }
}
