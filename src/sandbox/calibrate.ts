// Time limits from what the reference solution needs. A limit that suits every problem is far above what most need, and
// every program that loops costs all of it; and a limit in seconds means less on a slow machine than on a fast one.
import { defaultLimits, type Limits } from "../core/problem.ts";
import type { LocalSandbox, SandboxJob } from "./sandbox.ts";

export interface CalibrationOptions {
  /** How many times the reference's CPU time a program may take; default 10. */
  factor?: number;
  /** The least limit, seconds of CPU time; default 0.25. */
  least?: number;
  /** The most, also where the reference needs more; default the job's own limit, else the sandbox's default. */
  most?: number;
}

/**
 * The CPU limit of a problem, seconds, from its reference solution: the smallest of `least` · 2^k that is at least
 * `factor` times what the reference took, at most `most`. Steps of two keep a noisy measurement from changing the limit
 * from run to run. `undefined` where the reference does not pass: then nothing is known, and the usual limit holds.
 */
export async function calibrateCpuLimit(
  sandbox: LocalSandbox,
  reference: SandboxJob,
  options: CalibrationOptions = {},
): Promise<Pick<Limits, "cpuSeconds"> | undefined> {
  const { factor = 10, least = 0.25 } = options;
  const most = options.most ?? reference.limits?.cpuSeconds ?? defaultLimits.cpuSeconds;
  const { outcomes, cpuSeconds } = await sandbox.measure(reference);
  if (outcomes.some(({ verdict }) => verdict !== "passed")) return undefined;
  return { cpuSeconds: steppedLimit(factor * cpuSeconds, least, most) };
}

/** The smallest of least · 2^k, k ≥ 0, that is at least `wanted`; never more than `most`. */
export function steppedLimit(wanted: number, least: number, most: number): number {
  let limit = least;
  while (limit < wanted && limit < most) limit *= 2;
  return Math.min(limit, most);
}
