// Shared by the sandbox's suites: short ways to ask, and the honest program that must pass after anything.
import { spawnSync } from "node:child_process";
import { accessSync, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Limits } from "../../src/core/problem.ts";
import { findInterpreter, type Outcome, type Sandbox } from "../../src/sandbox/index.ts";

export const quick: Limits = { cpuSeconds: 0.5, wallSeconds: 5, memoryMb: 256, outputKb: 64 };

/** Judges function-style groups of asserts. */
export function ask(
  sandbox: Sandbox,
  program: string,
  groups: string[][],
  limits = quick,
): Promise<Outcome[]> {
  const tests = groups.map((asserts) => ({ style: "function" as const, asserts }));
  return sandbox.judge({ language: "python", program, groups: tests, limits });
}

/** Judges one group of stdin/stdout cases: [input, output] each. */
export async function feed(
  sandbox: Sandbox,
  program: string,
  cases: [string, string][],
  limits = quick,
): Promise<Outcome> {
  const group = { style: "stdio" as const, cases: cases.map(([input, output]) => ({ input, output })) };
  return (await sandbox.judge({ language: "python", program, groups: [group], limits }))[0]!;
}

let fresh = 0;

/** An honest program, new to the cache each time, with enough of Python in it to notice a poisoned worker. */
export async function expectHonestPass(sandbox: Sandbox, times = 4): Promise<void> {
  const answers = Array.from({ length: times }, () => {
    const number = fresh++;
    const program = `import re, math, collections, tempfile
def f(xs):
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 1000)
    return sorted(collections.Counter(xs).items()) + [abs(-${number}), len(xs), str(sum(xs)), math.gcd(12, 18)]
`;
    return ask(sandbox, program, [[`assert f([3, 1, 3]) == [(1, 1), (3, 2), ${number}, 3, '7', 6]`]]);
  });
  for (const [outcome] of await Promise.all(answers))
    expect(outcome).toEqual({ verdict: "passed", passed: 1, total: 1 });
}

/** Whether this machine can run the jail at all; the suites are skipped, visibly, where there is no Python or Linux. */
export const onLinux = process.platform === "linux";

export async function pythonPath(): Promise<string> {
  const { path } = await findInterpreter();
  accessSync(path);
  return path;
}

/** An interpreter with numpy, for tests that are code and import it: MUCODE_JUDGE_PYTHON, the engine's, or the system's. */
export async function numpyPython(): Promise<string | undefined> {
  const cache = join(homedir(), ".cache", "mucode");
  const engines = existsSync(cache)
    ? readdirSync(cache)
        .filter((name) => name.startsWith("engine-"))
        .map((name) => join(cache, name, "bin", "python"))
    : [];
  const candidates = [process.env.MUCODE_JUDGE_PYTHON, ...engines, (await findInterpreter()).path];
  return candidates.find(
    (path) => path !== undefined && spawnSync(path, ["-c", "import numpy"], { stdio: "ignore" }).status === 0,
  );
}
