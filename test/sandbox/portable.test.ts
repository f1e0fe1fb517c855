// What is particular to the portable tier: the ways out of WebAssembly, which lead through its imports, and what could
// stay in an interpreter that lives on. conformance.test.ts and attacks.test.ts run over this tier too.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.ts";
import { ask, expectHonestPass, feed, quick } from "./programs.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox({ workers: 1, isolation: "portable" });
});
afterAll(() => sandbox?.close());

test.each([
  ["imports js", "import js\ndef f(x): return 'harm ' + str(js.process.env)"],
  ["imports pyodide_js", "import pyodide_js\ndef f(x): return 'harm'"],
  [
    "imports pyodide.code",
    "from pyodide.code import run_js\ndef f(x): return 'harm ' + str(run_js('1 + 1'))",
  ],
  [
    "imports the core below it",
    "import _pyodide_core\ndef f(x): return 'harm ' + str(_pyodide_core.jsnull) if hasattr(_pyodide_core, 'run_js') else _pyodide_core.JsProxy('x')",
  ],
  [
    "builds the finder again",
    "from _pyodide._importhook import register_js_finder\nregister_js_finder()\nimport js\ndef f(x): return 'harm'",
  ],
  [
    "looks for a JavaScript object in all that lives",
    `import gc, sys
def f(x):
    seen, stack = set(), [sys.modules, *gc.get_objects(), *object.__subclasses__()]
    while stack and len(seen) < 200000:
        o = stack.pop()
        if id(o) in seen: continue
        seen.add(id(o))
        if type(o).__name__ == 'JsProxy': return 'harm ' + str(o.constructor)
        stack.extend(gc.get_referents(o))
    return 1`,
  ],
  [
    "foreign functions",
    "import sys\ndel sys.modules['_ctypes']\nimport ctypes\ndef f(x): return 'harm ' + str(ctypes.pythonapi.Py_GetVersion())",
  ],
  [
    "loads a library of its own",
    "import sys\ndel sys.modules['_ctypes']\nimport _ctypes\ndef f(x):\n    open('/tmp/a.so', 'wb').write(b'\\0asm\\1\\0\\0\\0')\n    return 'harm ' + str(_ctypes.dlopen('/tmp/a.so', 2))",
  ],
  ["runs a shell", "import os\ndef f(x): return 'harm' if os.system('true') == 0 else 1"],
  [
    "opens a socket",
    "import socket\ndef f(x):\n    s = socket.socket(); s.connect(('127.0.0.1', 22)); return 'harm'",
  ],
  ["asks for a name", "import socket\ndef f(x): return 'harm ' + str(socket.getaddrinfo('localhost', 80))"],
  ["reads the host's files", "def f(x): return 'harm ' + open('/etc/hostname').read()"],
  [
    "reads the worker's own stdin",
    "import os\ndef f(x): return 'harm ' + os.read(os.open('/dev/stdin', 0), 9).decode() if os.read(0, 9) else 1",
  ],
  [
    "writes on a terminal",
    "import os\ndef f(x):\n    for name in ('tty', 'tty1', 'stdout', 'stderr'):\n        try: os.write(os.open('/dev/' + name, 1), b'\\0\\0\\0\\2{}')\n        except OSError: pass\n    return 1",
  ],
  [
    "changes the library",
    "import os\ndef f(x):\n    os.chmod('/lib', 0o777); open('/lib/python3.14/x.py', 'w'); return 'harm'",
  ],
  ["replaces the library", "import os\ndef f(x):\n    os.rename('/lib', '/tmp/lib'); return 'harm'"],
  [
    "byte code out of bounds",
    "def f(x): pass\nf.__code__ = f.__code__.replace(co_code=bytes([100, 255, 90, 200] * 50), co_consts=(), co_names=())",
  ],
  ["takes memory until it grows", "def f(x): return len(bytearray(150_000_000))"],
  ["silences the alarm", "import signal\nsignal.signal(signal.SIGPROF, lambda *a: None)\nwhile True: pass"],
])("%s", async (_name, program) => {
  const [outcome] = await ask(sandbox, program, [["assert f(1) == 'the secret'"]]);
  expect(outcome!.verdict).not.toMatch(/passed|fault/);
  expect(outcome!.failure!.actual ?? "").not.toMatch(/harm/);
  await expectHonestPass(sandbox, 2);
});

test("nothing of a program is left for the next one", async () => {
  const traces = `
import builtins, os, sys, json, math
builtins.leak = math.leak = json.leak = sys.leak = 1
os.environ["LEAK"] = "1"
os.makedirs("/tmp/a/b"); open("/tmp/a/b/c", "w").write("x"); os.chdir("/tmp/a")
keep = open("/tmp/a/b/c")
os.close(1); os.dup2(keep.fileno(), 9)
class Loud(int): pass
sys.stdout = None
print = len = None
`;
  await ask(sandbox, traces, [["assert leak == 1"]]);
  const look = `
import builtins, os, sys, json, math
def f(): return [hasattr(m, "leak") for m in (builtins, sys, json, math)] + [os.listdir("/tmp"), os.getcwd(), dict(os.environ), len(gone())]
def gone():
    seen = []
    for fd in range(4, 64):
        try: os.fstat(fd); seen.append(fd)
        except OSError: pass
    return seen
print(1)
`;
  const asserts = ["assert f() == [False, False, False, False, [], '/tmp', {}, 0]"];
  expect(await ask(sandbox, look, [asserts])).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
  expect(await feed(sandbox, "print(input())", [["still there", "still there"]])).toMatchObject({
    passed: 1,
  });
});

test("sleeping takes wall time and no CPU time, and asyncio works", async () => {
  const program = `
import asyncio, time
def f():
    start = time.monotonic(); time.sleep(0.7)
    return time.monotonic() - start >= 0.69
def g():
    async def one(n): await asyncio.sleep(n / 100); return n
    async def all_(): return await asyncio.gather(one(3), one(1))
    return asyncio.run(all_())
`;
  const asserts = ["assert f() == True", "assert g() == [3, 1]"];
  expect(await ask(sandbox, program, [asserts], quick)).toEqual([{ verdict: "passed", passed: 2, total: 2 }]);
});
