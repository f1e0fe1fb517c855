// Tests that are code, judged by a trusted process that calls the program from outside: what such a test may do, what
// crosses between the two, and what is told of a failure.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import type { FunctionTests } from "../../src/core/problem.ts";
import { createSandbox, type Isolation, type Outcome, type Sandbox } from "../../src/sandbox/index.ts";
import { numpyPython, onLinux, quick } from "./programs.ts";

const numpy = await numpyPython();
const tiers: Isolation[] = onLinux ? ["strict", "fork", "unsafe"] : ["unsafe"];

/** Two calls of the program stand on the two sides, so that no test here takes the short way of assert.ts. */
async function judge(
  sandbox: Sandbox,
  program: string,
  tests: Partial<FunctionTests>,
  limits = quick,
): Promise<Outcome> {
  const groups = [{ style: "function" as const, asserts: [], ...tests }];
  return (await sandbox.judge({ language: "python", program, groups, limits }))[0]!;
}

const check = (body: string) => `def check(candidate):\n${body.replace(/^/gm, "    ")}\n`;

test.runIf(numpy)("arrays and scalars of numpy are written and read by their bytes, and in place", () => {
  const script = `
import sys; sys.path.insert(0, sys.argv[1])
import numpy as np
from crossing import Unreadable, from_text, to_text
from reading import Reader
from writing import Writer
def across(value):
    text = to_text(Writer(lambda value: {"h": 0}, 10**6).tree(value), 10**6)
    return Reader(lambda body: "handle", None).value(from_text(text))
for value in (np.arange(6).reshape(2, 3).T, np.array([1.5, np.nan]), np.array(["a", "éé"]), np.array([True]), np.zeros((0, 2)), np.float32(1.5), np.int64(-3), np.bool_(True), np.complex128(1j), np.array(["2020-01-02"], dtype="datetime64[D]")):
    got = across(value)
    assert type(got) is type(value) and got.dtype == value.dtype and got.shape == value.shape, value
    assert got.tobytes() == value.tobytes(), value
assert across(np.array([object()])) == "handle" and across(np.zeros(1, dtype=[("a", int)])) == "handle"
array = np.zeros(3)
Reader(None, None, [array]).update(0, Writer(None, 1000).content(np.array([1., 2., 3.])))
assert array.tolist() == [1, 2, 3]
for body in (["|O", [1], "00" * 8], ["<f8", [9], "00"], ["<f8", [1], 5], ["i4,f8", [1], "00" * 12]):
    try: Reader(None, None).value({"n": body})
    except Unreadable: continue
    raise SystemExit(f"read {body}")
print("crossed")`;
  const folder = fileURLToPath(new URL("../../src/sandbox/python", import.meta.url));
  const { stdout, stderr } = spawnSync(numpy!, ["-B", "-c", script, folder], { encoding: "utf8" });
  expect([stdout, stderr]).toEqual(["crossed\n", ""]);
});

