// Programs that try to pass without solving, to reach out of the jail, to exhaust it or to outlive their process.
// The task of each: `f(1) == "<secret>"`, where the secret exists outside the jail alone.

export interface Attack {
  name: string;
  program: string;
  /** What must be said of it; by default anything but "passed" and "fault". */
  verdicts?: string[];
}

const wrap = (body: string) => `def f(x):\n${body.replace(/^/gm, "    ")}\n`;

/** Each returns "harm" in a value that starts so if it got through: the suite looks for that word. */
const forgery: Attack[] = [
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
  [
    "answers on the channel itself",
    'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"p":"ok"}\\n\' * 2 + b\'{"v":true}\\n\' * 3)\n    except OSError: pass\nos._exit(0)',
  ],
  ["half a frame, then silence", "import os, time\nos.write(3, b'{\"p\":')\ntime.sleep(100)"],
  [
    "broken UTF-8 and deep nesting",
    'import os\nos.write(3, b\'{"p":"ok"}\\n{"v":\\xff\\xfe\' + b\'[\' * 50000)\nos._exit(0)',
  ],
  [
    "forges the worker's report and the seal",
    "import os\nos.write(3, b'done 0 0 1 - 0 ' + b'00' * 16 + b'\\n' + b'\\0' * 16)\nos._exit(0)",
  ],
  ["closes the channel", "import os\nos.closerange(0, 64)\ndef f(x): return 1"],
  ["shuts the channel down", "import ctypes\nctypes.CDLL(None).shutdown(3, 2)\ndef f(x): return 1"],
  [
    "makes the channel non-blocking and owned",
    "import fcntl, os\nos.set_blocking(3, False)\ntry: fcntl.fcntl(3, fcntl.F_SETOWN, 1)\nexcept OSError: pass\ndef f(x): return 1",
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
].map(([name, program]) => ({ name: name!, program: program! }));

const escapes: Attack[] = [
  ["reads the password file", wrap("return 'harm ' + open('/etc/passwd').read()")],
  [
    "lists home and root folders",
    wrap(
      "import os\nseen = [p for p in ('/root', '/home', '/etc', '/proc', '/sys', '/var', '/usr/bin', '/bin', '/old') if os.path.exists(p)]\nreturn 'harm ' + str(seen) if seen else 1",
    ),
  ],
  ["reads the environment", wrap("import os\nreturn 'harm ' + str(os.environ) if dict(os.environ) else 1")],
  [
    "reads the environment below Python",
    wrap(
      "import ctypes\nenv = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')\nreturn 'harm' if env and env[0] else 1",
    ),
  ],
  ["reads process memory through /proc", wrap("return 'harm ' + open('/proc/self/maps').read()")],
  [
    "connects over the network",
    wrap("import socket\nsocket.create_connection(('127.0.0.1', 22), 1)\nreturn 'harm'"),
  ],
  [
    "opens sockets of every family",
    wrap(
      "import socket\nout = []\nfor family in range(46):\n    try: socket.socket(family, 1); out.append(family)\n    except OSError: pass\nreturn 'harm ' + str(out) if out else 1",
    ),
  ],
  [
    "makes new namespaces",
    wrap(
      "import ctypes\nlibc = ctypes.CDLL(None)\nreturn 'harm' if any(libc.unshare(flag) == 0 for flag in (0x10000000, 0x20000, 0x40000000)) else 1",
    ),
  ],
  [
    "mounts",
    wrap(
      "import ctypes\nreturn 'harm' if ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 else 1",
    ),
  ],
  ["leaves the root by chroot", wrap("import os\nos.mkdir('/tmp/r')\nos.chroot('/tmp/r')\nreturn 'harm'")],
  [
    "climbs above the root",
    wrap(
      "import os\nseen = os.listdir('/' + '../' * 20)\nreturn 'harm ' + str(seen) if any(s.startswith('slot') for s in seen) else 1",
    ),
  ],
  ["becomes root", wrap("import os\nos.setuid(0)\nreturn 'harm'")],
  [
    "has root's or a user's id",
    wrap("import os\nreturn 'harm' if 0 in os.getresuid() + os.getresgid() or os.getuid() != 65534 else 1"),
  ],
  ["writes into the library", wrap("import os\nopen(os.__file__ + 'x', 'w')\nreturn 'harm'")],
  [
    "traces its parent",
    wrap("import ctypes\nreturn 'harm' if ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0 else 1"),
  ],
  [
    "reads its parent's memory",
    wrap(
      "import ctypes\nbuffer = ctypes.create_string_buffer(64)\nreturn 'harm' if ctypes.CDLL(None).process_vm_readv(1, buffer, 1, buffer, 1, 0) > 0 else 1",
    ),
  ],
  ["executes a program", wrap("import os, sys\nos.execv(sys.executable, ['python3', '-c', 'print(1)'])")],
  [
    "starts a shell",
    wrap("import subprocess\nreturn 'harm ' + subprocess.check_output('id', shell=True, text=True)"),
  ],
  [
    "kills the worker",
    wrap(
      "import os, signal\nfor pid in (1, os.getppid(), -1, 0):\n    try: os.kill(pid, 9)\n    except OSError: continue\n    return 'harm'\nreturn 1",
    ),
  ],
  [
    "kills the other programs",
    wrap(
      "import os\nhit = []\nfor pid in range(2, 3000):\n    if pid == os.getpid(): continue\n    try: os.kill(pid, 0); hit.append(pid)\n    except OSError: pass\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "sets the others' limits",
    wrap(
      "import os, resource\nhit = [pid for pid in range(1, 50) if pid != os.getpid() and tries(pid)]\nreturn 'harm' if hit else 1",
    ) +
      "def tries(pid):\n    import resource\n    try: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))\n    except (OSError, PermissionError): return False\n    return True\n",
  ],
  [
    "lifts its own limits",
    wrap(
      "import resource\nfor name in ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_FSIZE'):\n    try: resource.setrlimit(getattr(resource, name), (-1, -1)); return 'harm'\n    except (OSError, ValueError): pass\nreturn 1",
    ),
  ],
  [
    "shares memory",
    wrap("import ctypes\nreturn 'harm' if ctypes.CDLL(None).shmget(1234, 4096, 0o1666) >= 0 else 1"),
  ],
  [
    "uses the key ring",
    wrap(
      "import ctypes\nreturn 'harm' if ctypes.CDLL(None).syscall(248, b'user', b'a', b'b', 1, -4) >= 0 else 1",
    ),
  ],
  [
    "talks to io_uring, bpf, perf and userfaultfd",
    wrap(
      "import ctypes\nlibc = ctypes.CDLL(None)\nreturn 'harm' if any(libc.syscall(n, 1, 0, 0, 0, 0) >= 0 for n in (425, 321, 298, 323)) else 1",
    ),
  ],
  [
    "finds this package's files",
    wrap(
      "import sys\nnames = [m for m in ('candidate', 'worker', 'seccomp', 'jail', 'slots', 'values') if m in sys.modules]\nreturn 'harm ' + str(names) if names else 1",
    ),
  ],
  [
    "has open descriptors",
    wrap(
      "import os\nout = []\nfor fd in range(4, 64):\n    try: os.fstat(fd); out.append(fd)\n    except OSError: pass\nreturn 'harm ' + str(out) if out else 1",
    ),
  ],
].map(([name, program]) => ({ name: name!, program: program! }));

const time = ["cpu-time", "wall-time"];
const exhaustion: Attack[] = [
  { name: "forks without end", program: "import os\nwhile True: os.fork()", verdicts: ["exception"] },
  {
    name: "forks below Python",
    program: wrap("import ctypes\nreturn 'harm' if ctypes.CDLL(None).fork() >= 0 else 1"),
  },
  {
    name: "starts threads without end",
    program:
      "import threading, time\nthreading.stack_size(65536)\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()",
  },
  {
    name: "takes all memory",
    program: "a = []\nwhile True: a.append(bytearray(10**7))",
    verdicts: ["memory", "cpu-time"],
  },
  { name: "maps all memory", program: "import mmap\na = []\nwhile True: a.append(mmap.mmap(-1, 10**7))" },
  {
    name: "fills the disk",
    program: "i = 0\nwhile True:\n    open(f'/tmp/{i}', 'wb').write(b'x' * 60000); i += 1",
  },
  {
    name: "makes files without end",
    program: "i = 0\nwhile True:\n    open(f'/tmp/{i}', 'w').close(); i += 1",
  },
  {
    name: "nests folders deeply",
    program:
      "import os\nfor i in range(3000):\n    os.mkdir('d' * 200); os.chdir('d' * 200)\ndef f(x): return 1",
    verdicts: ["wrong"],
  },
  {
    name: "leaves folders that can't be read",
    program:
      "import os\nos.makedirs('/tmp/a/b')\nos.chmod('/tmp/a/b', 0)\nos.chmod('/tmp/a', 0)\ndef f(x): return 1",
    verdicts: ["wrong"],
  },
  { name: "a sparse file", program: "open('/tmp/s', 'wb').truncate(10**12)" },
  {
    name: "opens files without end",
    program: "a = []\nwhile True: a.append(open('/dev/null'))",
    verdicts: ["exception"],
  },
  { name: "floods stdout", program: "while True: print('x' * 10000)", verdicts: ["output", "cpu-time"] },
  { name: "floods stderr", program: "import sys\nwhile True: sys.stderr.write('x' * 10000)", verdicts: time },
  {
    name: "floods the channel",
    program: "import os\nwhile True: os.write(3, b'x' * 65536)",
    verdicts: ["output"],
  },
  {
    name: "spins and ignores signals",
    program:
      "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass",
    verdicts: ["cpu-time"],
  },
  {
    name: "disarms the CPU timer",
    program: "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass",
    verdicts: ["cpu-time"],
  },
  { name: "spins in C", program: "x = 7 ** 10 ** 8", verdicts: ["cpu-time", "memory"] },
  {
    name: "a catastrophic pattern",
    program: "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    verdicts: ["cpu-time"],
  },
  { name: "sleeps", program: "import time\ntime.sleep(1000)", verdicts: ["wall-time"] },
  {
    name: "stops itself",
    program: "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    verdicts: ["wall-time"],
  },
  {
    name: "recurses without limit",
    program: "import sys\nsys.setrecursionlimit(10**9)\ndef g(n): return repr([g]) + g(n + 1)\ng(0)",
    verdicts: ["killed", "memory", "cpu-time", "exception"],
  },
  {
    name: "a zip bomb",
    program: "import zlib\nd = zlib.compress(b'0' * 10**7)\na = [zlib.decompress(d) for _ in range(1000)]",
    verdicts: ["memory", "cpu-time"],
  },
  { name: "nests its source", program: `x = ${"(".repeat(500)}${")".repeat(500)}`, verdicts: ["unparsable"] },
];

export const families: Record<string, Attack[]> = { forgery, escape: escapes, exhaustion };
