// What every sandbox must answer, verdict by verdict. Another implementation of the Sandbox interface runs this too.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { feedbackText } from "../../src/core/feedback.ts";
import { createSandbox, type Isolation, type Sandbox } from "../../src/sandbox/index.ts";
import { ask, expectHonestPass, feed, onLinux, quick } from "./programs.ts";

const tiers: Isolation[] = onLinux ? ["strict", "fork", "portable", "unsafe"] : ["portable", "unsafe"];

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

  // WebAssembly has no foreign functions, so nothing to crash with, and no threads.
  const portable = isolation === "portable";

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
    portable
      ? ["import ctypes\nctypes.string_at(0)", "exception", /ModuleNotFoundError.*_ctypes/, 1]
      : ["import ctypes\nctypes.string_at(0)", "killed", /SIGSEGV/, undefined],
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
R = 5
if __name__ == "__main__":
    R = 6
`.replace(/\n/g, "\r\n");
    const asserts = ["assert f() == 20000", "assert g() == 1", "assert R == 5"];
    if (!portable) asserts.push("assert h() == [5000]");
    const [outcome] = await ask(sandbox, `\ufeff${program}`, [asserts], { ...quick, cpuSeconds: 3 });
    expect(outcome).toEqual({ verdict: "passed", passed: asserts.length, total: asserts.length });
  });

  test.each([
    "def main(): print(f(int(input())))\nif __name__ == '__main__': main()",
    "if __name__ == '__main__':\n    import sys\n    sys.exit(0)",
    "if '__main__' == __name__: unittest.main()",
    "import unittest\nclass T(unittest.TestCase):\n    def test_f(self): self.assertEqual(f(1), 3)\nif __name__ == '__main__':\n    unittest.main()",
    "if __name__ == '__main__':\n    while True: pass",
  ])("what stands behind a main guard is not run where functions are called: %j", async (tail) => {
    const program = `def f(x): return x + 1\n${tail}\n`;
    // Importing unittest takes a while in WebAssembly.
    const limits = { ...quick, cpuSeconds: 5, wallSeconds: 30 };
    expect(await ask(sandbox, program, [["assert f(1) == 2"]], limits)).toEqual([
      { verdict: "passed", passed: 1, total: 1 },
    ]);
  });

  test("a program that is called is a module like any other: pickles, data classes, types by name, itself by import", async () => {
    const program = `
import copy, dataclasses, enum, pickle, sys, typing, collections, __main__
from dataclasses import dataclass, field
@dataclass(order=True)
class D:
    x: "int"
    more: typing.List["D"] = field(default_factory=list)
    kind: typing.ClassVar[int] = 3
    seed: "dataclasses.InitVar[int]" = 0
class E(enum.Enum): A = 1
P = collections.namedtuple("P", "x y")
class N(typing.NamedTuple): x: "D"
class Bad(Exception): pass
def f(): return [pickle.loads(pickle.dumps(one)) == one for one in (D(1, [D(2)]), E.A, P(1, 2), N(3))] + [pickle.loads(pickle.dumps(f)) is f]
def g(): return typing.get_type_hints(N)["x"] is D and typing.get_type_hints(D)["more"] == typing.List[D] and copy.deepcopy(D(1)) == D(1)
def h(): return __main__.h is h and sys.modules[__name__].h is h and __import__(__name__).D is D
def k(): return [__name__ == "__main__", D.__module__ == __name__ == f.__module__ == P.__module__]
def b(): raise Bad(object.__repr__(D(1)))
def d(): return object.__repr__(D(1))
`;
    const right = [
      "assert f() == [True, True, True, True, True]",
      "assert g()",
      "assert h()",
      "assert k() == [False, True]",
    ];
    expect(await ask(sandbox, program, [right])).toEqual([{ verdict: "passed", passed: 4, total: 4 }]);
    const [raised] = await ask(sandbox, program, [["assert b() == 1"]]);
    expect(raised!.failure!.error).toMatch(/^Bad: <__main__\.D object at 0x/);
    const [returned] = await ask(sandbox, program, [["assert d() == 1"]]);
    expect(feedbackText(returned!)).toBe("Feedback: d() returned '<__main__.D object at 0x…>', expected 1");
  });

  test.skipIf(portable)(
    "a few threads at a time fit the memory limit, whatever libraries set aside for each",
    async () => {
      const program = `
import threading
def f(n):
    gate, out = threading.Event(), []
    def work(i): gate.wait(); out.append(len(bytearray(10_000)))
    threads = [threading.Thread(target=work, args=(i,)) for i in range(n)]
    for thread in threads: thread.start()
    gate.set()
    for thread in threads: thread.join()
    return sum(out)
