// Hostile programs against tests that are code: the test, what it expects and the process that runs it stay out of reach,
// whatever a program answers, and nothing of one visit reaches the next.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox, type Outcome, type Sandbox } from "../../src/sandbox/index.ts";
import { sandboxPython } from "./interpreters.ts";
import { expectHonestPass, onLinux, pythonPath } from "./programs.ts";

const secret = "the-secret-77c1";
const limits = { cpuSeconds: 0.5, wallSeconds: 3, memoryMb: 256, outputKb: 64 };

// The expected values are in the test's text, its locals, its globals, its defaults and its setup.
const setup = `expected = ["${secret}", 987654321]
class Box:
    hidden = "${secret}"
    def __init__(self, value): self.value = value
    def __eq__(self, other): return isinstance(other, Box) and self.value == other.value
def wanted(x): return expected[0]
`;
const code = `
import math
known = "${secret}"
def same(out, exp):
    assert out == exp, f"{out!r} is not {exp!r}"
def check(candidate):
    local = known
    same(candidate(1), local)
    assert candidate(2) == expected[0]
    assert set(candidate(3)) == set(local)
    assert len(candidate(4)) == 15
    assert math.isclose(candidate(5), 987654321.5)
    assert candidate(Box(1), lambda text=local: text == local) == local
    assert isinstance(candidate(6), str) and candidate(6).startswith(local)
    assert sorted(candidate(7)) == sorted(local)
`;

const lying = [
  "__eq__",
  "__ne__",
  "__lt__",
  "__gt__",
  "__le__",
  "__ge__",
  "__contains__",
  "__bool__",
  "__instancecheck__",
  "__subclasscheck__",
]
  .map((name) => `    ${name} = lambda *a: True\n`)
  .join("");
const open = `
import os, json, sys
def say(text):
    data = text if isinstance(text, bytes) else text.encode()
    os.write(3, len(data).to_bytes(4, "big") + data)
`;

// Speaks the protocol itself, from inside a call: asks the judge for something and hears its answer.
const speaking = `${open}
def hear():
    size, data = int.from_bytes(os.read(3, 4), "big"), b""
    while len(data) < size: data += os.read(3, size - len(data))
    return json.loads(data)
def ask(*parts):
    say(json.dumps(parts))
    return hear()["v"]
def agree():
    while True:
        hear()
        say('{"v":true}')
`;

