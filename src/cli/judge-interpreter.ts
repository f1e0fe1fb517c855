// The interpreter of tests that are code, for the commands that judge: the one that a flag names, else the engine's.
import { InputError } from "../core/errors.ts";
import { findEnvironment } from "../jobs/index.ts";
import { findInterpreter } from "../sandbox/index.ts";

/** As createSandbox takes it; empty where neither is there. Throws InputError where the one named does not work. */
export async function judgeInterpreter(named: string | undefined): Promise<{ judgePython?: string }> {
  if (named === undefined) {
    const found = (await findEnvironment())?.python;
    return found === undefined ? {} : { judgePython: found };
  }
  await findInterpreter(named).catch(() => {
    throw new InputError(
      "--judge-python",
      `${named} is not Python 3.9 or newer with its whole standard library`,
    );
  });
  return { judgePython: named };
}
