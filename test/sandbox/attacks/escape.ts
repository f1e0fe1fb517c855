// Programs that reach for what is not theirs: files, processes, sockets, the kernel's back doors.
import { type Attack, attacks, f, harmIf } from "./attack.ts";

export const escapes: Attack[] = attacks(
  ["reads the password file", f("return 'harm ' + open('/etc/passwd').read()")],
  ["reads the environment", f("import os\nreturn 'harm ' + str(os.environ) if dict(os.environ) else 1")],
  [
    "reads the environment below Python",
    f(
      "import ctypes\nenv = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')\nreturn 'harm' if env and env[0] else 1",
    ),
  ],
  ["reads process memory through /proc", f("return 'harm ' + open('/proc/self/maps').read()")],
  [
    "connects over the network",
    f("import socket\nsocket.create_connection(('127.0.0.1', 22), 1)\nreturn 'harm'"),
  ],
  [
    "opens sockets of every family",
    f(
      "import socket\nout = []\nfor family in range(46):\n    try: socket.socket(family, 1); out.append(family)\n    except OSError: pass\nreturn 'harm ' + str(out) if out else 1",
    ),
  ],
  [
    "makes new namespaces",
    f(
      "import ctypes\nlibc = ctypes.CDLL(None)\nreturn 'harm' if any(libc.unshare(flag) == 0 for flag in (0x10000000, 0x20000, 0x40000000)) else 1",
    ),
  ],
  [
    "mounts",
    f(
      "import ctypes\nreturn 'harm' if ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 else 1",
    ),
  ],
  ["leaves the root by chroot", f("import os\nos.mkdir('/tmp/r')\nos.chroot('/tmp/r')\nreturn 'harm'")],
  [
    "climbs above the root",
    f(
      "import os\nseen = os.listdir('/' + '../' * 20)\nreturn 'harm ' + str(seen) if any(s.startswith('slot') for s in seen) else 1",
    ),
  ],
  ["becomes root", f("import os\nos.setuid(0)\nreturn 'harm'")],
  [
    "has root's or a user's id",
    f("import os\nreturn 'harm' if 0 in os.getresuid() + os.getresgid() or os.getuid() != 65534 else 1"),
  ],
  ["writes into the library", f("import os\nopen(os.__file__ + 'x', 'w')\nreturn 'harm'")],
  [
    "traces its parent",
    f("import ctypes\nreturn 'harm' if ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0 else 1"),
  ],
  [
    "reads its parent's memory",
    f(
      "import ctypes\nbuffer = ctypes.create_string_buffer(64)\nreturn 'harm' if ctypes.CDLL(None).process_vm_readv(1, buffer, 1, buffer, 1, 0) > 0 else 1",
    ),
  ],
  ["executes a program", f("import os, sys\nos.execv(sys.executable, ['python3', '-c', 'print(1)'])")],
  [
    "starts a shell",
    f("import subprocess\nreturn 'harm ' + subprocess.check_output('id', shell=True, text=True)"),
  ],
  [
    "kills the worker",
    f(
      "import os, signal\nfor pid in (1, os.getppid(), -1, 0):\n    try: os.kill(pid, 9)\n    except OSError: continue\n    return 'harm'\nreturn 1",
    ),
  ],
  [
    "kills the other programs",
    f(
      "import os\nhit = []\nfor pid in range(2, 3000):\n    if pid == os.getpid(): continue\n    try: os.kill(pid, 0); hit.append(pid)\n    except OSError: pass\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "sets the others' limits",
    f(
      "import os, resource\nhit = [pid for pid in range(1, 50) if pid != os.getpid() and tries(pid)]\nreturn 'harm' if hit else 1",
    ) +
      "def tries(pid):\n    import resource\n    try: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))\n    except (OSError, PermissionError): return False\n    return True\n",
  ],
  [
    "lifts its own limits",
    f(
      "import resource\nfor name in ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_FSIZE'):\n    try: resource.setrlimit(getattr(resource, name), (-1, -1)); return 'harm'\n    except (OSError, ValueError): pass\nreturn 1",
    ),
  ],
  [
    "shares memory",
    f("import ctypes\nreturn 'harm' if ctypes.CDLL(None).shmget(1234, 4096, 0o1666) >= 0 else 1"),
  ],
  [
    "uses the key ring",
    f(
      "import ctypes\nreturn 'harm' if ctypes.CDLL(None).syscall(248, b'user', b'a', b'b', 1, -4) >= 0 else 1",
    ),
  ],
  [
    "talks to io_uring, bpf, perf and userfaultfd",
    f(
      "import ctypes\nlibc = ctypes.CDLL(None)\nreturn 'harm' if any(libc.syscall(n, 1, 0, 0, 0, 0) >= 0 for n in (425, 321, 298, 323)) else 1",
    ),
  ],
  [
    "finds this package's files",
    f(
      "import sys\nnames = [m for m in ('candidate', 'worker', 'seccomp', 'jail', 'slots', 'values') if m in sys.modules]\nreturn 'harm ' + str(names) if names else 1",
    ),
  ],
  [
    "has open descriptors",
    f(
      "import os\nout = []\nfor fd in range(4, 64):\n    try: os.fstat(fd); out.append(fd)\n    except OSError: pass\nreturn 'harm ' + str(out) if out else 1",
    ),
  ],
  [
    "learns which files exist",
    f(
      "import os\nseen = [p for p in ('/root', '/home', '/etc', '/proc', '/sys', '/var', '/usr/bin', '/bin', '/old', 'HOST_FOLDER') if os.path.exists(p)]\nreturn 'harm ' + str(seen) if seen else 1",
    ),
  ],
  [
    "lists home and root folders",
    f(
      "import os\nseen = []\nfor p in ('/', '/root', '/home', '/etc', '/proc', '/proc/self', '/sys', '/var', '/usr/bin', '/bin', '/old', '/tmp/..', 'HOST_FOLDER'):\n    try: seen += [n for n in os.listdir(p) if n not in ('dev', 'lib', 'lib64', 'usr', 'tmp')]\n    except OSError: pass\nreturn 'harm ' + str(seen) if seen else 1",
    ),
  ],
  ["reads a file of the user's", f("return 'harm ' + open('HOST_FOLDER/open').read()")],
  [
    "changes files of the user's in every way",
    f(
      "import os\nF = 'HOST_FOLDER'\ndone = []\nways = dict(write=lambda: open(F + '/open', 'a').write('x'), make=lambda: open(F + '/new', 'w'), truncate=lambda: os.truncate(F + '/open', 0), o_trunc=lambda: os.open(F + '/open', os.O_TRUNC), unlink=lambda: os.unlink(F + '/open'), rename=lambda: os.rename(F + '/open', F + '/moved'), steal=lambda: os.rename(F + '/open', 'open'), link=lambda: os.link(F + '/open', 'hard'), mkdir=lambda: os.mkdir(F + '/d'), symlink=lambda: os.symlink('/', F + '/s'), chmod=lambda: os.chmod(F + '/own', 0o777), utime=lambda: os.utime(F + '/own', (1, 1)), mkfifo=lambda: os.mkfifo(F + '/p'), xattr=lambda: os.setxattr(F + '/own', 'user.a', b'1'), chown=lambda: os.chown(F + '/own', -1, -1))\nfor name, way in ways.items():\n    try: way(); done.append(name)\n    except (OSError, AttributeError): pass\nreturn 'harm ' + str(done) if done else 1",
    ),
  ],
  [
    "goes through a symbolic link in its scratch",
    f("import os\nos.symlink('HOST_FOLDER', 'way')\nreturn 'harm ' + open('way/open').read()"),
  ],
  [
    "reads through /proc/self/root and cwd",
    f("return 'harm ' + open('/proc/self/root/etc/hostname').read()"),
  ],
  [
    "reads /dev/shm, the console and the memory devices",
    f(
      "import os\nseen = []\nfor p in ('/dev/shm/x', '/dev/tty', '/dev/console', '/dev/mem', '/dev/kmsg', '/dev/vda', '/dev/fuse', '/dev/net/tun', '/dev/ptmx'):\n    for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT):\n        try: os.close(os.open(p, flags)); seen.append(p)\n        except OSError: pass\nreturn 'harm ' + str(seen) if seen else 1",
    ),
  ],
  [
    "an abstract unix socket, by connecting",
    f(
      "import socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.connect('\\0HOST_SOCKET')\nreturn 'harm'",
    ),
  ],
  [
    "an abstract unix socket, from a pair's end",
    f(
      "import ctypes, socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\nsent = []\nfor name in (b'\\0HOST_SOCKET', b'HOST_FOLDER/socket'):\n    address = (1).to_bytes(2, 'little') + name\n    if ctypes.CDLL(None).sendto(a.fileno(), b'harm', 4, 0, address, len(address)) >= 0: sent.append(name)\nreturn 'harm ' + str(sent) if sent else 1",
    ),
  ],
  [
    "passes descriptors through a pair",
    f("import socket\na, b = socket.socketpair()\nsocket.send_fds(a, [b'x'], [0])\nreturn 'harm'"),
  ],
  [
    "signals a process outside, by every call",
    f(
      "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nhit = [n for n, *a in ((62, HOST_PID, 0), (200, HOST_PID, 0), (234, HOST_PID, HOST_PID, 0), (424, 0, 0, 0, 0), (434, HOST_PID, 0)) if libc.syscall(n, *a) >= 0]\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "reads a process outside, by every call",
    f(
      "import ctypes\nlibc = ctypes.CDLL(None)\nbuffer = ctypes.create_string_buffer(64)\nhit = [n for n, *a in ((101, 16, HOST_PID, 0, 0), (101, 0x4206, HOST_PID, 0, 0), (101, 0, 0, 0, 0), (312, HOST_PID, HOST_PID, 1, 0, 0), (310, HOST_PID, buffer, 1, buffer, 1, 0), (311, HOST_PID, buffer, 1, buffer, 1, 0), (438, 3, 0, 0), (440, 3, 0, 0, 0, 0)) if libc.syscall(n, *a) >= 0]\nfor name in ('mem', 'environ', 'maps', 'fd/0', 'root'):\n    try: open(f'/proc/HOST_PID/{name}', 'rb').read(1); hit.append(name)\n    except OSError: pass\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "reads the memory of the worker through /proc",
    f(
      "import os\nhit = []\nfor pid in ('self', os.getppid(), 1):\n    for name in ('mem', 'environ', 'auxv', 'pagemap', 'syscall', 'stack'):\n        try: open(f'/proc/{pid}/{name}', 'rb').read(1); hit.append(f'{pid}/{name}')\n        except OSError: pass\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "makes keys, searches and joins key rings",
    harmIf(
      "any(libc.syscall(n, *a) >= 0 for n, a in ((248, (b'user', b'a', b'b', 1, -3)), (249, (b'user', b'a', 0, 0)), (250, (0, -3, 1)), (250, (1, b'mine'))))",
    ),
  ],
  [
    "shares memory in every way",
    f(
      "import ctypes, os\nlibc = ctypes.CDLL(None)\nhit = [n for n, *a in ((29, 77, 4096, 0o1666), (64, 77, 1, 0o1666), (68, 77, 0o1666), (240, b'q', 0o102, 0o666, 0)) if libc.syscall(n, *a) >= 0]\ntry:\n    from multiprocessing import shared_memory\n    shared_memory.SharedMemory('x', create=True, size=1); hit.append('posix')\nexcept (OSError, ImportError): pass\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "calls what only an administrator may",
    f(
      "import ctypes\nlibc = ctypes.CDLL(None)\nhit = [n for n in (92, 105, 106, 117, 125, 126, 133, 135, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 172, 173, 175, 179, 188, 227, 246, 251, 256, 259, 272, 279, 300, 303, 304, 305, 308, 313, 320, 428, 429, 430, 431, 442, 444, 445, 446) if libc.syscall(n, 0, 0, 0, 0, 0) >= 0]\nreturn 'harm ' + str(hit) if hit else 1",
    ),
  ],
  [
    "a call of another architecture",
    "import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)\ndef f(x): return 'harm'",
    ["killed"],
  ],
  [
    "a call of 32 bits",
    "import ctypes, mmap\ncode = bytes.fromhex('b814000000cd80c3')\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(code)\nctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()\ndef f(x): return 'harm'",
    ["killed", "exception"],
  ],
  [
    "loosens its own locks",
    harmIf(
      "any(libc.prctl(*a) >= 0 for a in ((4, 1, 0, 0, 0), (1, 0, 0, 0, 0), (36, 1, 0, 0, 0), (28, 0, 0, 0, 0), (47, 2, 18, 0, 0), (22, 0, 0, 0, 0)))",
    ),
  ],
  [
    "adds a filter that lies to the worker",
    harmIf(
      "libc.syscall(317, 1, 8, ctypes.create_string_buffer(16)) >= 0 or libc.syscall(317, 2, 0, ctypes.create_string_buffer(16)) >= 0",
    ),
  ],
  [
    "makes a setuid file and runs what is setuid",
    f(
      "import os\nopen('s', 'w').write('#!/bin/sh\\nid')\ntry: os.chmod('s', 0o6777)\nexcept OSError: pass\nfor path in ('./s', '/bin/su', '/usr/bin/passwd'):\n    try: os.execv(path, [path])\n    except OSError: pass\nreturn 1",
    ),
    ["wrong"],
  ],
  [
    "executes from memory",
    f(
      "import ctypes, os\nlibc = ctypes.CDLL(None)\nfd = libc.syscall(319, b'x', 0)\nif fd >= 0: return 'harm'\nreturn 'harm' if libc.syscall(322, 0, b'', 0, 0, 0x1000) >= 0 else 1",
    ),
  ],
  [
    "wants a core dump",
    "import os, resource\ntry:\n    resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))\n    def f(x): return 'harm'\nexcept (OSError, ValueError):\n    os.abort()",
    ["killed"],
  ],
  [
    "gives itself priority and another processor",
    harmIf(
      "libc.nice(-5) >= 0 or libc.syscall(203, 0, 8, b'\\1' + b'\\0' * 7) >= 0 or libc.syscall(144, 0, 1, b'\\1\\0\\0\\0') >= 0 or libc.syscall(251, 1, 0, 0) >= 0",
    ),
  ],
  [
    "owns the signals of its channel and watches files",
    harmIf(
      "any(libc.syscall(n, *a) >= 0 for n, a in ((72, (3, 8, os.getppid())), (72, (3, 10, 9)), (72, (0, 1024, 0)), (72, (0, 1026, 1)), (253, ()), (294, (0,)), (300, (0, 0)), (16, (0, 0x5412, b'x'))))",
    ),
  ],
  [
    "finds another slot",
    f(
      "import os\nseen = []\nfor p in ('/slot0', '/slot1', '/slot2', '../slot0', '../slot1', '../slot2', '../slot3', '..'):\n    try: seen += [p] if os.listdir(p) is not None and p != '..' else [n for n in os.listdir(p) if n.startswith('slot')]\n    except OSError: pass\nreturn 'harm ' + str(seen) if len(seen) > 1 else 1",
    ),
  ],
);
