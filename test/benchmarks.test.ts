// The published benchmarks as tasks: which tests are public, that none is empty or vacuous, and that the reference
// solution passes its own task. Needs the published files (MUCODE_DATA) and says so where they are absent.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBenchmark, openTasks } from "../src/benchmarks/catalog.ts";
import { checkStatements, docstringAsserts } from "../src/benchmarks/docstring-tests.ts";
import { openGradables } from "../src/benchmarks/gradable.ts";
import { numberOf, ownExamples, readPack } from "../src/benchmarks/humaneval.ts";
import { readMbpp } from "../src/benchmarks/mbpp.ts";
import { programOf } from "../src/benchmarks/sample-program.ts";
import type { Task } from "../src/benchmarks/task.ts";
import type { FunctionTests } from "../src/core/problem.ts";
import { gradeProgram } from "../src/evaluation/grade.ts";
import { problemEnvironment } from "../src/rollout/environment.ts";
import { createSandbox, type Outcome, type Sandbox } from "../src/sandbox/index.ts";
import { mucode } from "./run-process.ts";
import { numpyPython, onLinux } from "./sandbox/programs.ts";

const data = process.env.MUCODE_DATA ?? "";
const missing =
  data === ""
    ? "MUCODE_DATA names no folder with the benchmarks"
    : existsSync(join(data, "mbpp", "mbpp.jsonl"))
      ? undefined
      : `${data} has no mbpp/mbpp.jsonl`;
if (missing) process.stderr.write(`benchmarks: skipped, ${missing}\n`);
const numpy = missing ? undefined : await numpyPython();
const canJudge = missing === undefined && onLinux;

/** Problems that no program can solve with the official split (paper facts, D9). */
const unsolvable = [
  1, 2, 4, 6, 9, 11, 14, 17, 19, 21, 24, 26, 27, 34, 45, 75, 85, 106, 119, 122, 123, 130, 139, 147, 153,
];
/** Those whose docstring has no assert at all. */
const withoutExamples = [38, 41, 50, 83, 84, 160];

const asserts = (tests: Task["publicTests"]) => (tests as FunctionTests).asserts;
const count = (tasks: Task[], split: Task["split"]) => tasks.filter((task) => task.split === split).length;
const number = (task: Task) => Number(task.id.slice(task.id.indexOf("/") + 1));

describe.skipIf(missing)("the splits", () => {
  test.each([
    ["mbpp", [374, 90, 500]],
    ["mbpp-sanitized", [120, 43, 257]],
    ["mbpp-plus", [0, 0, 378]],
    ["humaneval", [0, 0, 164]],
    ["humaneval-plus", [0, 0, 164]],
  ] as const)("%s: train, validation, test", async (name, sizes) => {
    for (const variant of ["paper", "official"] as const) {
      const tasks = await openTasks(name, { data, variant });
      expect([count(tasks, "train"), count(tasks, "validation"), count(tasks, "test")]).toEqual([...sizes]);
      expect(new Set(tasks.map((task) => task.id)).size).toBe(tasks.length);
      for (const task of tasks) expect(task.statement.length, task.id).toBeGreaterThan(10);
    }
  });

  test("MBPP: one public test, the others and the challenge tests private", async () => {
    const records = new Map((await readMbpp(data)).map(({ record }) => [record.task_id, record]));
    const tasks = await openTasks("mbpp", { data });
    for (const task of tasks) {
      const { test_list, challenge_test_list, test_setup_code } = records.get(number(task))!;
      expect(asserts(task.publicTests)).toEqual(test_list.slice(0, 1));
      expect(asserts(task.privateTests)).toEqual([...test_list.slice(1), ...challenge_test_list]);
      expect((task.publicTests as FunctionTests).setup ?? "").toBe(test_setup_code);
    }
    expect(tasks.filter((task) => asserts(task.privateTests).length > 2).map(number)).toEqual([
      11, 16, 20, 23, 25, 26, 28, 42, 43, 44, 47,
    ]);
    expect(tasks.filter((task) => (task.privateTests as FunctionTests).setup).map(number)).toEqual([
      367, 927,
    ]);
    expect(tasks.every((task) => task.entryPoint !== undefined)).toBe(true);
  });

  test("MBPP, official: all tests of a training problem are public, challenge tests never run", async () => {
    for (const task of await openTasks("mbpp", { data, variant: "official" })) {
      expect(asserts(task.publicTests)).toHaveLength(task.split === "train" ? 3 : 1);
      expect(asserts(task.privateTests)).toHaveLength(task.split === "train" ? 3 : 2);
    }
  });

  test.each(["humaneval", "humaneval-plus"])(
    "%s: one public test, which calls the function",
    async (name) => {
      const pack = new Map((await readPack(data)).map(({ record }) => [numberOf(record), record]));
      const tasks = await openTasks(name, { data });
      const own: number[] = [];
      for (const task of tasks) {
        const [shown, ...more] = asserts(task.publicTests);
        expect(more, task.id).toEqual([]);
        expect(shown, task.id).toMatch(new RegExp(`^assert\\b[\\s\\S]*\\b${task.entryPoint}\\(`));
        const examples = docstringAsserts(pack.get(number(task))!.example_test, task.entryPoint!);
        if (examples.length === 0) own.push(number(task));
        else expect([shown, ...asserts(task.privateTests)], task.id).toEqual(examples);
        const { test: suite, prompt } = pack.get(number(task))!;
        const code = (task.privateTests as FunctionTests).code!;
        const given = [32, 38, 50].includes(number(task))
          ? prompt.slice(0, prompt.lastIndexOf("\ndef ") + 1)
          : "";
        expect(code.replace(/\n+/g, "\n"), task.id).toBe(`${given}${suite}`.replace(/\n+/g, "\n"));
        expect(task.definitions !== undefined, task.id).toBe([10, 32, 38, 50].includes(number(task)));
      }
      expect(own).toEqual(withoutExamples);
      expect([...ownExamples.keys()]).toEqual(withoutExamples);
    },
  );

  test("our own examples are in no private suite, so that showing them gives nothing away", async () => {
    const suites = new Map((await readPack(data)).map(({ record }) => [numberOf(record), record.test]));
    const invented = [38, 41, 50, 83];
    for (const [of, { assert }] of ownExamples) {
      const call = assert.slice("assert ".length, assert.indexOf(" =="));
      if (invented.includes(of)) expect(suites.get(of)).not.toContain(call);
    }
  });

  test("the 25 problems of D9 are those whose examples leave the official check empty, or begin indented", async () => {
    const found = (await readPack(data)).filter(
      ({ record }) =>
        checkStatements(record.example_test).length === 1 || /^[ \t]+\S/.test(record.example_test),
    );
    expect(found.map(({ record }) => numberOf(record))).toEqual(unsolvable);
  });

  test("no prompt of a benchmark is without its public test", async () => {
    const { problems } = await openBenchmark("humaneval", { data });
    for (const problem of problems("test")) expect(problem.prompt).toContain(asserts(problem.publicTests)[0]);
    await expect(openBenchmark("humanevil", { data })).rejects.toThrow(/neither a file.*humaneval/);
  });
});

