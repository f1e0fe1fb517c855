import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { checkJob, checkOptions } from "./job-shape.ts";
import type { SandboxOptions } from "./local-sandbox.ts";
import type { SandboxJob } from "./sandbox.ts";
import { readJobBody } from "./service/protocol.ts";

const functions = { style: "function", asserts: ["assert f(1) == 2"] };
const good = { language: "python", program: "def f(x): return x + 1", groups: [functions] };
const asJob = (value: unknown) => value as SandboxJob;
const withGroup = (group: unknown) => ({ ...good, groups: [functions, group] });

describe("a job", () => {
  test.each([
    [good],
    [{ ...good, limits: { cpuSeconds: 3, outputKb: 1 }, packages: ["numpy"], stopAtFailure: true }],
    [withGroup({ ...functions, setup: "", code: "assert f(1)", entryPoint: "f" })],
    [withGroup({ style: "stdio", cases: [{ input: "", output: "" }], comparison: "tokens" })],
    [withGroup({ style: "stdio", cases: [] })],
  ])("%# is one", (job) => {
    checkJob(asJob(job));
    readJobBody(JSON.stringify(job));
  });

  test.each<[unknown, RegExp]>([
    ["def f(): pass", /^job: an object was expected, seen "def f/],
    [null, /^job: an object was expected, seen null/],
    [
      { ...good, language: "Python" },
      /^job: field "language": one of python, javascript, typescript .*"Python"/,
    ],
    [{ ...good, program: 12 }, /^job: field "program": a string was expected, seen 12$/],
    [{ language: "python", program: "" }, /^job: field "groups": an array was expected, seen nothing$/],
    [{ ...good, groups: [] }, /^job: field "groups": at least one group/],
    [{ ...good, groups: functions }, /^job: field "groups": an array was expected, seen an object/],
    [
      { ...good, tests: functions },
      /^job: field "tests": there is none; there are language, program, groups/,
    ],
    [withGroup(null), /^job: field "groups\.1": an object/],
    [
      withGroup({ ...functions, style: "stdoi" }),
      /^job: field "groups\.1\.style": "function" or "stdio" .*"stdoi"/,
    ],
    [withGroup({ style: "function" }), /^job: field "groups\.1\.asserts": an array/],
    [
      withGroup({ ...functions, asserts: ["assert f(1)", 2] }),
      /^job: field "groups\.1\.asserts\.1": a string/,
    ],
    [withGroup({ ...functions, code: 1 }), /^job: field "groups\.1\.code": a string/],
    [
      withGroup({ ...functions, cases: [] }),
      /^job: field "groups\.1\.cases": there is none; there are style, asserts/,
    ],
    [withGroup({ style: "stdio" }), /^job: field "groups\.1\.cases": an array/],
    [
      withGroup({ style: "stdio", cases: [{ input: "", expected: "" }] }),
      /^job: field "groups\.1\.cases\.0\.expected": there is none; there are input, output/,
    ],
    [
      withGroup({ style: "stdio", cases: [{ input: "" }] }),
      /^job: field "groups\.1\.cases\.0\.output": a string/,
    ],
    [
      withGroup({ style: "stdio", cases: [{ input: "", output: "", extra: 1 }] }),
      /^job: field "groups\.1\.cases\.0\.extra"/,
    ],
    [withGroup({ style: "stdio", cases: [null] }), /^job: field "groups\.1\.cases\.0": an object/],
    [
      withGroup({ style: "stdio", cases: [], comparison: "close" }),
      /^job: field "groups\.1\.comparison": one of text/,
    ],
    [
      { ...good, limits: { cpuSecond: 3 } },
      /^job: field "limits\.cpuSecond": there is none; there are cpuSeconds/,
    ],
    [
      { ...good, limits: { cpuSeconds: "2" } },
      /^job: field "limits\.cpuSeconds": a positive number .* seen "2"$/,
    ],
    [{ ...good, limits: 3 }, /^job: field "limits": an object/],
    [{ ...good, packages: ["torch"] }, /^job: field "packages": "numpy" was expected, seen "torch"/],
    [{ ...good, stopAtFailure: 1 }, /^job: field "stopAtFailure": true or false was expected, seen 1/],
  ])("%j is none, here and at the service", (job, message) => {
    expect(() => checkJob(asJob(job))).toThrow(InputError);
    expect(() => checkJob(asJob(job))).toThrow(message);
    expect(() => readJobBody(JSON.stringify(job))).toThrow(InputError);
  });

  test("may be spelled either way at the service", () => {
    const limits = { cpuSeconds: 1, wallSeconds: 2, memoryMb: 64, outputKb: 1 };
    const camel = { ...withGroup({ ...functions, entryPoint: "f" }), limits, stopAtFailure: true };
    const snake = {
      ...withGroup({ ...functions, entry_point: "f" }),
      limits: { cpu_seconds: 1, wall_seconds: 2, memory_mb: 64, output_kb: 1 },
      stop_at_failure: true,
    };
    expect(readJobBody(JSON.stringify(snake))).toEqual(camel);
    expect(readJobBody(JSON.stringify(camel))).toEqual(camel);
    expect(() => readJobBody(JSON.stringify({ ...camel, stop_at_failure: false }))).toThrow(
      /^job: "stop_at_failure" and "stopAtFailure" are one field/,
    );
  });

  test("is checked in microseconds", () => {
    const cases = Array.from({ length: 30 }, (_, index) => ({ input: `${index}`, output: `${index}` }));
    const job = asJob({ ...good, groups: [functions, { style: "stdio", cases }], limits: { cpuSeconds: 1 } });
    const times = Array.from({ length: 20 }, () => {
      const start = process.hrtime.bigint();
      for (let again = 0; again < 1000; again++) checkJob(job);
      return Number(process.hrtime.bigint() - start) / 1e6;
    });
    const microseconds = Math.min(...times);
    // Measured: 0.4 µs, of the 1,000 µs that a program may take; the bound leaves room for a busy machine.
    expect(microseconds).toBeLessThan(10);
  });
});

describe("an option of createSandbox", () => {
  test.each<[unknown, RegExp]>([
    [{ worker: 2 }, /^sandbox option "worker": there is none; there are workers, slots/],
    [{ workers: "2" }, /^sandbox option "workers": a number was expected, seen "2"/],
    [{ python: null }, /^sandbox option "python": a string was expected, seen null/],
    [{ limits: { cpuSecond: 3 } }, /^sandbox option "limits": field "limits\.cpuSecond": there is none/],
    [{ limits: { cpuSeconds: "2" } }, /^sandbox option "limits": .*seen "2"/],
    ["strict", /^sandbox options: an object was expected, seen "strict"/],
  ])("%j is refused", (options, message) => {
    expect(() => checkOptions(options as SandboxOptions)).toThrow(InputError);
    expect(() => checkOptions(options as SandboxOptions)).toThrow(message);
  });

  test("may be undefined, as one that was left out", () => {
    checkOptions({ workers: 2, isolation: "fork", ...({ python: undefined } as object) });
  });
});
