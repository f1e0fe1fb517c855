// Programs that want to outlive themselves, or to reach the next program: daemons, timers, files, a poisoned worker.
import { type Attack, attacks, f } from "./attack.ts";

const planted = (name: string, plant: string, look: string): Attack => ({ name, plant, program: f(look) });

export const persistence: Attack[] = [
  ...attacks(
    [
      "a daemon, by forking twice",
      "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: pass\n    os._exit(0)\ndef f(x): return 'harm'",
      ["exception"],
    ],
    [
      "a session and a group of its own",
      f(
        "import os\nfor call in (os.setsid, os.setpgrp):\n    try: call()\n    except OSError: continue\n    return 'harm'\nreturn 1",
      ),
    ],
    [
      "a process by subprocess and multiprocessing",
      f(
        "import subprocess, multiprocessing, os\nfor way in (lambda: subprocess.Popen(['x']), lambda: multiprocessing.Process(target=print).start(), lambda: os.posix_spawn('/bin/sh', ['sh'], {}), lambda: os.system('id') and 1/0, lambda: os.forkpty()):\n    try: way()\n    except (OSError, ZeroDivisionError, ImportError): continue\n    return 'harm'\nreturn 1",
      ),
    ],
    [
      "a thread that goes on after the answer",
      "import threading\ndef spin():\n    while True: pass\ndef f(x):\n    threading.Thread(target=spin).start()\n    return 1",
      ["wrong", "cpu-time"],
    ],
    [
      "a timer that strikes later",
      "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_DFL)\nsignal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\ndef f(x):\n    while True: pass",
      ["killed"],
    ],
    [
      "a timer of the kernel's",
      f(
        "import ctypes\nlibc = ctypes.CDLL(None)\nreturn 'harm' if libc.syscall(222, 0, 0, ctypes.create_string_buffer(8)) >= 0 or libc.syscall(283, 1, 0) >= 0 else 1",
      ),
    ],
    [
      "a hook for the worker's next fork",
      "import os\nos.register_at_fork(after_in_child=lambda: os._exit(0), after_in_parent=lambda: os._exit(0))\ndef f(x): return 1",
      ["wrong"],
    ],
    [
      "children that ignore their end",
      "import signal, os\nfor s in (1, 2, 13, 15, 17): signal.signal(s, signal.SIG_IGN)\nos._exit(0)",
      ["exception"],
    ],
  ),
  planted(
    "a file for the next program",
    "import os\nopen('left', 'w').write('x')\nos.makedirs('a/b/c')\nos.symlink('/', 'link')\nfor p in ('/tmp/left-HOST_PID', '/dev/shm/left-HOST_PID', '/var/tmp/left-HOST_PID'):\n    try: open(p, 'w').write('x')\n    except OSError: pass",
    "import os\nseen = [p for p in ('left', 'a', 'link', '/tmp/left-HOST_PID', '/dev/shm/left-HOST_PID', '/var/tmp/left-HOST_PID') if os.path.lexists(p)]\nreturn 'harm ' + str(seen) if seen else 1",
  ),
  planted(
    "a module for the next program's imports",
    "import os\nfor n in ('json.py', 'random.py', 'calendar.py', 'sitecustomize.py'): open(n, 'w').write('x = 1')",
    "import sys, calendar, json\nreturn 'harm' if hasattr(calendar, 'x') or hasattr(json, 'x') or '' in sys.path else 1",
  ),
  planted(
    "a poisoned interpreter",
    "import builtins, sys, random, re, json, os, typing\nbuiltins.poison = 1\nsys.modules['poison'] = sys\nrandom.seed(4)\nre.compile('poison')\nos.environ['POISON'] = '1'\nsys.path.append('poison')\nint.__doc__\nlen.__self__.__dict__['sum'] = max",
    "import builtins, sys, os\nreturn 'harm' if hasattr(builtins, 'poison') or 'poison' in sys.modules or 'POISON' in os.environ or 'poison' in sys.path or sum([1, 1]) != 2 else 1",
  ),
  planted(
    "poisoned memory of the interpreter",
    "import ctypes\nctypes.memset(id(257) + 24, 7, 4)\nctypes.pythonapi.Py_IncRef(ctypes.py_object(None))\nctypes.c_char.from_address(id(1) + 24).value = b'\\x02'",
    "return 'harm' if eval('1 + 0') == 2 or int('1') != 1 else 1",
  ),
  planted(
    "changed limits, signals and masks",
    "import os, signal, resource\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nos.umask(0o777)\nresource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))\nos.chdir('/')",
    "import signal, resource, os\nreturn 'harm' if signal.pthread_sigmask(signal.SIG_BLOCK, []) or resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 32 or os.umask(0o22) == 0o777 or os.getcwd() == '/' else 1",
  ),
  planted(
    "closes its own scratch",
    "import os\nos.chmod('/tmp', 0)\nos.utime('/tmp', (7, 7))",
    "import os\nopen('/tmp/mine', 'w').close()\nreturn 'harm' if os.stat('/tmp').st_mtime == 7 else 1",
  ),
  planted(
    "other flags and modes of its stdout",
    "import fcntl, os\nfcntl.fcntl(1, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)\nos.fchmod(1, 0o1234)\nos.lseek(1, 700, 0)",
    "import fcntl, os\nflags = fcntl.fcntl(1, fcntl.F_GETFL)\nreturn 'harm' if flags & (os.O_APPEND | os.O_NONBLOCK) or os.fstat(1).st_mode & 0o7777 == 0o1234 or os.lseek(1, 0, 1) else 1",
  ),
  planted(
    "locks on what all share",
    "import fcntl, os, time\nfor path in (os.__file__, '/dev/null'):\n    fd = os.open(path, os.O_RDONLY)\n    fcntl.flock(fd, fcntl.LOCK_EX)\ntime.sleep(0.1)",
    "import fcntl, os\nfcntl.flock(os.open('/dev/null', os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)\nreturn 1",
  ),
];
