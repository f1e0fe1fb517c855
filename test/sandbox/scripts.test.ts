// Scripts of many cases share a process; their verdicts must be those of a process per case.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.ts";
import { feed, onLinux, quick } from "./programs.ts";

const numbers = Array.from({ length: 20 }, (_, n): [string, string] => [`${n}\n`, `${2 * n}\n`]);
const passed = (total: number) => ({ verdict: "passed", passed: total, total });

describe.runIf(onLinux)("a script of many cases", () => {
  let sandbox: Sandbox;
  let visits = 0;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 1, cacheSize: 0, onFrame: () => visits++ });
  });
  afterAll(() => sandbox?.close());

  const count = async (program: string, cases: [string, string][], limits = quick) => {
    visits = 0;
    const outcome = await feed(sandbox, program, cases, limits);
    return { outcome, visits };
  };

  test("is judged in one process where all is well, or where its first case is wrong", async () => {
    expect(await count("print(2 * int(input()))", numbers)).toEqual({ outcome: passed(20), visits: 1 });
    const { outcome, visits: wrong } = await count("print(2 * int(input()) + 1)", numbers);
    expect(outcome).toMatchObject({ verdict: "wrong", passed: 0, failure: { test: 0, actual: "1\n" } });
    expect(wrong).toBe(1);
  });

  test("has a later failure confirmed by a process of its own, once", async () => {
    const program = "n = int(input())\nprint(2 * n if n < 7 else 0)";
    const { outcome, visits: used } = await count(program, numbers);
    expect(outcome).toMatchObject({ verdict: "wrong", passed: 7, total: 20, failure: { test: 7 } });
    expect(used).toBe(2);
  });

  test("does not fail for what an earlier case left behind", async () => {
    const leaves = `
import decimal, sys, io, threading
if hasattr(decimal, "seen"): raise SystemExit(1)
decimal.seen = True
print(2 * int(sys.stdin.read()))
sys.stdin, sys.stdout = io.StringIO("poison"), sys.stderr
`;
    expect((await count(leaves, numbers.slice(0, 6))).outcome).toMatchObject({
      verdict: "passed",
      passed: 6,
    });
    const closes = "import os\nprint(2 * int(input()), flush=True)\nos.close(0)\nos.close(1)";
    expect((await count(closes, numbers.slice(0, 4))).outcome).toEqual(passed(4));
  });

  test.each([
    ["ends its process each time", "import os\nprint(2 * int(input()), flush=True)\nos._exit(0)"],
    ["reads the descriptor itself", "import os\nprint(2 * int(os.read(0, 99)))"],
    ["opens stdin by its number", "print(2 * int(open(0).read()))"],
    [
      "is a module with a guard",
      "def main():\n    print(2 * int(input()))\nif __name__ == '__main__': main()",
    ],
    [
      "works in a thread with a large stack",
      "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(1 << 26)\n" +
        "def go(n): return 2 * n if n < 1 else 2 + go(n - 1)\n" +
        "def main(): print(go(int(input())))\nthreading.Thread(target=main).start()",
    ],
    ["prints at its exit", "import atexit\natexit.register(lambda: print(2 * n))\nn = int(input())"],
    ["leaves by exit()", "print(2 * int(input()))\nexit()"],
    ["imports itself as the main module", "import __main__\nn = int(input())\nprint(2 * __main__.n)"],
    ["reads bytes", "import sys\nprint(2 * int(sys.stdin.buffer.read().split()[0]))"],
    ["reads a byte line", "import sys\nprint(2 * int(sys.stdin.buffer.readline()))"],
    [
      "puts a reader of its own in the place of input",
      "import sys, os, io\ninput = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline\nprint(2 * int(input()))",
    ],
    ["walks its lines", "import sys\nfor line in sys.stdin: print(2 * int(line))"],
    ["opens stdin by its number as bytes", "print(2 * int(open(0, 'rb').readline()))"],
    ["writes bytes", "import sys\nsys.stdout.buffer.write(b'%d' % (2 * int(input())))"],
    [
      "leaves by sys.exit(0) from within",
      "import sys\ndef f():\n    print(2 * int(input()))\n    sys.exit(0)\nf()",
    ],
    ["meets the end of its input", "n = int(input())\ntry:\n    input()\nexcept EOFError:\n    print(2 * n)"],
    [
      "draws from its seed",
      "import random\nassert random.random() == 0.8444218515250481\nprint(2 * int(input()))",
    ],
  ])("passes where it %s", async (_what, program) => {
    expect((await count(program, numbers)).outcome).toEqual(passed(20));
  });

  test("gives every case the whole time limit, and ends at the first that exceeds it", async () => {
    const limits = { ...quick, cpuSeconds: 0.3 };
    const spin = (seconds: number) =>
      `import time\nn = int(input())\nend = time.process_time() + ${seconds}\nwhile time.process_time() < end: pass\n`;
    const slow = await count(`${spin(0.12)}print(2 * n)`, numbers.slice(0, 8), limits);
    expect(slow.outcome).toEqual(passed(8));
    expect(slow.visits).toBeGreaterThan(2);
    const stuck = "n = int(input())\nwhile n == 3: pass\nprint(2 * n)";
    const { outcome, visits: used } = await count(stuck, numbers.slice(0, 8), limits);
    expect(outcome).toMatchObject({ verdict: "cpu-time", passed: 3, total: 8, failure: { test: 3 } });
    expect(used).toBe(2);
  });

  test("runs slow cases side by side, and says what cases in a row would say", async () => {
    const limits = { ...quick, cpuSeconds: 0.3 };
    const slow = (fails: string) =>
      `import time\nn = int(input())\nend = time.process_time() + 0.11\nwhile time.process_time() < end or n == 99: pass\n` +
      `print(2 * n + (${fails}))`;
    const many = numbers.slice(0, 12);
    expect((await count(slow("0"), many, limits)).outcome).toEqual(passed(12));
    expect((await count(slow("n in (5, 9)"), many, limits)).outcome).toMatchObject({
      verdict: "wrong",
      passed: 10,
      failure: { test: 5 },
    });
    // The case that is stuck ends the group: that the one behind it would pass does not count, whoever is first.
    const stuck: [string, string][] = many.map(([input, output], at) =>
      at === 7 ? ["99", "198"] : [input, output],
    );
    expect((await count(slow("n == 9"), stuck, limits)).outcome).toMatchObject({
      verdict: "cpu-time",
      passed: 7,
      failure: { test: 7 },
    });
  });

  test("stops at the first failure where the job says so, with the same verdict and fewer processes", async () => {
    const many = Array.from({ length: 200 }, (_, n): [string, string] => [`${n}`, `${2 * n}`]);
    const group = { style: "stdio" as const, cases: many.map(([input, output]) => ({ input, output })) };
    const judged = async (program: string, stopAtFailure: boolean) => {
      visits = 0;
      const job = {
        language: "python" as const,
        program,
        groups: [group, group],
        limits: quick,
        stopAtFailure,
      };
      return { outcomes: await sandbox.judge(job), visits };
    };
    const wrong = "n = int(input())\nprint(n if n in (3, 40, 150) else 2 * n)";
    const all = await judged(wrong, false);
    const some = await judged(wrong, true);
    expect(all.outcomes[0]).toMatchObject({
      verdict: "wrong",
      passed: 197,
      total: 200,
      failure: { test: 3 },
    });
    expect(some.outcomes[0]).toMatchObject({ verdict: "wrong", passed: 3, total: 200, failure: { test: 3 } });
    expect(some.outcomes[1]).toEqual(some.outcomes[0]);
    expect(some.visits).toBe(4);
    expect(all.visits).toBeGreaterThan(10);
    const late = await judged("n = int(input())\nprint(n if n in (100, 190) else 2 * n)", true);
    expect(late.outcomes[0]).toMatchObject({ verdict: "wrong", passed: 100, failure: { test: 100 } });
    expect((await judged("print(2 * int(input()))", true)).outcomes).toEqual([passed(200), passed(200)]);
  });

  test("is compared by the rule of its tests", async () => {
    const program = "print('1')\nprint(0.3000000001)";
    const judged = async (comparison?: "text" | "lines" | "tokens") => {
      const cases = [{ input: "", output: comparison === "tokens" ? "1 0.3" : "1\n0.3" }];
      const group = { style: "stdio" as const, cases, ...(comparison && { comparison }) };
      return (await sandbox.judge({ language: "python", program, groups: [group] }))[0]!.verdict;
    };
    expect(await judged("text")).toBe("wrong");
    expect(await judged("lines")).toBe("passed");
    expect(await judged()).toBe("passed");
    expect(await judged("tokens")).toBe("passed");
  });

  test("reads and writes text beyond ASCII, and hundreds of kilobytes", async () => {
    expect(await feed(sandbox, "print(input()[::-1])", [["añ→😀", "😀→ña"]])).toEqual(passed(1));
    const large = "x".repeat(300_000);
    const limits = { ...quick, outputKb: 512 };
    expect(await feed(sandbox, "print('x' * 300000)", [["", large]], limits)).toEqual(passed(1));
    const numbered = Array.from({ length: 60_000 }, (_, n) => `${n}\n`).join("");
    expect(await feed(sandbox, "for n in range(60000): print(n)", [["", numbered]], limits)).toEqual(
      passed(1),
    );
    expect((await feed(sandbox, "import sys\nprint(1)\nsys.exit(3)", [["", "1"]])).verdict).toBe("exception");
    expect((await feed(sandbox, "import sys\nprint(1)\nsys.exit('no')", [["", "1"]])).verdict).toBe(
      "exception",
    );
  });

  test("counts output for each case, and takes input of any size", async () => {
    const prints = (bytes: number) => `n = int(input())\nprint("x" * ${bytes} if n == 2 else 2 * n)`;
    const tooMuch = await feed(sandbox, prints(70 * 1024), numbers.slice(0, 5));
    expect(tooMuch).toMatchObject({ verdict: "output", passed: 4, failure: { test: 2 } });
    const each = numbers.map(([input]): [string, string] => [input, "x".repeat(60_000)]);
    expect(await feed(sandbox, "print('x' * 60000)", each)).toEqual(passed(20));
    const large = "7 ".repeat(400_000);
    expect(
      await feed(sandbox, "print(len(input().split()))", [
        [large, "400000"],
        ["7", "1"],
      ]),
    ).toEqual(passed(2));
  });

  test("cannot answer for other cases by what it writes on the channel", async () => {
    const forger = `import os
print("what a judge may look for", flush=True)
os.write(3, b'{"c":null,"end":2}\\n' * 20)
os._exit(0)`;
    const { outcome } = await count(forger, numbers);
    expect(outcome.passed).toBe(0);
    expect(outcome.verdict).not.toBe("passed");
  });
});