const attacks: [name: string, program: string, verdicts?: string[]][] = [
  [
    "is equal to everything",
    `class E:\n${lying}    __hash__ = lambda s: 0\n    __len__ = lambda s: 15\n    __iter__ = lambda s: iter("${"x".repeat(15)}")\n    startswith = lambda s, t: True\ndef f(*a): return E()`,
  ],
  [
    "says that it is a str",
    `class E:\n${lying}    __class__ = str\n    startswith = lambda s, t: True\n    __str__ = __repr__ = lambda s: "x"\ndef f(*a): return E()`,
  ],
  [
    "a str that lies",
    `class S(str):\n${lying}    __hash__ = lambda s: 0\n    __len__ = lambda s: 15\n    __iter__ = lambda s: iter("abc")\ndef f(*a): return S("a")`,
  ],
  [
    "a float that lies",
    `class F(float):\n${lying}    __sub__ = __rsub__ = __abs__ = lambda *a: 0.0\ndef f(*a): return F(1)`,
  ],
  [
    "a metaclass that lies",
    `class M(type):\n${lying}    __mro__ = property(lambda s: (str,))\n    __name__ = property(lambda s: 1/0)\n    __hash__ = lambda s: hash(str)\nclass T(metaclass=M):\n${lying}\ndef f(*a): return T()`,
  ],
  [
    "raises errors whose words lie",
    "class E(Exception):\n    def __str__(s): raise SystemExit(0)\n    __repr__ = __str__\ndef f(*a): raise E()",
    ["exception"],
  ],
  ["raises AssertionError", "def f(*a): raise AssertionError", ["exception"]],
  ["leaves by SystemExit", "def f(*a): raise SystemExit(0)", ["exception"]],
  ["leaves by KeyboardInterrupt", "def f(*a): raise KeyboardInterrupt", ["exception"]],
  ["raises StopIteration", "def f(*a): raise StopIteration", ["exception"]],
  ["raises GeneratorExit", "def f(*a): raise GeneratorExit", ["exception"]],
  ["ends at once", "import os\ndef f(*a): os._exit(0)", ["exception"]],
  [
    "replaces check and its tools",
    "def check(candidate): pass\ndef same(*a): pass\nset = sorted = len = isinstance = lambda *a: True\nclass math: isclose = lambda *a: True\ndef f(*a): return 1",
    ["wrong"],
  ],
  [
    "patches the builtins",
    "import builtins\nfor name in ('set', 'len', 'sorted', 'isinstance', 'AssertionError'): setattr(builtins, name, lambda *a: True)\ndef f(*a): return 1",
  ],
  [
    "looks through frames",
    "import sys\ndef f(*a):\n    frame, seen = sys._getframe(), []\n    while frame:\n        seen += [v for v in list(frame.f_locals.values()) + list(frame.f_globals.values()) if isinstance(v, str) and v.startswith('the-sec') and len(v) == 15]\n        frame = frame.f_back\n    return seen[0] if seen else 'nothing'",
    ["wrong"],
  ],
  [
    "looks through the garbage collector",
    "import gc\ndef f(*a):\n    for o in gc.get_objects():\n        if type(o) in (list, tuple, dict):\n            for v in (o.values() if type(o) is dict else o):\n                if type(v) is str and v.startswith('the-sec') and len(v) == 15: return v\n    return 'nothing'",
    ["wrong"],
  ],
  [
    "walks what it was given",
    "def f(x=None, g=None, *a):\n    if g is None: return 'nothing'\n    for path in ('__globals__', '__defaults__', '__code__', '__closure__', 'f_globals', 'gi_frame', '__class__', '__init__', 'hidden', '__dict__', '_x'):\n        for target in (x, g):\n            try: return str(getattr(target, path))\n            except Exception: pass\n    return 'nothing'",
  ],
  [
    "asks the judge for what is not there to be asked",
    `${open}
def f(*a):
    for number in range(50):
        say(json.dumps(["attribute", {"o": number}, "__globals__"]))
    return 1`,
    ["exception"],
  ],
  [
    "makes a class in the judge whose equality asks the program",
    `${speaking}
def f(*a):
    body = {"d": [["__eq__", {"h": [7, "function", "c"]}], ["startswith", {"h": [7, "function", "c"]}]]}
    made = ask("call", {"T": "type"}, {"t": ["E", {"t": [{"T": "str"}]}, body]}, {"t": []})
    one = ask("call", {"o": made["h"][0]}, {"t": ["${"x".repeat(15)}"]}, {"t": []})
    say(json.dumps({"v": {"o": one["h"][0]}}))
    agree()`,
    ["exception"],
  ],
  [
    "has the judge run what it names",
    `${speaking}
def f(*a):
    return str(ask("call", {"T": "eval"}, {"t": ["known"]}, {"t": []}))`,
    ["exception"],
  ],
  [
    "names a field of a tuple as numpy's way to memory",
    `${speaking}
def f(*a):
    say(json.dumps({"v": {"N": ["T", ["__array_interface__", "__array__", "startswith"], [{"h": [7, "function", "c"]}] * 3]}}))
    agree()`,
  ],
  [
    "answers before it is asked",
    `${open}\nsay('{"v":1}')\nsay('{"v":1}')\ndef f(*a): return 1`,
    ["exception", "wrong"],
  ],
  ["answers twice", `${open}\ndef f(*a):\n    say('{"v":"x"}')\n    return 1`, ["exception", "wrong"]],
  [
    "says at length that it can't be loaded",
    `${open}\nsay('{"p":"error","e":["E","' + 'x' * (30 << 20) + '",1]}')\ndef f(*a): return 1`,
    ["exception"],
  ],
  [
    "says it can't be loaded in a million lines",
    `${open}\nsay('{"p":"ok"}\\n' + '[[[[[]]]]],' * 100000)\ndef f(*a): return 1`,
    ["exception"],
  ],
  ["says that it is loaded, twice", `${open}\nsay('{"p":"ok"}')\ndef f(*a): return 1`, ["exception"]],
  [
    "says that the test passed",
    `${open}\nfor text in ('r{"test":0,"is":"passed"}', 'd', '{"test":0,"is":"passed"}'): say(text)\ndef f(*a): return 1`,
  ],
  [
    "says that it is the judge, in its turn",
    `${open}\ndef f(*a):\n    say('r{"test":0,"is":"passed"}')\n    while True: pass`,
  ],
  [
    "lies about a length",
    "import os\ndef f(*a):\n    os.write(3, (1 << 30).to_bytes(4, 'big') + b'x' * 100)\n    while True: pass",
  ],
  [
    "begins a frame and never ends it",
    "import os, time\ndef f(*a):\n    os.write(3, (1 << 20).to_bytes(4, 'big') + b'x' * 100)\n    time.sleep(60)",
    ["wall-time"],
  ],
  ["sends an empty frame", "import os, time\ndef f(*a):\n    os.write(3, bytes(64))\n    time.sleep(60)"],
  ["writes garbage", "import os\ndef f(*a):\n    os.write(3, os.urandom(5000))\n    while True: pass"],
  ["writes garbage in a frame", `${open}\ndef f(*a):\n    say(b'\\xff\\x00{[')\n    while True: pass`],
  [
    "nests beyond any reader",
    `${open}\ndef f(*a):\n    say('{"v":' + '[' * 100000 + ']' * 100000 + '}')\n    while True: pass`,
    ["exception"],
  ],
  [
    "names tags that there are not",
    `${open}\ndef f(*a):\n    say('{"v":{"__reduce__":["os.system","true"]}}')\n    while True: pass`,
    ["exception"],
  ],
  [
    "gives back what it was never given",
    `${open}\ndef f(*a):\n    say('{"v":{"o":40}}')\n    while True: pass`,
    ["exception"],
  ],
  [
    "points at containers that are not there",
    `${open}\ndef f(*a):\n    say('{"m":[[5,{"s":[]}]],"v":{"r":-1}}')\n    while True: pass`,
    ["exception"],
  ],
  [
    "asks back without end",
    `${open}\ndef f(x, g=None):\n    if g is None: return '${secret.slice(0, 3)}'\n    while True: g()`,
  ],
  ["never answers", "import time\ndef f(*a): time.sleep(60)", ["wall-time"]],
  ["yields without end", "import itertools\ndef f(*a): return itertools.repeat('a')"],
  ["answers with floods", "def f(*a): return 'a' * (30 << 20)"],
  ["answers with an endless range", "def f(*a): return range(10**18)", ["output"]],
  [
    "answers with a decimal of a billion digits",
    "import decimal\ndef f(*a): return decimal.Decimal('1e999999')",
    ["output"],
  ],
  ["answers with a huge integer", "def f(*a): return 1 << 300_000_000"],
  ["answers with itself inside itself", "a = []\na.append(a)\ndef f(*x): return a"],
  [
    "changes its arguments into a liar",
    "def f(x, *a):\n    try: x.value = type('E', (), {'__eq__': lambda *a: True})()\n    except Exception: pass\n    return x",
  ],
];

