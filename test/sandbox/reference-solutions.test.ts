// Every public benchmark's own solutions, judged from outside: what a plain interpreter passes, the sandbox passes, and what
// is wrong it rejects. All of MBPP and HumanEval; of the "+" sets, which are large, every sixth.
// `mucode data check` runs all of it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooseReferenceSets, type ReferenceSet } from "../../src/benchmarks/reference-sets.ts";
import { createSandbox, findInterpreter, type Sandbox } from "../../src/sandbox/index.ts";
import { numpyPython, onLinux } from "./programs.ts";

const folder = process.env.MUCODE_DATA ?? "";
const present = existsSync(join(folder, "mbpp", "mbpp.jsonl"));
const missing = !present
  ? "MUCODE_DATA names no folder with the benchmarks"
  : onLinux
    ? undefined
    : "the jail needs Linux";
if (missing) process.stderr.write(`reference solutions: skipped, ${missing}\n`);
const numpy = missing ? undefined : await numpyPython();
if (!missing && !numpy)
  process.stderr.write('reference solutions: "+" sets skipped, no interpreter has numpy\n');

const plus = (name: string) => name.endsWith("-plus");
const limits = { cpuSeconds: 6, wallSeconds: 50, memoryMb: 1024, outputKb: 256 };

const sets = missing ? [] : await Promise.all(chooseReferenceSets([]).map((set) => set.read(folder)));

describe.skipIf(missing)("reference solutions", () => {
  let sandbox: Sandbox;
  const frames: Buffer[] = [];
  beforeAll(async () => {
    const judgePython = numpy ?? (await findInterpreter()).path;
    sandbox = await createSandbox({ workers: 2, judgePython, onFrame: (frame) => frames.push(frame) });
  });
  afterAll(() => sandbox?.close());

  const chosen = sets
    .filter(({ name }) => numpy || !plus(name))
    .map(
      (set): ReferenceSet => ({
        ...set,
        jobs: set.jobs.filter(({ id }, index) => !set.known.has(id) && (!plus(set.name) || index % 6 === 3)),
      }),
    );
  const passing = async ({ jobs }: ReferenceSet, cpuSeconds: number) => {
    const verdicts = await Promise.all(
      jobs.map(async ({ id, program, tests }) => {
        const groups = [tests];
        const [outcome] = await sandbox.judge({
          language: "python",
          program,
          groups,
          limits: { ...limits, cpuSeconds },
        });
        return { id, ...outcome! };
      }),
    );
    return {
      passed: verdicts.filter(({ verdict }) => verdict === "passed").map(({ id }) => id),
      others: verdicts.filter(({ verdict }) => verdict !== "passed"),
    };
  };

  test.each(chosen.filter(({ right }) => right))("$name: all pass", async (set) => {
    const { passed, others } = await passing(set, limits.cpuSeconds);
    expect(others).toEqual([]);
    expect(passed).toHaveLength(set.jobs.length);
  });

  test.each(chosen.filter(({ right }) => !right))("$name: none passes", async (set) => {
    const { passed, others } = await passing(set, 1);
    expect(passed).toEqual([]);
    expect(others.filter(({ verdict }) => verdict === "fault")).toEqual([]);
  });

  test("no frame that entered the jail held a line of a test", () => {
    expect(frames.length).toBeGreaterThan(1000);
    const words = ["def check(", "assert ", "candidate", "METADATA"];
    const held = frames.filter(
      (frame) => !frame.includes('"program"') && words.some((word) => frame.includes(word)),
    );
    expect(held.map(String)).toEqual([]);
  });
});