describe.skipIf(!canJudge)("a reference solution passes its own task", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 2, ...(numpy && { judgePython: numpy }) });
  });
  afterAll(() => sandbox?.close());

  const judge = (tasks: Task[]) =>
    Promise.all(
      tasks.map(async ({ id, references, publicTests, privateTests, strongTests, limits = {} }) => {
        const groups = [publicTests, privateTests, ...(strongTests ? [strongTests] : [])];
        const job = { language: "python" as const, program: references[0]!, groups, limits };
        return { id, outcomes: await sandbox.judge(job) };
      }),
    );
  const failing = (judged: { id: string; outcomes: Outcome[] }[]) =>
    judged.filter(({ outcomes }) => outcomes.some(({ verdict }) => verdict !== "passed"));

  test.each(["humaneval", "mbpp", "mbpp-sanitized"])("%s, the paper's split", async (name) => {
    expect(failing(await judge(await openTasks(name, { data })))).toEqual([]);
  });

  test.skipIf(!numpy).each([
    ["humaneval-plus", [0, 32, 38, 84]],
    ["mbpp-plus", [2, 82, 126, 255]],
  ])("%s, those with repaired tests among them", async (name, chosen) => {
    const tasks = (await openTasks(name, { data })).filter((task) => chosen.includes(number(task)));
    expect(tasks).toHaveLength(chosen.length);
    expect(failing(await judge(tasks))).toEqual([]);
  });

  // The four prompts that define a function beside the one that is asked for.
  const answers = {
    10: "def make_palindrome(string):\n    for i in range(len(string) + 1):\n        if is_palindrome(string[i:]):\n            return string + string[:i][::-1]",
    32: "def find_zero(xs):\n    low, high = -1, 1\n    while poly(xs, low) * poly(xs, high) > 0:\n        low, high = 2 * low, 2 * high\n    if poly(xs, low) > poly(xs, high):\n        low, high = high, low\n    for _ in range(200):\n        mid = (low + high) / 2\n        if poly(xs, mid) > 0:\n            high = mid\n        else:\n            low = mid\n    return mid",
    38: "def decode_cyclic(s):\n    return ''.join(g[-1] + g[:-1] if len(g) == 3 else g for g in (s[i:i + 3] for i in range(0, len(s), 3)))",
    50: "def decode_shift(s):\n    return ''.join(chr((ord(c) - 5 - 97) % 26 + 97) for c in s)",
  };
  const liars = {
    32: "def poly(xs, x): return 0.0\ndef find_zero(xs): return -0.5 if xs == [1, 2] else 1.0",
    38: "def encode_cyclic(s): return s\ndef decode_cyclic(s): return 'abcdefg' if s == 'bcaefdg' else s",
    50: "def encode_shift(s): return s\ndef decode_shift(s): return 'hello' if s == 'mjqqt' else s",
  };

  test.each(Object.entries(answers))(
    "HumanEval/%s: an answer without the prompt's own function passes",
    async (id, answer) => {
      const { problems } = await openBenchmark("humaneval", { data });
      const problem = problems("test").find((one) => one.id === `HumanEval/${id}`)!;
      const { program, judgement } = await problemEnvironment(problem, sandbox, true).step(answer);
      expect(program).toBe(answer);
      expect([judgement.public.verdict, judgement.private.verdict]).toEqual(["passed", "passed"]);
      const graded = (await openGradables("humaneval", { data })).find((one) => one.id === problem.id)!;
      const sample = { taskId: problem.id, where: "", form: "solution" as const, text: answer };
      expect((await gradeProgram(graded, programOf(graded, sample), sandbox)).passed).toBe(true);
    },
  );

  test.each(Object.entries(liars))(
    "HumanEval/%s: a program can't decide its test by a function of its own",
    async (id, liar) => {
      const { problems } = await openBenchmark("humaneval", { data });
      const problem = problems("test").find((one) => one.id === `HumanEval/${id}`)!;
      const { judgement } = await problemEnvironment(problem, sandbox, true).step(liar);
      expect(judgement.private.verdict).toBe("wrong");
      const graded = (await openGradables("humaneval", { data })).find((one) => one.id === problem.id)!;
      const sample = { taskId: problem.id, where: "", form: "solution" as const, text: liar };
      expect((await gradeProgram(graded, programOf(graded, sample), sandbox)).passed).toBe(false);
    },
  );

  test("humaneval, the official split: all but the 25 of D9", async () => {
    const judged = failing(await judge(await openTasks("humaneval", { data, variant: "official" })));
    expect(judged.map(({ id }) => id)).toEqual(unsolvable.map((one) => `HumanEval/${one}`));
    for (const { outcomes } of judged) expect(outcomes[0]!.verdict).toBe("passed");
  });

  test("a wrong program passes the ten public tests that the official split leaves vacuous, and none of ours", async () => {
    const vacuous = [...withoutExamples, 81, 100, 154, 162].sort((a, b) => a - b);
    const passesAs = async (variant: "paper" | "official", value: string) => {
      const wrong = (await openTasks("humaneval", { data, variant })).map((task) => ({
        ...task,
        references: [`def ${task.entryPoint}(*_):\n    return ${value}`],
      }));
      return (await judge(wrong))
        .filter(({ outcomes }) => outcomes[0]!.verdict === "passed")
        .map(({ id }) => id);
    };
    // Both a true and a false value: a test of truth takes one of the two.
    const publicPasses = async (variant: "paper" | "official") => {
      const second = await passesAs(variant, "()");
      return (await passesAs(variant, '"wrong on purpose"')).filter((id) => second.includes(id));
    };
    expect(await publicPasses("official")).toEqual(vacuous.map((one) => `HumanEval/${one}`));
    expect(await publicPasses("paper")).toEqual([]);
  });
});

