// What every sandbox must answer, verdict by verdict. Another implementation of the Sandbox interface runs this too.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { createSandbox, type Isolation, type Sandbox } from "../../src/sandbox/index.ts";
import { ask, expectHonestPass, feed, onLinux, quick } from "./programs.ts";

const tiers: Isolation[] = onLinux ? ["jail", "none-unsafe"] : ["none-unsafe"];

describe.each(tiers)("isolation %s", (isolation) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 1, isolation });
  });
  afterAll(() => sandbox?.close());

  test("every test is counted, and the first failure is told", async () => {
    const program = "def f(x):\n    if x == 2:\n        raise ValueError('no ' + str(x))\n    return x + 1\n";
    const [first, second] = await ask(sandbox, program, [
      ["assert f(1) == 2", "assert f(1) == 3", "assert f(2) == 3", "assert f(5) == 6"],
      ["assert f(2) == 1", "assert f(3) == 4"],
    ]);
    expect(first).toEqual({
      verdict: "wrong",
      passed: 2,
      total: 4,
      failure: { test: 1, input: "f(1)", expected: "3", actual: "2" },
    });
    expect(second).toEqual({
      verdict: "exception",
      passed: 1,
      total: 2,
      failure: { test: 0, input: "f(2)", expected: "1", error: "ValueError: no 2", line: 3 },
    });
  });

  test.each([
    ["def f(x):\nreturn x", "unparsable", /IndentationError/, 2],
    ["def f(x: pass", "unparsable", /SyntaxError/, 1],
    ["\0", "unparsable", /null/, undefined],
    ["def f(x): return y", "exception", /^NameError: name 'y' is not defined$/, 1],
    ["import sys\nsys.exit(0)", "exception", /^SystemExit: 0$/, 2],
    ["raise KeyboardInterrupt", "exception", /^KeyboardInterrupt$/, 1],
    ["import numpy_or_so", "exception", /^ModuleNotFoundError/, 1],
    ["import os\nos._exit(0)", "exception", /ended its process \(exit code 0\)/, undefined],
    ["def f(x): return f(x)", "exception", /^RecursionError/, 1],
    ["def f(x):\n  while True: pass", "cpu-time", /CPU time limit of 0.5 s/, undefined],
    [
      "def f(x):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass",
      "cpu-time",
      /CPU/,
      undefined,
    ],
    ["def f(x): return sum(range(10**11))", "cpu-time", /CPU/, undefined],
    ["import ctypes\nctypes.string_at(0)", "killed", /SIGSEGV/, undefined],
    ["def f(x): return 'a' * 200_000", "output", /output limit/, undefined],
    ["def f(x):\n  while True: print('a' * 1000)", "output", /File too large/, 2],
  ])("%j gives %s", async (program, verdict, error, line) => {
    const [outcome] = await ask(sandbox, program, [["assert f(1) == 1"]]);
    expect(outcome).toMatchObject({
      verdict,
      passed: 0,
      total: 1,
      failure: { error: expect.stringMatching(error) },
    });
    expect(outcome!.failure!.line).toBe(line);
  });

  test.runIf(onLinux)("memory is bounded, and the program may carry on after a MemoryError", async () => {
    const [outcome] = await ask(sandbox, "def f(x): return len([0] * x)", [
      ["assert f(10**9) == 1", "assert f(3) == 3"],
    ]);
    expect(outcome).toMatchObject({ verdict: "memory", passed: 1, total: 2, failure: { test: 0 } });
  });

  test("sleeping is ended by the wall limit, and the tests before it keep their results", async () => {
    const program = "import time\ndef f(x):\n  time.sleep(x)\n  return x";
    const limits = { ...quick, wallSeconds: 0.6 };
    const [outcome] = await ask(
      sandbox,
      program,
      [["assert f(0) == 0", "assert f(60) == 60", "assert f(0) == 0"]],
      limits,
    );
    expect(outcome).toMatchObject({
      verdict: "wall-time",
      passed: 1,
      total: 3,
      failure: { test: 1, input: "f(60)" },
    });
  });

  test("a limit that strikes in a later group leaves the groups before it alone", async () => {
    const program = "import os\ndef f(x):\n  while x == 7: pass\n  if x == 8: os._exit(1)\n  return x";
    const one = ["assert f(1) == 1", "assert f(2) == 2"];
    const looping = await ask(sandbox, program, [one, ["assert f(3) == 3", "assert f(7) == 7"], one]);
    expect(looping.map(({ verdict, passed }) => [verdict, passed])).toEqual([
      ["passed", 2],
      ["cpu-time", 1],
      ["cpu-time", 0],
    ]);
    const leaving = await ask(sandbox, program, [
      one,
      ["assert f(3) == 3", "assert f(8) == 8", "assert f(4) == 4"],
    ]);
    expect(leaving.map(({ verdict, passed }) => [verdict, passed])).toEqual([
      ["passed", 2],
      ["exception", 1],
    ]);
  });

  test("values of every plain kind arrive whole, and subclasses count as what they are", async () => {
    const program = `
import collections, enum, fractions, decimal
class N(enum.IntEnum): ONE = 1
class P(collections.namedtuple("P", "x y")): pass
class T: pass
values = [1, True, 2**70, -2**70, 1.5, float("inf"), -0.0, 1e-320, "é😀\\n", b"\\x00z", None, (), (1,), [[], {}], {1: (2,)},
          {1, 2}, frozenset([1]), 1j, bytearray(b"a"), collections.Counter("aab"), collections.OrderedDict(a=1), N.ONE, P(1, 2),
          fractions.Fraction(1, 2), decimal.Decimal("0.5"), {1: 0}.keys(), collections.defaultdict(int)]
def f(i): return values[i]
def g(): return T()
def h(): return (x for x in [1])
`;
    const expected = (
      "1 1.0 1180591620717411303424 -1180591620717411303424 1.5 1e999 0 1e-320 'é😀\\n' b'\\x00z' None () (1,) " +
      "[[],{}] {1:(2,)} {2,1} {1} 1j b'a' {'b':1,'a':2} {'a':1} True (1,2) 0.5 0.5 {1} {}"
    ).split(" ");
    const group = expected.map((literal, i) => `assert f(${i}) == ${literal}`);
    expect(await ask(sandbox, program, [group])).toEqual([{ verdict: "passed", passed: 27, total: 27 }]);
    const wrong = [
      "f(12) == [1]",
      "f(13) == ([], {})",
      "g() == None",
      "h() == [1]",
      "f(0) == '1'",
      "f(14) == {1: [2]}",
    ];
    const [outcome] = await ask(sandbox, program, [wrong.map((text) => `assert ${text}`)]);
    expect(outcome).toMatchObject({ verdict: "wrong", passed: 0, total: 6 });
    const [object] = await ask(sandbox, program, [["assert g() == 1"]]);
    expect(object!.failure!.actual).toBe("<T object>");
  });

  test("honest habits are no reason to fail", async () => {
    const program = `
import asyncio, sys, threading, tempfile, random
sys.setrecursionlimit(10**6)
print("x" * 50_000)
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
def f(): return deep(20_000)
def g():
    async def one(): await asyncio.sleep(0); return 1
    return asyncio.run(one())
def h():
    threading.stack_size(64 * 1024 * 1024)
    out = []
    thread = threading.Thread(target=lambda: out.append(deep(5000)))
    thread.start(); thread.join()
    return out
sum = list = 3
if __name__ == "__main__":
    R = 5
`.replace(/\n/g, "\r\n");
    const asserts = ["assert f() == 20000", "assert g() == 1", "assert h() == [5000]", "assert R == 5"];
    const [outcome] = await ask(sandbox, `\ufeff${program}`, [asserts], { ...quick, cpuSeconds: 3 });
    expect(outcome).toEqual({ verdict: "passed", passed: 4, total: 4 });
  });

  test("scripts read stdin and are judged by stdout", async () => {
    const program = `
import sys
def main():
    data = sys.stdin.buffer.read().split()
    print(sum(map(int, data)), end="  \\n\\n")
    sys.stderr.write("noise")
if __name__ == "__main__":
    main()
    exit()
`;
    const cases: [string, string][] = [
      ["1 2\n3", "6\n"],
      ["", "0"],
      ["5", "6"],
    ];
    expect(await feed(sandbox, program, cases)).toEqual({
      verdict: "wrong",
      passed: 2,
      total: 3,
      failure: { test: 2, input: "5", expected: "6", actual: "5  \n\n" },
    });
    const raw = "import os; print(os.read(0, 2).decode() + open(0).read())";
    expect(await feed(sandbox, raw, [["a\nb\n", "a\nb\n"]])).toMatchObject({ passed: 1 });
  });

  test.each([
    ["print(1); exit(3)", "exception", /SystemExit/],
    ["print(1", "unparsable", /SyntaxError/],
    ["input(); input()", "exception", /EOFError/],
    ["while True: pass", "cpu-time", /CPU/],
    ["while True: print('x' * 999)", "output", /large/],
    ["import os; os.abort()", "killed", /SIGABRT/],
    ["import sys; sys.stdout.close()", "wrong", undefined],
  ])("the script %j gives %s", async (program, verdict, error) => {
    const outcome = await feed(sandbox, program, [
      ["x", "1"],
      ["y", "1"],
    ]);
    expect(outcome).toMatchObject({ verdict, passed: 0, total: 2 });
    if (error) expect(outcome.failure!.error).toMatch(error);
  });

  test("a script may end its process itself once it has written, and threads and exit hooks finish first", async () => {
    const leaving = "import os, sys\nprint(input())\nsys.stdout.flush()\nos._exit(0)";
    expect(await feed(sandbox, leaving, [["hello", "hello"]])).toMatchObject({ verdict: "passed" });
    const hooks =
      "import atexit, threading\natexit.register(print, 2)\nthreading.Thread(target=lambda: print(1)).start()";
    expect(await feed(sandbox, hooks, [["", "1\n2"]])).toMatchObject({ verdict: "passed" });
  });

  test("programs are strangers to each other, and equal in their randomness", async () => {
    await ask(
      sandbox,
      "import builtins\nbuiltins.leak = 1\nsum = 5\nopen('/tmp/left-behind', 'w').write('x')",
      [["assert leak == 1"]],
    );
    const [outcome] = await ask(sandbox, "leak", [["assert sum([1]) == 1"]]);
    expect(outcome!.failure!.error).toBe("NameError: name 'leak' is not defined");
    const random =
      "import random\ndef f(salt): return [random.random(), list({'a', 'b', 'c', str(salt)[:0]})]";
    const answers = await Promise.all(
      [1, 2, 3].map((salt) => ask(sandbox, `${random}\n# ${salt}`, [["assert f(1) == 0"]])),
    );
    expect(new Set(answers.map(([answer]) => answer!.failure!.actual)).size).toBe(1);
  });

  test("tests that can't be judged and limits that make no sense are the caller's error", async () => {
    await expect(ask(sandbox, "x = 1", [["assert x > 1"]])).rejects.toThrow(InputError);
    await expect(async () =>
      ask(sandbox, "x = 1", [["assert x == 1"]], { ...quick, memoryMb: -1 }),
    ).rejects.toThrow(InputError);
    await expectHonestPass(sandbox);
  });
});
