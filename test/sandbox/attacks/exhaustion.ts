// Programs that use up what others need: time, memory, disk, descriptors, threads.
import { type Attack, f, time } from "./attack.ts";

export const exhaustion: Attack[] = [
  { name: "forks without end", program: "import os\nwhile True: os.fork()", verdicts: ["exception"] },
  {
    name: "forks below Python",
    program: f("import ctypes\nreturn 'harm' if ctypes.CDLL(None).fork() >= 0 else 1"),
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
    program: "i = 0\nwhile True:\n    open(f'{i}', 'wb').write(b'x' * 60000); i += 1",
  },
  {
    name: "makes files without end",
    program: "i = 0\nwhile True:\n    open(f'{i}', 'w').close(); i += 1",
  },
  {
    name: "nests folders deeply",
    program:
      "import os\nfor i in range(3000):\n    os.mkdir('d' * 200); os.chdir('d' * 200)\ndef f(x): return 1",
    verdicts: ["wrong", "output", "cpu-time"],
  },
  {
    name: "leaves folders that can't be read",
    program: "import os\nos.makedirs('a/b')\nos.chmod('a/b', 0)\nos.chmod('a', 0)\ndef f(x): return 1",
    verdicts: ["wrong", "exception"],
  },
  {
    name: "leaves folders that can't be moved",
    program: "import os\nos.makedirs('a/b')\nos.chmod('a/b', 0)\ndef f(x): return 1",
    verdicts: ["wrong", "exception"],
  },
  { name: "a sparse file", program: "open('s', 'wb').truncate(10**12)" },
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
  {
    name: "a zombie army",
    program: f(
      "import ctypes\nlibc = ctypes.CDLL(None)\nborn = sum(libc.syscall(n, *a) >= 0 for n, a in ((56, (17, 0, 0, 0, 0)), (57, ()), (58, ()), (435, (0, 0))) for _ in range(200))\nreturn 'harm' if born else 1",
    ),
    verdicts: ["wrong"],
  },
  {
    name: "threads that come and go",
    program:
      "import _thread, time\nwhile True:\n    try: _thread.start_new_thread(int, ())\n    except RuntimeError: pass",
    verdicts: ["cpu-time", "wall-time", "memory"],
  },
  {
    name: "threads that spin side by side",
    program:
      "import threading, zlib\ndef g():\n    while True: zlib.crc32(b'x' * 10**6)\nfor _ in range(8): threading.Thread(target=g).start()\ng()",
    verdicts: ["cpu-time"],
  },
  {
    name: "stacks of a thousand threads",
    program:
      "import threading, time\nthreading.stack_size(64 << 20)\nfor _ in range(1000): threading.Thread(target=time.sleep, args=(99,)).start()",
  },
  {
    name: "links and folders without end",
    program:
      "import os\nopen('a', 'w').close()\nfor i in range(10**6):\n    os.link('a', f'l{i}'); os.symlink('a', f's{i}'); os.mkdir(f'd{i}')",
    verdicts: ["exception", "output", "cpu-time"],
  },
  {
    name: "names too long and folders that come and go",
    program:
      "import os\ni = 0\nwhile True:\n    i += 1\n    try: os.mkdir('x' * (i % 300)); os.rmdir('x' * (i % 300))\n    except OSError: pass",
    verdicts: time,
  },
  {
    name: "reserves the disk",
    program:
      "import os\nfor i in range(10**5):\n    d = os.open(f'r{i}', os.O_CREAT | os.O_RDWR)\n    os.posix_fallocate(d, 0, 65536); os.close(d)",
    verdicts: ["exception", "output", "cpu-time"],
  },
  {
    name: "grows its standard output by a hole",
    program: "import os\nos.ftruncate(1, 10**12)",
    verdicts: ["output"],
  },
  {
    name: "a slow answer, a byte at a time",
    program: "import os, time\nwhile True: os.write(3, b' '); time.sleep(0.01)",
    verdicts: ["wall-time"],
  },
  {
    name: "slow output of a script",
    program: "import sys, time\nwhile True: print('x', flush=True); time.sleep(0.01)",
    verdicts: ["wall-time"],
    style: "stdio",
  },
  {
    name: "waits for input that never comes",
    program: "import os, select\nwhile True: select.select([3], [], [], 100)",
    verdicts: ["wall-time"],
  },
  {
    name: "a deadlock",
    program: "import threading\nlock = threading.Lock()\nlock.acquire(); lock.acquire()",
    verdicts: ["wall-time"],
  },
  {
    name: "sleeps in one call that no signal ends",
    program:
      "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: time.sleep(1000)",
    verdicts: ["wall-time"],
  },
  {
    name: "pipes filled to the brim",
    program:
      "import os\na = []\nwhile True:\n    r, w = os.pipe(); os.set_blocking(w, False); a += [r, w]\n    os.write(w, b'x' * 65536)",
    verdicts: ["exception"],
  },
  {
    name: "a giant integer as text",
    program: "import sys\nsys.set_int_max_str_digits(0)\nx = str(3 ** 20_000_000)",
    verdicts: ["cpu-time", "memory"],
  },
  {
    name: "a multiplication of lists",
    program: "x = [[0] * 10**9] * 10**9",
    verdicts: ["memory"],
  },
  {
    name: "memory by a string that doubles",
    program: "x = 'ab'\nwhile True: x += x",
    verdicts: ["memory", "cpu-time"],
  },
  {
    name: "swallows every MemoryError",
    program: "a = []\nwhile True:\n    try: a.append(bytearray(10**6))\n    except MemoryError: pass",
    verdicts: ["cpu-time", "memory"],
  },
  {
    name: "an expression that folds to gigabytes",
    program: "x = ((1 << 4000) << 4000) ** 99999 if 1 else 0\ny = 'a' * 10**10",
    verdicts: ["memory", "cpu-time", "exception"],
  },
  {
    name: "holds nameless files",
    program:
      "import os\na = []\nfor i in range(10**5):\n    d = os.open(f'n{i}', os.O_CREAT | os.O_RDWR); os.unlink(f'n{i}')\n    os.write(d, b'x' * 65536); a.append(d)",
    verdicts: ["exception"],
  },
];
