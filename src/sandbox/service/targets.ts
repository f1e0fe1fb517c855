// Which of several servers is asked next: of those that do not rest, the one with the fewest requests under way. A server
// that could not be reached rests, longer each time; one without room is left alone by that job only.
import { deriveSeed } from "../../core/seed.ts";

export interface Target {
  readonly url: string;
  outstanding: number;
  /** Failures since the last answer. */
  failures: number;
  /** Time (performance.now()) until which no new request is sent there. */
  restsUntil: number;
}

const firstRestMs = 100;
const longestRestMs = 10_000;

export function makeTargets(urls: readonly string[]): Target[] {
  return urls.map((url) => ({ url, outstanding: 0, failures: 0, restsUntil: 0 }));
}

/** The pause after the `failures`-th failure in a row, milliseconds: it doubles, and the server's own wish counts. */
export function restMs(failures: number, wishedMs = 0): number {
  return Math.max(wishedMs, Math.min(longestRestMs, firstRestMs * 2 ** (failures - 1)));
}

/** A fraction in [0, 1) that differs from job to job and from process to process, so that not all come back at once. */
export function spread(job: number, attempt: number): number {
  return deriveSeed(process.pid, "sandbox-retry", job, attempt) / 2 ** 31;
}

/**
 * The target to ask now, or how many milliseconds to wait until one can be. `full`: when each target that had no room
 * for this job may be asked again.
 */
export function pick(
  targets: readonly Target[],
  full: ReadonlyMap<Target, number>,
  now: number,
): Target | number {
  let best: Target | undefined;
  let soonest = Number.POSITIVE_INFINITY;
  for (const target of targets) {
    const at = Math.max(target.restsUntil, full.get(target) ?? 0);
    soonest = Math.min(soonest, at);
    if (at <= now && (!best || load(target) < load(best))) best = target;
  }
  return best ?? soonest - now;
}

/** One that failed last is tried by one request, and by more only where nothing better is left. */
function load({ outstanding, failures }: Target): number {
  return failures > 0 && outstanding > 0 ? Number.MAX_SAFE_INTEGER : outstanding;
}

/** Milliseconds that a Retry-After header asks for, at most a minute; 0 where it says nothing. */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return 0;
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Math.min(60_000, Math.max(0, ms || 0));
}
