// Programs that speak on the sandbox's own channel, or spoil it.
import { type Attack, attacks, f } from "./attack.ts";

export const protocol: Attack[] = attacks(
  [
    "answers on the channel itself",
    'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"p":"ok"}\\n\' * 2 + b\'{"v":true}\\n\' * 3)\n    except OSError: pass\nos._exit(0)',
  ],
  ["half a frame, then silence", "import os, time\nos.write(3, b'{\"p\":')\ntime.sleep(100)", ["wall-time"]],
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
  ["garbage", "import os\nos.write(3, os.urandom(4096))\ndef f(x): return 1"],
  ["nothing but line ends", "import os\nos.write(3, b'\\n' * 60000)\nos._exit(0)"],
  ["no line end", 'import os\nos.write(3, b\'{"p":"ok"}{"v":true}{"v":true}\')\nos._exit(0)'],
  [
    "answers before it has loaded",
    'import os\nos.write(3, b\'{"v":true}\\n{"v":true}\\n{"p":"ok"}\\n\')\nos._exit(0)',
  ],
  [
    "more answers than questions",
    'import os\nos.write(3, b\'{"p":"ok"}\\n\' + b\'{"v":true}\\n\' * 1000)\nos._exit(0)',
  ],
  ["fewer answers than questions", 'import os\nos.write(3, b\'{"p":"ok"}\\n{"v":true}\\n\')\nos._exit(0)'],
  [
    "answers in another order, by number",
    'import os\nos.write(3, b\'{"p":"ok"}\\n{"id":1,"v":true}\\n{"id":0,"v":true}\\n\')\nos._exit(0)',
  ],
  [
    "tags that do not exist and bodies that do not fit",
    'import os\nos.write(3, b\'{"p":"ok"}\\n{"v":{"i":"12"}}\\n{"v":{"z":1}}\\n{"v":{"d":[[1]]}}\\n{"v":{"f":"1e"}}\\n\')\nos._exit(0)',
  ],
  [
    "a prototype instead of a value",
    'import os\nos.write(3, b\'{"p":"ok"}\\n{"v":{"__proto__":{"kind":"str"}}}\\n{"v":{"constructor":1}}\\n\')\nos._exit(0)',
  ],
  [
    "a number that is no integer",
    'import os\nos.write(3, b\'{"p":"ok"}\\n{"v":1e400}\\n{"v":1.5}\\n{"v":9007199254740993}\\n\')\nos._exit(0)',
  ],
  [
    "fractions of a size at which Euclid takes minutes",
    f(
      "import fractions, sys\na, b = 1, 1\nfor _ in range(300000): a, b = b, a + b\nanswer = fractions.Fraction(1)\nanswer._numerator, answer._denominator = a, b\nreturn answer",
    ),
    ["wrong", "cpu-time", "output"],
  ],
  ["the worker's fault", "import os, signal\nos.kill(os.getppid(), signal.SIGUSR1)\ndef f(x): return 1"],
  ["a fault of its own making", "import os\nos._exit(3)", ["exception"]],
  ["an exit code that looks like a signal", "import os\nos._exit(137)", ["exception"]],
  [
    "a job of its own for the next program",
    'import os, struct\nbody = b\'{"program":"import os\\\\nos._exit(0)","calls":[],"stepwise":false}\'\nos.write(3, b\'JOB1\' + struct.pack(\'>I\', len(body)) + body)\ndef f(x): return 1',
  ],
  [
    "reads the channel until the end",
    "import os\nos.set_blocking(3, False)\ndata = b''\ntry:\n    while True: data += os.read(3, 65536) or exit()\nexcept BlockingIOError: pass\ndef f(x): return 'harm' if data else 1",
  ],
);

protocol.push(
  {
    name: "a script that seals its own output",
    program: "import os\nos.write(1, b'x\\n' + b'\\0' * 16)\nos.write(3, b'\\0' * 16)\nos.lseek(1, 0, 0)",
    style: "stdio",
  },
  {
    name: "a script that writes beside its output and rewinds it",
    program:
      "import os\nprint('a')\nos.ftruncate(1, 0); os.lseek(1, 4096, 0); os.write(1, b'b'); os.close(1)",
    style: "stdio",
  },
  {
    name: "a script that answers on the channel and leaves",
    program: 'import os\nos.write(3, b\'{"p":"ok"}\\n{"v":true}\\n\'); os._exit(0)',
    style: "stdio",
  },
  {
    name: "a script that says it failed, and that it did not",
    program: 'import os\nos.write(3, b\'{"p":"error","e":["E","",1],"k":"output"}\\n{"p":"ok"}\\n\')',
    style: "stdio",
  },
  {
    name: "a script whose exit is lost",
    program: "import atexit, os, sys\natexit.register(os._exit, 0)\nsys.exit(1)",
    style: "stdio",
  },
);