describe.runIf(onLinux)("mucode data check", () => {
  test("says which solution fails and why, and that records are missing; exit code 1", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mucode-data-"));
    mkdirSync(join(folder, "mbpp"));
    const record = (task_id: number, code: string) =>
      JSON.stringify({
        task_id,
        text: "double",
        code,
        test_setup_code: "",
        test_list: ["assert f(2) == 4"],
        challenge_test_list: [],
      });
    const lines = [record(1, "def f(x): return 2 * x"), record(2, "def f(x): return x + 1")];
    writeFileSync(join(folder, "mbpp", "mbpp.jsonl"), lines.join("\n"));
    const { code, stdout } = await mucode("data", "check", "mbpp", "--data", folder);
    rmSync(folder, { recursive: true });
    expect(stdout).toMatch(/^mbpp +1\/2 passed in [\d.]+ s\n {2}972 published records are missing/);
    expect(stdout).toContain("  2: wrong, 0 of 1 tests passed; at f(2), expected 4, got 3\n");
    expect(code).toBe(1);
  });

  test.skipIf(missing)("prints one JSON document, and what fails by name", async () => {
    const { code, stdout, stderr } = await mucode(
      "data",
      "check",
      "mbpp-challenge",
      "humanevalpack",
      "--data",
      data,
      "--json",
    );
    expect(stderr).toMatch(/mbpp-challenge +11\/11/);
    expect(JSON.parse(stdout).sets).toMatchObject([
      { name: "mbpp-challenge", passed: 11, total: 11, failed: [] },
      { name: "humanevalpack", passed: 164, total: 164, failed: [] },
    ]);
    expect(code).toBe(0);
  });

  test.each([
    [["humanevil"], /benchmark "humanevil": has no solutions to check; expected one of mbpp/],
    [
      ["mbpp", "--data", "/nowhere"],
      /nowhere\/mbpp\/mbpp\.jsonl: is not there: "mucode data get mbpp" fetches it; or name/,
    ],
    [["--data", "/nowhere"], /nowhere: holds none of the benchmarks' files/],
    [["mbpp", "--cpu-seconds", "0"], /Expected a number of seconds/],
  ])("refuses %j in one line", async (args, line) => {
    const { code, stdout, stderr } = await mucode("data", "check", ...args);
    expect(stderr).toMatch(line);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});