`;
      expect(await ask(sandbox, program, [["assert f(12) == 120_000"]])).toMatchObject([
        { verdict: "passed" },
      ]);
    },
  );

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
    const start = portable ? "print(1)" : "threading.Thread(target=lambda: print(1)).start()";
    const hooks = `import atexit, threading\natexit.register(print, 2)\n${start}`;
    expect(await feed(sandbox, hooks, [["", "1\n2"]])).toMatchObject({ verdict: "passed" });
  });

  test.skipIf(portable)(
    "a script's end is the interpreter's: pools, streams that were replaced, finalizers",
    async () => {
      const scripts = {
        "an idle thread pool":
          "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(4)\nprint(sum(pool.map(int, input().split())))",
        "stdout detached and wrapped anew":
          "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach())\nprint(sum(map(int, input().split())))",
        "a stream of its own with write and flush alone":
          "import sys\nclass Out:\n    def __init__(self, to): self.to = to\n    def write(self, text): self.to.write(text)\n    def flush(self): self.to.flush()\nsys.stdout = Out(sys.stdout)\nprint(sum(map(int, input().split())))",
        "a finalizer that prints":
          "class Last:\n    def __del__(self): print(self.total)\nlast = Last()\nlast.total = sum(map(int, input().split()))",
      };
      for (const [name, script] of Object.entries(scripts))
        expect(
          await feed(sandbox, script, [
            ["1 2", "3"],
            ["3 4", "7"],
            ["5", "5"],
          ]),
          name,
        ).toMatchObject({ verdict: "passed", passed: 3 });
    },
  );

  // Templates of competitive programmers, and what CPython does with them at its end.
  test.each([
    [
      "gathers what is printed",
      `import io, os, sys
class W(io.IOBase):
    def __init__(self): self.b = []
    def write(self, text): self.b.append(text)
    def flush(self): os.write(1, ''.join(self.b).encode()); self.b = []
sys.stdout = W()
print(sum(map(int, sys.stdin.read().split())))`,
    ],
    [
      "is PyRival's",
      `import os, sys
from io import BytesIO, IOBase
class FastIO(IOBase):
    newlines = 0
    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None
    def readline(self):
        while self.newlines == 0:
            b = os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
            self.newlines = b.count(b"\\n") + (not b)
            ptr = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(b), self.buffer.seek(ptr)
        self.newlines -= 1
        return self.buffer.readline()
    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)
class IOWrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush = self.buffer.flush
        self.writable = self.buffer.writable
        self.write = lambda s: self.buffer.write(s.encode("ascii"))
        self.readline = lambda: self.buffer.readline().decode("ascii")
sys.stdin, sys.stdout = IOWrapper(sys.stdin), IOWrapper(sys.stdout)
input = lambda: sys.stdin.readline().rstrip("\\r\\n")
def main(): print(sum(map(int, input().split())))
if __name__ == "__main__": main()`,
    ],
    [
      "writes once more when it is closed",
      `import io, os, sys
class W(io.IOBase):
    def __init__(self): self.b = []
    def write(self, text): self.b.append(text)
    def flush(self): pass
    def close(self): os.write(1, ''.join(self.b).encode()); self.b = []
sys.stdout = W()
print(sum(map(int, sys.stdin.read().split())))`,
    ],
    [
      "prints in an exit hook",
      `import atexit, io, os, sys
class W(io.StringIO):
    def flush(self): os.write(1, self.getvalue().encode()); self.seek(0); self.truncate()
sys.stdout = W()
atexit.register(lambda: print(sum(map(int, sys.stdin.read().split()))))`,
    ],
  ])("a script whose own stdout %s is written to its end", async (_what, script) => {
    const cases: [string, string][] = [
      ["1 2\n", "3"],
      ["3 4\n", "7"],
      ["5\n", "5"],
    ];
    expect(await feed(sandbox, script, cases)).toEqual({ verdict: "passed", passed: 3, total: 3 });
  });

  test("a script whose own stdout can't be written fails, and the next case does not", async () => {
    const script = `import sys
n = int(input())
class W:
    def __init__(self, to): self.to = to
    def write(self, text): self.to.write(text)
    def flush(self):
        if n == 2: raise ValueError("no room")
        self.to.flush()
sys.stdout = W(sys.stdout)
print(n)`;
    const cases = [1, 2, 3].map((n): [string, string] => [`${n}`, `${n}`]);
    expect(await feed(sandbox, script, cases)).toMatchObject({
      verdict: "exception",
      passed: 2,
      failure: { test: 1, error: "ValueError: no room" },
    });
  });

  test.each([
    "print(sum(map(int, open('/dev/stdin').read().split())))",
    "import sys\nsys.stdin = open('/dev/stdin', encoding='utf8')\nprint(int(input()) + int(input()))",
    "with open(file='/dev/stdin', mode='rb') as lines: print(sum(map(int, lines)))",
    "import io\nprint(sum(int(line) for line in io.open('/dev/stdin')))",
    "open('/dev/stdin').close()\nprint(int(input()) + int(input()))",
    "with open('left', 'w') as file: file.write(input())\nprint(int(open('left').read()) + int(input()))",
    "try: open('/dev/stdin', 'q')\nexcept ValueError: print(sum(map(int, open('/dev/stdin'))))",
  ])("a script may open its stdin by path: %j", async (script) => {
    const cases: [string, string][] = [
      ["1\n2\n", "3"],
      ["3\n4\n", "7"],
      ["5\n6\n", "11"],
    ];
    const outcome = await feed(sandbox, script, cases);
    expect(outcome).toEqual({ verdict: "passed", passed: 3, total: 3 });
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
    await expect(ask(sandbox, "x = 1", [["x > 1"]])).rejects.toThrow(InputError);
    await expect(async () =>
      ask(sandbox, "x = 1", [["assert x == 1"]], { ...quick, memoryMb: -1 }),
    ).rejects.toThrow(InputError);
    await expectHonestPass(sandbox);
  });
});
