// CodeContests from its published files, where MUCODE_DATA names them: what is public, what is private, and that nothing is
// vacuous. Programs for four of its problems, written here, are judged by their tests.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeContestsTasks, sandboxFusionTasks } from "../src/benchmarks/codecontests.ts";
import type { Task } from "../src/benchmarks/task.ts";
import type { StdioTests } from "../src/core/problem.ts";
import { createSandbox, type LocalSandbox } from "../src/sandbox/index.ts";
import { onLinux } from "./sandbox/programs.ts";

const data = process.env.MUCODE_DATA;
const present = data !== undefined && existsSync(join(data, "codecontests", "test165.jsonl"));
const casesOf = (tests: Task["publicTests"]) => (tests as StdioTests).cases;

describe("a record", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mucode-contests-"));
    mkdirSync(join(folder, "codecontests"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const record = {
    name: "1_A. Sum",
    description: "Add.",
    time_limit: { seconds: 1, nanos: 500_000_000 },
    memory_limit_bytes: 256_000_000,
    public_tests: { input: ["1 2\n"], output: ["3\n"] },
    private_tests: { input: ["1 2\n", "2 2\n"], output: ["3\n", "4\n"] },
  };
  const read = (...records: unknown[]) => {
    writeFileSync(
      join(folder, "codecontests", "test165.jsonl"),
      records.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n"),
    );
    return codeContestsTasks(folder);
  };

  test("becomes a task: examples public, the others private, none in both", async () => {
    expect(await read(record)).toEqual([
      {
        id: "codecontests/1_A. Sum",
        split: "test",
        style: "stdio",
        statement: "Add.",
        publicTests: { style: "stdio", cases: [{ input: "1 2\n", output: "3\n" }], comparison: "tokens" },
        privateTests: { style: "stdio", cases: [{ input: "2 2\n", output: "4\n" }], comparison: "tokens" },
        limits: { cpuSeconds: 7.5, wallSeconds: 20, memoryMb: 1152, outputKb: 256 },
        references: [],
      },
    ]);
  });

  test.runIf(onLinux)(
    "has room for a thread with the largest stack in use, and as much data as before",
    async () => {
      const [task] = await read(record);
      const program = `import sys, threading
sys.setrecursionlimit(1 << 25)
threading.stack_size(512 << 20)
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
def main():
    a, b = map(int, input().split())
    data = bytearray(400 << 20)
    print(depth(100_000) - 100_000 + a + b)
thread = threading.Thread(target=main)
thread.start()
thread.join()`;
      const sandbox = await createSandbox({ workers: 1 });
      try {
        const groups = [task!.publicTests, task!.privateTests];
        const outcomes = await sandbox.judge({ language: "python", program, groups, limits: task!.limits! });
        expect(outcomes.map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
      } finally {
        await sandbox.close();
      }
    },
  );

  test("without private tests has its public ones twice, and generated tests count as private", async () => {
    const none = { input: [], output: [] };
    const [alone] = await read({ ...record, private_tests: none });
    expect(alone!.privateTests).toEqual(alone!.publicTests);
    const generated_tests = { input: ["9 9"], output: ["18"] };
    const [generated] = await read({ ...record, private_tests: none, generated_tests });
    expect(casesOf(generated!.privateTests)).toEqual([{ input: "9 9", output: "18" }]);
  });

  test("whose examples expect nothing gets a public test that does", async () => {
    const public_tests = { input: ["0 0"], output: [" \n"] };
    const [task] = await read({ ...record, public_tests });
    expect(casesOf(task!.publicTests)).toEqual([
      { input: "0 0", output: " \n" },
      { input: "1 2\n", output: "3\n" },
    ]);
    expect(casesOf(task!.privateTests)).toEqual([{ input: "2 2\n", output: "4\n" }]);
    await expect(read({ ...record, public_tests, private_tests: public_tests })).rejects.toThrow(
      /test165\.jsonl:1: no test of the problem expects any output/,
    );
  });

  test("without limits gets the usual ones, and room for twice the longest output", async () => {
    const long = { input: ["5"], output: ["x".repeat(400 * 1024)] };
    const [task] = await read({
      ...record,
      time_limit: null,
      memory_limit_bytes: 2 ** 30,
      private_tests: long,
    });
    expect(task!.limits).toEqual({ cpuSeconds: 10, wallSeconds: 25, memoryMb: 1664, outputKb: 800 });
  });

  test.each<[string, unknown[], RegExp]>([
    [
      "with fewer outputs than inputs",
      [{ ...record, public_tests: { input: ["1"], output: [] } }],
      /:1: field "public_tests": there must be as many/,
    ],
    [
      "without a statement",
      [{ ...record, description: undefined }],
      /:1: field "description": it is missing/,
    ],
    ["that stands twice", [record, record], /:2: field "name": .* stands in line 1 too/],
    ["that is cut", [record, '{"name": "x'], /:2: is not JSON/],
    [
      "with a negative time limit",
      [{ ...record, time_limit: { seconds: -1, nanos: 0 } }],
      /field "time_limit.seconds"/,
    ],
  ])("%s is refused with its line", async (_what, records, message) => {
    await expect(read(...records)).rejects.toThrow(message);
  });
});

const reason = present ? "" : " (skipped: MUCODE_DATA names no folder with codecontests/test165.jsonl)";

describe.runIf(present)(`CodeContests' files${reason}`, () => {
  let tasks: Task[];
  let fusion: Task[];
  beforeAll(async () => {
    [tasks, fusion] = await Promise.all([codeContestsTasks(data!), sandboxFusionTasks(data!)]);
  });

  test("hold 165 problems with 1,837 tests, and 20 with 35 to 331", () => {
    expect(tasks).toHaveLength(165);
    expect(fusion).toHaveLength(20);
    const total = ({ publicTests, privateTests }: Task) =>
      casesOf(publicTests).length + casesOf(privateTests).length;
    const sizes = fusion.map(total);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([35, 331]);
  });

  test("give every problem a public test that a program which prints nothing, or its input, fails", () => {
    for (const { id, publicTests } of [...tasks, ...fusion]) {
      expect([id, casesOf(publicTests).some(({ output }) => output.trim() !== "")]).toEqual([id, true]);
      expect([id, casesOf(publicTests).every(({ input, output }) => input.trim() === output.trim())]).toEqual(
        [id, false],
      );
    }
  });

  test("have their examples public, which the statement shows, and nothing of them among the private ones", () => {
    const spaced = (text: string) => text.split(/\s+/).join(" ").trim();
    for (const { id, statement, publicTests } of [...tasks, ...fusion])
      for (const { input } of casesOf(publicTests))
        expect([id, spaced(statement).includes(spaced(input))]).toEqual([id, true]);
    const alone = tasks.filter(({ publicTests, privateTests }) => {
      const shown = new Set(casesOf(publicTests).map(({ input }) => input));
      const both = casesOf(privateTests).filter(({ input }) => shown.has(input)).length;
      expect([0, shown.size]).toContain(both);
      return both > 0;
    });
    // 44 problems have no private tests, and those of 7 more are examples.
    expect(alone.length).toBe(51);
  });
});

describe.runIf(present && onLinux)(`programs for CodeContests${reason}`, () => {
  let sandbox: LocalSandbox;
  let tasks: Map<string, Task>;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 2 });
    const all = [...(await codeContestsTasks(data!)), ...(await sandboxFusionTasks(data!))];
    tasks = new Map(all.map((task) => [task.id.replace(/^codecontests\/|\..*/g, ""), task]));
  });
  afterAll(() => sandbox?.close());

  const judged = (id: string, program: string) => {
    const { publicTests, privateTests, limits } = tasks.get(id)!;
    const groups = [publicTests, privateTests];
    return sandbox.judge({ language: "python", program, groups, limits: limits!, stopAtFailure: true });
  };
  const verdicts = async (id: string, program: string) =>
    (await judged(id, program)).map(({ verdict }) => verdict);

  test("that print nothing pass no public test", async () => {
    for (const id of tasks.keys()) expect([id, (await verdicts(id, "pass"))[0]]).toEqual([id, "wrong"]);
  });

  test.each(Object.entries(solutions()))("pass where they are right (%s)", async (id, program) => {
    expect(await verdicts(id, program)).toEqual(["passed", "passed"]);
    const spoilt = program.replace(/print\((?!')/, "print('7', ");
    expect(await verdicts(id, spoilt)).toEqual(["wrong", "wrong"]);
  });
});

/** Written for these tests, each in a style of its own. */
function solutions(): Record<string, string> {
  return {
    // Sorts strings whose odd places count upwards and even ones downwards.
    "1575_A": `import sys
def main():
    rows = sys.stdin.buffer.read().split()
    names = [name.decode() for name in rows[2:]]
    def key(i):
        return [ord(c) if at % 2 == 0 else -ord(c) for at, c in enumerate(names[i])]
    print(*[i + 1 for i in sorted(range(len(names)), key=key)])
if __name__ == "__main__":
    main()`,
    // As many A and C together as B.
    "1579_A": `import threading
def work():
    for _ in range(int(input())):
        s = input()
        print("YES" if 2 * s.count("B") == len(s) else "NO")
thread = threading.Thread(target=work)
thread.start()
thread.join()`,
    "1619_A": `lines = open(0).read().split("\\n")
for s in lines[1:int(lines[0]) + 1]:
    half = len(s) // 2
    print("YES" if s[:half] == s[half:] else "NO")
exit()`,
    "1000_A": `import sys
from collections import Counter
words = sys.stdin.read().split()
n = int(words[0])
old, new = Counter(words[1:n + 1]), Counter(words[n + 1:])
print(sum((old - new).values()))
sys.exit(0)`,
  };
}
