// Limits that follow the problem, and verdicts that do not follow the machine.
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { steppedLimit } from "../../src/sandbox/calibrate.ts";
import {
  calibrateCpuLimit,
  createSandbox,
  type LocalSandbox,
  type SandboxJob,
} from "../../src/sandbox/index.ts";
import { onLinux, quick } from "./programs.ts";

test("a calibrated limit is the least times a power of two, within its bounds", () => {
  expect([0, 0.25, 0.26, 0.9, 3, 100].map((wanted) => steppedLimit(wanted, 0.25, 10))).toEqual([
    0.25, 0.25, 0.5, 1, 4, 10,
  ]);
  expect(steppedLimit(1, 2, 1.5)).toBe(1.5);
});

const spin = (seconds: number) => `import time
def f(x):
    end = time.process_time() + ${seconds}
    while time.process_time() < end: pass
    return x
`;
const job = (program: string, asserts = ["assert f(1) == 1"]): SandboxJob => ({
  language: "python",
  program,
  groups: [{ style: "function", asserts }],
  limits: { ...quick, cpuSeconds: 2 },
});

describe.runIf(onLinux)("limits and load", () => {
  let sandbox: LocalSandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 2, cacheSize: 0 });
  });
  afterAll(() => sandbox?.close());

  test("are calibrated on the reference solution", async () => {
    expect(await calibrateCpuLimit(sandbox, job("def f(x): return x"))).toEqual({ cpuSeconds: 0.25 });
    expect(await calibrateCpuLimit(sandbox, job(spin(0.06)))).toEqual({ cpuSeconds: 1 });
    expect(await calibrateCpuLimit(sandbox, job(spin(0.5)))).toEqual({ cpuSeconds: 2 });
    expect(await calibrateCpuLimit(sandbox, job("def f(x): return 2"))).toBeUndefined();
  });

  test("the same programs get the same verdicts idle and under double load", async () => {
    const jobs = [
      ...Array.from({ length: 24 }, (_, n) => job(`def f(x): return ${n} and x`)),
      ...Array.from({ length: 4 }, (_, n) => job(`# ${n}\n${spin(0.2)}`)),
      ...Array.from({ length: 3 }, (_, n) => ({
        ...job(`# ${n}\nwhile True: pass`),
        limits: { ...quick, cpuSeconds: 0.4, wallSeconds: 3 },
      })),
      ...Array.from({ length: 3 }, (_, n) => ({
        ...job(`# ${n}\nimport time\ntime.sleep(60)`),
        limits: { ...quick, wallSeconds: 0.5 },
      })),
      job("def f(x): return [0] * 10**10"),
      job("def f(x): return 1 / 0"),
    ];
    const verdicts = async () =>
      (await Promise.all(jobs.map((one) => sandbox.judge(one)))).map(([outcome]) => outcome!.verdict);
    const idle = await verdicts();
    const busy = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["-e", "const end = Date.now() + 60000; while (Date.now() < end);"], {
        stdio: "ignore",
      }),
    );
    try {
      expect(await verdicts()).toEqual(idle);
    } finally {
      for (const process of busy) process.kill("SIGKILL");
    }
    expect(new Set(idle)).toEqual(
      new Set(["passed", "wrong", "cpu-time", "wall-time", "memory", "exception"]),
    );
  });
});
