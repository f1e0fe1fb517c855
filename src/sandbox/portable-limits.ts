// What the portable tier can't judge of a Python job, said before anything runs instead of held against the program.
import { InputError } from "../core/errors.ts";
import { type Plan, planTests } from "./judge-code.ts";
import type { SandboxJob } from "./sandbox.ts";

/** Throws InputError, which begins with `where`, for tests that are code and for a job that names numpy. */
export function refuseInPortable(
  { language, groups, packages }: SandboxJob,
  where: string,
  plans: readonly Plan[] = groups.map((tests) => planTests(language, tests)),
): void {
  if (language !== "python") return;
  if (packages?.includes("numpy"))
    throw new InputError(where, 'isolation "portable" has no numpy: use the tier strict or fork');
  if (plans.some((plan) => plan.code))
    throw new InputError(
      where,
      'isolation "portable" can\'t judge tests that are code, which ask a process call by call: use asserts of the form `f(…) == literal`, or the tier strict or fork',
    );
}
