// Programs that want to pass without solving: by lying values, by patched machinery, by reading the answer.
import { type Attack, attacks, f } from "./attack.ts";

export const forgery: Attack[] = attacks(
  [
    "prints what a grader might look for",
    "import sys\nprint('PASSED ok 1 passed\\n.\\nOK')\nsys.stderr.write('OK')\ndef f(x): return 1",
  ],
  ["ends at once with success", "import os\nos._exit(0)"],
  ["leaves by sys.exit", "import sys\nsys.exit(0)"],
  ["leaves inside the call", "import os\ndef f(x): os._exit(0)"],
  [
    "is equal to everything",
    "class E:\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = lambda s: 0\n    __bool__ = lambda s: True\ndef f(x): return E()",
  ],
  [
    "a str that lies",
    "class S(str):\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 0\n    __len__ = lambda s: 16\n    __str__ = __repr__ = lambda s: 'lie'\ndef f(x): return S('a')",
  ],
  [
    "an int that lies",
    "class I(int):\n    __eq__ = __index__ = __sub__ = lambda s, *o: 0\ndef f(x): return I(3)",
  ],
  [
    "a list that lies",
    "class L(list):\n    __eq__ = lambda s, o: True\n    __iter__ = lambda s: iter([1])\ndef f(x): return L([2])",
  ],
  [
    "a dict that lies",
    "class D(dict):\n    items = lambda s: [(1, 1)]\n    __len__ = lambda s: 10**9\ndef f(x): return D(a=1)",
  ],
  [
    "a metaclass that lies",
    "class M(type):\n    __mro__ = property(lambda s: (str,))\n    __name__ = property(lambda s: 1/0)\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: hash(str)\nclass T(metaclass=M): pass\ndef f(x): return T()",
  ],
  [
    "patches the builtins",
    "import builtins\nfor name in dir(builtins):\n    if name[0].islower() and name not in ('setattr', 'dir', 'print'): setattr(builtins, name, lambda *a, **k: True)\ndef f(x): return 1",
  ],
  [
    "patches json, os and the encoder",
    'import json, os, sys\njson.dumps = lambda *a, **k: \'{}\'\nreal = os.write\nos.write = lambda fd, data: real(fd, b\'{"p":"ok"}\\n{"v":true}\\n\')\ndef f(x): return 1',
  ],
  [
    "looks for the answer in the frames",
    "import sys\ndef f(x):\n    frame, seen = sys._getframe(), []\n    while frame:\n        seen.append(repr(frame.f_locals)[:20000]); frame = frame.f_back\n    return ''.join(seen)",
  ],
  [
    "looks for the answer in the garbage collector",
    "import gc\ndef f(x): return [o for o in gc.get_objects() if type(o) is dict and 'expected' in o and 'secret' in str(o)[:1000]]",
  ],
  [
    "reads its own file and main module",
    "import sys\ndef f(x):\n    main = sys.modules['__main__']\n    return [getattr(main, '__file__', None), sys.argv, sys.path and open(sys.argv[0]).read()]",
  ],
  [
    "traces its caller",
    "import sys\ndef f(x):\n    sys.settrace(lambda *a: None)\n    sys._getframe(1).f_trace = lambda *a: None\n    return 1",
  ],
  ["prints at exit", "import atexit\natexit.register(lambda: print('OK'))\ndef f(x): return 1"],
  [
    "raises SystemExit from a comparison",
    "class E:\n    def __eq__(s, o): raise SystemExit(0)\ndef f(x): return E()",
  ],
  ["returns itself inside itself", "def f(x):\n    a = []\n    a.append(a); a.append(a)\n    return a"],
  ["a value of 200 MB", "def f(x): return 'a' * 200_000_000"],
  ["an integer of a million digits", "def f(x): return 1 << 4_000_000"],
  ["a decimal with a giant exponent", "import decimal\ndef f(x): return decimal.Decimal('1e999999999')"],
  [
    "an exception that lies",
    "class E(Exception):\n    __traceback__ = property(lambda s: 1/0)\n    def __str__(s): raise SystemExit\ndef f(x): raise E()",
  ],
  ["a NaN for every seat", "def f(x): return float('nan')"],
  ["returns mock.ANY", "from unittest import mock\ndef f(x): return mock.ANY"],
  ["returns a proxy", "import weakref\nclass A(str): pass\na = A('x')\ndef f(x): return weakref.proxy(a)"],
  [
    "returns an object with a forged class",
    "class A:\n    __class__ = property(lambda s: str)\n    __eq__ = lambda s, o: True\ndef f(x): return A()",
  ],
  [
    "returns what unpickles to the answer",
    "class R:\n    def __reduce__(s): return (eval, ('1/0',))\n    def __getstate__(s): raise SystemExit(0)\n    __json__ = to_json = tolist = item = lambda s, *a: True\ndef f(x): return R()",
  ],
  ["a repr of gigabytes", "class R:\n    __repr__ = __str__ = lambda s: 'a' * 10**9\ndef f(x): return R()"],
  [
    "a float, a bytes and a set that lie",
    "class F(float):\n    __eq__ = lambda s, o: True\n    __repr__ = lambda s: '1'\nclass B(bytes):\n    __len__ = lambda s: 10**12\n    __buffer__ = None\nclass S(set):\n    __iter__ = lambda s: iter([S()])\n    __len__ = lambda s: -1\ndef f(x): return [F(2), B(b'a'), S([1])]",
  ],
  [
    "an enumeration and a data class that lie",
    "import enum, dataclasses\nclass E(str, enum.Enum):\n    A = 'a'\n    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 0\n    value = property(lambda s: 1)\n@dataclasses.dataclass\nclass D:\n    a: int = 1\n    def __eq__(s, o): return True\ndef f(x): return {E.A: D()}",
  ],
  [
    "replaces operator, AssertionError and the importer",
    "import builtins, operator, sys\noperator.eq = operator.is_ = lambda *a: True\nbuiltins.AssertionError = type('AssertionError', (Exception,), {'__new__': lambda *a: None})\nbuiltins.__import__ = lambda *a, **k: sys\nbuiltins.compile = builtins.eval = lambda *a, **k: True\ndef f(x): return 1",
  ],
  [
    "an audit hook that stops the harness",
    "import sys\ndef hook(event, args):\n    if event in ('compile', 'exec', 'os.write'): raise SystemExit(0)\nsys.addaudithook(hook)\ndef f(x): return 1",
  ],
  [
    "a profile hook that leaves",
    "import os, sys\nsys.setprofile(lambda frame, event, arg: os._exit(0) if event == 'c_return' else None)\ndef f(x): return 1",
  ],
  [
    "rewrites what the harness holds, through its frames",
    "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n        for value in list(frame.f_locals.values()):\n            if hasattr(value, 'pending'): value.pending[:] = ['{\"p\":\"ok\"}', '{\"v\":true}']; value.flush(); value.add = value.value = value.flush = lambda *a: None\n            if type(value) is dict and 'calls' in value: value['calls'] = ['True']\n        frame = frame.f_back\n    return 1",
  ],
  [
    "finds the harness in the garbage collector and patches it",
    "import gc, types\nfor o in gc.get_objects():\n    if type(o) is types.FunctionType and o.__name__ in ('encode', '_plain', 'write_json', 'value', 'evaluate', 'report'):\n        try: o.__code__ = (lambda *a, **k: 'true').__code__\n        except (ValueError, TypeError): pass\ndef f(x): return 1",
  ],
  [
    "is another main module",
    "import sys, types\nm = types.ModuleType('__main__')\nm.f = lambda x: True\nsys.modules['__main__'] = m\nglobals().clear()",
  ],
  [
    "answers from a thread",
    "import os, threading, time\ndef shout():\n    while True: os.write(3, b'{\"v\":true}\\n')\ndef f(x):\n    threading.Thread(target=shout, daemon=True).start()\n    time.sleep(0.05)\n    return 1",
  ],
  [
    "an exit hook and a finaliser that answer",
    "import atexit, os\nclass D:\n    def __del__(s): os.write(3, b'{\"v\":true}\\n')\nd = D()\natexit.register(os.write, 3, b'{\"v\":true}\\n')\ndef f(x): return d",
  ],
  [
    "a timer's handler that forges the end",
    'import os, signal\ndef end(*a): os.write(3, b\'{"p":"ok"}\\n{"v":true}\\n{"v":true}\\n{"end":"cpu"}\\n\'); os._exit(0)\nsignal.signal(signal.SIGPROF, end)\nos.kill(os.getpid(), signal.SIGPROF)',
  ],
  ["raises MemoryError by itself", "def f(x): raise MemoryError('ok')", ["memory"]],
  ["raises itself as an exit of success", "class E(SystemExit):\n    code = 0\ndef f(x): raise E(0)"],
  ["returns a generator of answers", "def f(x): return (v for v in [True])"],
  [
    "a value nested beyond any stack",
    "def f(x):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a",
    ["output"],
  ],
  [
    "keys that collide and change",
    "class K(int):\n    def __hash__(s): return id(s)\n    __eq__ = lambda s, o: False\ndef f(x): return {K(1): 1, K(1): 2, float('nan'): 3}",
  ],
  [
    "lowers the stack under the harness",
    "import sys\ndef f(x):\n    sys.setrecursionlimit(8)\n    return [[[[[[1]]]]]]",
  ],
  [
    "asks where the tests are",
    "import inspect, sys\ndef f(x): return [inspect.getsource(f.f_code) for f in inspect.stack()]",
  ],
  [
    "looks for the expected value in the file system",
    f(
      "import os\nfound = []\nfor base in ('/', '/tmp', '/root', '/work', os.getcwd(), 'HOST_FOLDER'):\n    for folder, names, files in os.walk(base):\n        if folder.startswith(('/proc', '/sys', '/usr', '/lib')): names.clear(); continue\n        for name in files[:50]:\n            try: text = open(os.path.join(folder, name), errors='ignore').read(1 << 16)\n            except OSError: continue\n            if 'the-secret-' in text: return text[text.index('the-secret-'):][:15]\nreturn 1",
    ),
  ],
);