describe.each(tiers)("isolation %s", (isolation) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 1, isolation, ...(numpy && { judgePython: numpy }) });
  });
  afterAll(() => sandbox?.close());

  test("a program's main guard is false, and the test's own is true", async () => {
    const program =
      "def f(x): return x + 1\nif __name__ == '__main__':\n    print(f(int(input())))\n    exit()";
    const code = `${check("assert candidate(1) == 2")}\nran = []\nif __name__ == "__main__": ran.append(1)\nassert ran == [1]\n`;
    const outcome = await judge(sandbox, program, { code, entryPoint: "f" });
    expect(outcome).toEqual({ verdict: "passed", passed: 1, total: 1 });
  });
  const coded = (program: string, body: string) =>
    judge(sandbox, program, { code: check(body), entryPoint: "f" });

  test("each assert is a test of its own, beside those that are split", async () => {
    const outcome = await judge(sandbox, "def f(x): return x * 2.5", {
      asserts: [
        "assert math.isclose(f(1), 2.5)",
        "assert f(2) == 5",
        "assert set([f(1)]) == {2.5}",
        "assert f(3) == f(2)",
        "assert f(4) == 11",
      ],
    });
    expect(outcome).toEqual({
      verdict: "wrong",
      passed: 3,
      total: 5,
      failure: { test: 3, input: "f(3)", expected: "5.0", actual: "7.5" },
    });
  });

  test("setup runs after the program and uses its names", async () => {
    const program =
      "class Node:\n  def __init__(self, v): self.v, self.left, self.right = v, None, None\n" +
      "def height(r): return 0 if r is None else 1 + max(height(r.left), height(r.right))";
    const setup = "root = Node(1) \r\nroot.left = Node(2)";
    const asserts = [
      "assert height(root) == 2",
      "assert (height(root.left)) == 1",
      "assert root.left.v == 2",
    ];
    expect(await judge(sandbox, program, { setup, asserts })).toEqual({
      verdict: "passed",
      passed: 3,
      total: 3,
    });
  });

  test("a class of the setup is there for the program", async () => {
    const setup =
      "class Link:\n  def __init__(self, v, next=None): self.v, self.next = v, next\n  def size(self): return 1 if self.next is None else 1 + self.next.size()";
    const program =
      "def f(n):\n  head = None\n  for i in range(n): head = Link(i, head)\n  return head\ndef total(link): return 0 if link is None else link.v + total(link.next)";
    const asserts = [
      "assert f(3).size() == 3",
      "assert f(3).next.v == 1",
      "assert total(Link(3, Link(4))) == 7",
      "assert f(0) is None",
    ];
    expect(await judge(sandbox, program, { setup, asserts })).toEqual({
      verdict: "passed",
      passed: 4,
      total: 4,
    });
  });

  test("what a setup imports, and the data that no test reads, is the program's too; the rest is not", async () => {
    const setup =
      "import math\nfrom collections import Counter as C\nfactor = 3\nwanted = 9\ndef answer(): return wanted";
    const program = (body: string) => `def f(x): return ${body}`;
    const asserts = ["assert f(3) == wanted"];
    expect(
      await judge(sandbox, program("factor * math.floor(x) * len(C('a'))"), { setup, asserts }),
    ).toMatchObject({
      verdict: "passed",
    });
    for (const cheat of ["wanted", "answer()"])
      expect(await judge(sandbox, program(cheat), { setup, asserts })).toMatchObject({
        verdict: "exception",
        failure: { error: expect.stringMatching(/NameError/) },
      });
  });

  test("a code is one test; what failed in it is told by the program's last call", async () => {
    const program = "def f(xs):\n  xs.sort()\n  return xs";
    const body =
      "a = [3, 1, 2]\nassert candidate(a) is a\nassert a == [1, 2, 3]\nassert candidate([2, 1]) == [1, 3]";
    expect(await coded(program, body)).toEqual({
      verdict: "wrong",
      passed: 0,
      total: 1,
      failure: { test: 0, input: "f([1, 2])", expected: "[1, 3]", actual: "[1, 2]" },
    });
    expect(await coded("def f(x):\n  raise KeyError('gone')", "candidate(1)")).toMatchObject({
      verdict: "exception",
      failure: { error: "KeyError: 'gone'", line: 2 },
    });
    expect(await coded("def f(x): return x", "assert candidate(1) > 1, 'too small'")).toMatchObject({
      verdict: "wrong",
      failure: { error: "AssertionError: too small" },
    });
  });

  test("values of every kind come back as what they were", async () => {
    const program = `
import collections, datetime, decimal, enum, fractions
P = collections.namedtuple("P", "x y")
class Colour(enum.Enum): RED = 1
class Mine(list): pass
def f(kind):
    return {
        "int": 2**200, "negative": -(2**70), "float": 0.1, "inf": float("inf"), "nan": float("nan"), "complex": 1 - 2j,
        "bytes": b"\\0z", "bytearray": bytearray(b"a"), "tuple": (1, (2,)), "set": {1, "a"}, "frozenset": frozenset([(1,)]),
        "dict": {(1, 2): [3], None: {}}, "ordered": collections.OrderedDict([(2, 1), (1, 2)]), "deque": collections.deque([1, 2], 2),
        "counter": collections.Counter("aab"), "default": collections.defaultdict(int, a=1), "range": range(3), "keys": {1: 2}.keys(),
        "fraction": fractions.Fraction(1, 3), "decimal": decimal.Decimal("1.10"), "date": datetime.date(2020, 1, 2),
        "time": datetime.datetime(2020, 1, 2, 3, 4, 5, 6), "delta": datetime.timedelta(days=1), "named": P(1, 2), "mine": Mine([1]),
        "text": "é😀\\ud800\\n", "type": int, "dots": ..., "red": Colour.RED, "map": map(str, [1, 2]), "twice": [[0]] * 2,
    }[kind]
`;
    const body = `
from collections import Counter, OrderedDict, defaultdict, deque; from fractions import Fraction; from decimal import Decimal; import datetime
same = {"int": 2**200, "negative": -(2**70), "float": 0.1, "inf": float("inf"), "complex": 1-2j, "bytes": b"\\0z",
  "bytearray": bytearray(b"a"), "tuple": (1, (2,)), "set": {1, "a"}, "frozenset": frozenset([(1,)]),
  "dict": {(1, 2): [3], None: {}}, "ordered": OrderedDict([(2, 1), (1, 2)]), "deque": deque([1, 2], 2), "counter": Counter("aab"),
  "default": defaultdict(int, a=1), "range": range(3), "fraction": Fraction(1, 3), "decimal": Decimal("1.10"),
  "date": datetime.date(2020, 1, 2), "time": datetime.datetime(2020, 1, 2, 3, 4, 5, 6), "delta": datetime.timedelta(days=1),
  "text": "é😀\\ud800\\n", "type": int, "dots": ...}
for kind, value in same.items():
    got = candidate(kind)
    assert got == value and type(got) is type(value), kind
    assert candidate(kind) == value, kind
assert candidate("nan") != candidate("nan")
assert candidate("keys") == {1}
assert str(candidate("decimal")) == "1.10" and candidate("ordered") != OrderedDict([(1, 2), (2, 1)])
assert candidate("named") == (1, 2) and candidate("named").y == 2
assert candidate("mine") == [1] and type(candidate("mine")) is list
assert candidate("red") is candidate("red") and candidate("red").name == "RED"
assert list(candidate("map")) == ["1", "2"]
assert candidate("default")["new"] == 0
twice = candidate("twice"); twice[0].append(1); assert twice == [[0, 1], [0, 1]]`;
    expect(await coded(program, body)).toEqual({ verdict: "passed", passed: 1, total: 1 });
  });

  test("what the program did to its arguments is seen, and what is one object stays one", async () => {
    const program = `
def f(a, b=None):
    a.append(a[0]); a[0].append(9); b.update(x=a[0]); b["s"].add(5); b["y"] += b"z"
    return b["x"]`;
    const body = `
inner = [1]; a = [inner, 2]; b = {"s": {4}, "y": bytearray(b"a")}
kept = b["s"]
got = candidate(a, b=b)
assert inner == [1, 9] and a == [[1, 9], 2, [1, 9]] and a[2] is inner and got is inner
assert b["x"] is inner and kept == {4, 5} and b["y"] == b"az"
row = [0]; grid = [row, row]; candidate(grid, {"s": set(), "y": bytearray()}); assert row == [0, 9] and grid[1] is row`;
    expect(await coded(program, body)).toEqual({ verdict: "passed", passed: 1, total: 1 });
  });

  test("generators are walked as far as the test goes, functions go both ways, exceptions keep their type", async () => {
    const program = `
import itertools
class Odd(ValueError): pass
class Bag:
    def __init__(self, items): self.items = items
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __getitem__(self, i): return self.items[i]
    def __str__(self): return "bag"
def f(what, *args, **named):
    if what == "count": return itertools.count(named["start"])
    if what == "yield": return (x * x for x in args[0])
    if what == "apply": return [args[0](x) for x in args[1]]
    if what == "bag": return Bag(args[0])
    if what == "key": raise KeyError("a", 1)
    if what == "odd": raise Odd("of its own")
    if what == "inner":
        def inner(x): return x + args[0]
        return inner
    if what == "caught":
        try: return args[0]()
        except ZeroDivisionError: return "caught"`;
    const body = `
import itertools
assert list(itertools.islice(candidate("count", start=5), 3)) == [5, 6, 7]
assert sum(candidate("yield", range(4))) == 14
assert candidate("yield", iter([1, 2])).__next__() == 1
assert candidate("apply", lambda x: x + 1, [1, 2]) == [2, 3]
assert candidate("apply", candidate("inner", 10), [1]) == [11]
assert candidate("apply", lambda x: candidate("apply", str, [x])[0], [7]) == ["7"]
assert candidate("apply", len, ["abc"]) == [3] and candidate("apply", int, ["4"]) == [4]
assert candidate("caught", lambda: 1 / 0) == "caught"
bag = candidate("bag", [4, 5])
assert len(bag) == 2 and list(bag) == [4, 5] and bag[1] == 5 and 4 in bag and str(bag) == "bag" and bag.items == [4, 5]
try: candidate("key"); assert False
except KeyError as error: assert error.args == ("a", 1)
try: candidate("odd"); assert False
except ValueError as error: assert str(error) == "of its own" and type(error).__name__ == "Odd"`;
    expect(await coded(program, body)).toEqual({ verdict: "passed", passed: 1, total: 1 });
  });

  test("the program's own exception class can be caught by name", async () => {
    const program = "class Odd(Exception): pass\ndef f(x): raise Odd(x)";
    const code = "try:\n  f(1)\n  assert False\nexcept Odd as error:\n  assert str(error) == '1'\n";
    expect(await judge(sandbox, program, { code })).toMatchObject({ verdict: "passed" });
  });

  test("Python's own names are never the program's, unless the test is about them", async () => {
    const hack =
      "def isclose(*a): return True\nabs = len = set = isclose\nclass math: isclose = isclose\ndef f(x): return 0";
    const asserts = [
      "assert isclose(f(1), 2.5)",
      "assert math.isclose(f(1), 2.5)",
      "assert abs(f(1) - 2.5) < 1e-6",
      "assert set([f(1)]) == {2}",
    ];
    expect(await judge(sandbox, hack, { asserts })).toMatchObject({ verdict: "wrong", passed: 0, total: 4 });
    const sum = "def sum(a, b): return a * b";
    expect(
      await judge(sandbox, sum, { code: "for a in (2, 3):\n  assert sum(a, 4) == a * 4" }),
    ).toMatchObject({ verdict: "passed" });
    const both = `${sum}\ndef range(*a): return [2]`;
    expect(
      await judge(sandbox, both, { code: "for a in range(2, 4):\n  assert sum(a, 4) == a * 4" }),
    ).toMatchObject({ verdict: "exception" });
  });

  test.each([
    ["def f(x): return 1 +", "unparsable"],
    ["def g(x): return 1", "exception"],
    ["import sys\nsys.exit(0)", "exception"],
    ["import os\ndef f(x): os._exit(0)", "exception"],
    ["def f(x): raise SystemExit(0)", "exception"],
    ["def f(x): raise AssertionError('mine')", "exception"],
    ["def f(x):\n  while True: pass", "cpu-time"],
    ["def f(x): return [0] * 10**9", "memory"],
    ["def f(x): return 'a' * (40 << 20)", "output"],
    ["def f(x):\n  a = []\n  for i in range(500): a = [a]\n  return a", "output"],
    ["import ctypes\ndef f(x): ctypes.string_at(0)", "killed"],
  ])("%j gives %s", async (program, verdict) => {
    const outcome = await coded(program, "for i in range(3):\n    assert candidate(i) == i");
    expect(outcome).toMatchObject({ verdict, passed: 0, total: 1 });
  });

  test("sleeping is the program's own time; a slow test is not", async () => {
    const limits = { ...quick, wallSeconds: 1 };
    const tests = {
      code: check("import time\nfor i in range(3):\n    time.sleep(0.5)\n    assert candidate(i) == i"),
      entryPoint: "f",
    };
    expect(await judge(sandbox, "def f(x): return x", tests, limits)).toMatchObject({ verdict: "passed" });
    const sleepy = "import time\ndef f(x):\n  time.sleep(0.4)\n  return x";
    expect(await judge(sandbox, sleepy, tests, limits)).toMatchObject({ verdict: "wall-time" });
  });

  test("a limit that strikes leaves the asserts before it their result", async () => {
    const program = "import os\ndef f(x):\n  if x == 2: os._exit(1)\n  return x";
    const asserts = ["assert f(1) == f(1)", "assert f(2) == f(2)", "assert f(3) == f(3)"];
    expect(await judge(sandbox, program, { asserts })).toMatchObject({
      verdict: "exception",
      passed: 1,
      total: 3,
      failure: { test: 1, input: "f(2)", error: expect.stringMatching(/ended its process \(exit code 1\)/) },
    });
  });

  test.each([
    ["import no_such_module\nassert f(1) == 1", /imports no_such_module.*option judgePython/],
    ["assert 1 == 1", /never used the program/],
    ["[][0]\nf(1)", /before it used the program: IndexError: /],
    ["assert f(1 ==", /can't be parsed/],
  ])("the fault of a test is ours: %j", async (code, error) => {
    expect(await judge(sandbox, "def f(x): return x", { code })).toMatchObject({
      verdict: "fault",
      failure: { error: expect.stringMatching(error) },
    });
  });

  test.runIf(numpy)("numpy crosses as data, where the program has none of it too", async () => {
    const code = `import numpy as np\ndef check(candidate):\n    assert np.allclose(candidate([1.0]), [2.0])\n    assert candidate(np.float64(1.5)) == 3.0`;
    const program = "def f(x): return [2 * i for i in x] if isinstance(x, list) else x * 2";
    const outcome = await judge(sandbox, program, { code, entryPoint: "f" });
    // Without numpy the program can hold no numpy scalar: then the second call fails by name.
    expect(outcome.failure?.error ?? "").toMatch(/^$|numpy/);
  });

  test("what is no test is refused when it is read", async () => {
    for (const tests of [
      { asserts: ["f(1) == 1"] },
      {},
      { code: check("assert candidate(1) == 1") },
      { code: "assert f(1)", entryPoint: "f(" },
    ])
      await expect(judge(sandbox, "x = 1", tests)).rejects.toThrow(InputError);
  });
});