describe.runIf(onLinux)("lanes", () => {
  test("programs that loop leave the fast lane, so that a worker of one slot goes on with others", async () => {
    const sandbox = await createSandbox({ workers: 1, slots: 1, cacheSize: 0 });
    try {
      const limits = { ...quick, cpuSeconds: 3, wallSeconds: 60 };
      let looping = true;
      const loop = feed(sandbox, "while True: pass", [["", ""]], limits).finally(() => {
        looping = false;
      });
      for (let round = 0; round < 5; round++)
        expect(await feed(sandbox, `print(${round})`, [["", `${round}`]])).toEqual(passed(1));
      expect(looping).toBe(true);
      expect((await loop).verdict).toBe("cpu-time");
    } finally {
      await sandbox.close();
    }
  });

  test("a program that computes is judged by its CPU time, however long the machine takes", async () => {
    const sandbox = await createSandbox({ workers: 1, slots: 8, cacheSize: 0 });
    try {
      // More than there are cores: each takes longer than its wall limit, and none is struck by it.
      const limits = { ...quick, cpuSeconds: 0.4, wallSeconds: 1 };
      const loops = Array.from({ length: 10 }, (_, n) =>
        feed(sandbox, `# ${n}\nwhile True: pass`, [["", ""]], limits),
      );
      for (const { verdict } of await Promise.all(loops)) expect(verdict).toBe("cpu-time");
      expect(await feed(sandbox, "import time\ntime.sleep(9)", [["", ""]], limits)).toMatchObject({
        verdict: "wall-time",
      });
    } finally {
      await sandbox.close();
    }
  });
});