describe.runIf(onLinux)("attacks on tests that are code", () => {
  let sandbox: Sandbox;
  const frames: Buffer[] = [];
  const judge = async (program: string, tests = { setup, code }, its = limits): Promise<Outcome> => {
    const group = { style: "function" as const, asserts: [], entryPoint: "f", ...tests };
    return (await sandbox.judge({ language: "python", program, groups: [group], limits: its }))[0]!;
  };
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 1, onFrame: (frame) => frames.push(frame) });
  });
  afterAll(() => sandbox?.close());

  test("the honest program passes", async () => {
    const honest = `def f(x, g=None):\n    answer = "the-" + "secret-77c1"\n    if g is not None: return answer if g(answer) else "no"\n    return 987654321.5 if x == 5 else answer`;
    expect(await judge(honest)).toEqual({ verdict: "passed", passed: 1, total: 1 });
    frames.length = 0; // it alone may hand the answer about
  });

  test.concurrent.each(attacks)("%s", async (_name, program, verdicts) => {
    const outcome = await judge(program);
    expect(outcome.passed).toBe(0);
    expect(["passed", "fault"]).not.toContain(outcome.verdict);
    if (verdicts) expect(verdicts).toContain(outcome.verdict);
    await expectHonestPass(sandbox, 2);
    const honest = { setup: "", code: "def check(candidate):\n    assert candidate([1]) == candidate([1])" };
    expect(await judge("def f(x): return x", honest)).toMatchObject({ verdict: "passed" });
  });

  test("no frame that entered the jail held what is expected, or a line of the test", () => {
    expect(frames.length).toBeGreaterThan(attacks.length);
    const words = [secret, "987654321", "def check", "assert ", "isclose"];
    const told = frames.filter((frame) =>
      words.some((word) => frame.includes(word) && !frame.includes('"program"')),
    );
    expect(told.map(String)).toEqual([]);
    const whole = frames.filter(
      (frame) => frame.includes(secret) || frame.includes("def check(candidate):\\n    local"),
    );
    expect(whole.map(String)).toEqual([]);
  });

  test("no object is made on the judge's side to a program's wish", async () => {
    // Against the plainest test, which such an object would pass.
    const plain = { setup: "", code: `def check(candidate):\n    assert candidate(1) == "${secret}"` };
    const makes = (kind: string, base: string) => `${speaking}
def f(x):
    body = {"d": [["__eq__", {"h": [7, "function", "c"]}], ["__hash__", None]]}
    made = ask("call", ${kind}, {"t": ["E", {"t": [${base}]}, body]}, {"t": []})
    one = ask("call", {"o": made["h"][0]}, {"t": []}, {"t": []})
    say(json.dumps({"v": {"o": one["h"][0]}}))
    agree()`;
    for (const kind of ['{"T": "type"}', '{"h": [9, "type", "c"]}', '{"d": []}', '"type"', "None"])
      expect(await judge(makes(kind, '{"T": "object"}'), plain)).toMatchObject({ verdict: "exception" });
  });

  test("a test that catches everything does not hide how a program ended", async () => {
    const blind = { setup: "", code: "def check(candidate):\n    try: candidate(1)\n    except: pass\n" };
    expect(await judge("import os\ndef f(x): os._exit(0)", blind)).toMatchObject({ verdict: "exception" });
    expect(await judge("def f(x):\n  while True: pass", blind)).toMatchObject({ verdict: "cpu-time" });
    expect(await judge("def f(x): raise ValueError", blind)).toMatchObject({ verdict: "passed" });
  });

  test("no reply makes the verdict a fault", async () => {
    // Takes the channel over before the judge has asked for anything.
    const answering = (reply: string) =>
      `${open}say('{"p":"ok"}')\nos.read(3, 1 << 16)\n${reply}\nimport time\ntime.sleep(0.2)\nos._exit(0)`;
    const replies = [
      'say(b"\\xff\\xfe")',
      `say('{"v":{"n":["<f8",[1],"0000000000000000"]}}')`,
      `say('{"e":["ValueError","ValueError","' + "é" * 12500000 + '",null,null,null,null]}')`,
      `say('{"e":["ValueError","ValueError",["x"],null,null,null,null]}')`,
      `say('{"v":{"q":[null,[' + '{"q":[null,[]]},' * 1500000 + 'null]]}}')`,
      `say('{"v":' + "[" * 100000 + "]" * 100000 + "}")`,
    ];
    const roomy = { ...limits, cpuSeconds: 4, wallSeconds: 20, memoryMb: 1024 };
    for (const reply of replies) {
      const outcome = await judge(answering(reply), { setup: "", code }, roomy);
      expect(outcome.verdict, reply).not.toBe("fault");
      expect(outcome.verdict, reply).not.toBe("passed");
    }
  });

  test("a value counts what it takes in memory, not in text alone, at both ends", async () => {
    const counting = { setup: "", code: "def check(candidate):\n    assert len(candidate(1)) == 1000000" };
    const roomy = { ...limits, cpuSeconds: 4, wallSeconds: 20, memoryMb: 1024 };
    const empty = await judge("def f(x): return [[] for _ in range(1000000)]", counting, roomy);
    expect(empty).toMatchObject({ verdict: "output" });
    const reading = `import sys
sys.path.insert(0, sys.argv[1])
from crossing import Unreadable, from_text
print(len(from_text("[" + "[]," * 1000000 + "0]")))
try: from_text("[" + "[]," * 2000000 + "0]")
except Unreadable as error: print(error)`;
    const { stdout } = await promisify(execFile)(await pythonPath(), ["-c", reading, sandboxPython]);
    expect(stdout).toBe("1000001\ntoo many containers\n");
  });

  test("exceptions that need arguments reach a test that waits for them", async () => {
    const waiting = (kind: string) => ({
      setup: "",
      code: `def check(candidate):\n    try: candidate(1)\n    except ${kind}: return\n    assert False`,
    });
    const decoding = "def f(x): return b'\\xff'.decode()";
    expect(await judge(decoding, waiting("UnicodeDecodeError"))).toMatchObject({ verdict: "passed" });
    expect(await judge(decoding, waiting("ValueError"))).toMatchObject({ verdict: "passed" });
    const own = "class Own(UnicodeDecodeError): pass\ndef f(x): raise Own('utf8', b'x', 0, 1, 'why')";
    expect(await judge(own, waiting("ValueError"))).toMatchObject({ verdict: "passed" });
  });

  test("what was said to a process that had ended is not heard by the next", async () => {
    const long = {
      setup: "",
      code: "def check(candidate):\n    for i in range(3):\n        assert candidate('x' * 3000000) == 3000000",
    };
    const mixed = Array.from({ length: 60 }, async (_, index) => {
      const hostile = index % 2 === 0;
      const program = hostile
        ? `import os\ndef f(x): os._exit(${index})`
        : `# ${index}\ndef f(x): return len(x)`;
      const early = index % 4 === 0 ? `import sys\nsys.exit(${index})` : program;
      const outcome = await judge(early, long);
      expect(outcome.verdict).toBe(hostile ? "exception" : "passed");
    });
    await Promise.all(mixed);
  });
});
