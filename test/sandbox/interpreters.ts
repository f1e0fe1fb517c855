// Stand-ins for the interpreter, which make the machine another one: run by an ordinary user, or without some of the
// kernel's calls. The worker in them is the real one.
import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonPath } from "./programs.ts";

export const sandboxPython = fileURLToPath(new URL("../../src/sandbox/python", import.meta.url));

/** An interpreter that runs a copy of the worker in `folder`, which must be readable to all, behind a prefix. */
export async function interpreterIn(folder: string, prefix: string): Promise<string> {
  chmodSync(folder, 0o755);
  cpSync(sandboxPython, join(folder, "python"), { recursive: true });
  const script = join(folder, "interpreter");
  writeFileSync(
    script,
    `#!/bin/sh
n=$#
while [ $n -gt 0 ]; do
  case "$1" in */worker.py) set -- "$@" "${folder}/python/worker.py" ;; *) set -- "$@" "$1" ;; esac
  shift; n=$((n - 1))
done
exec ${prefix} ${await pythonPath()} "$@"
`,
  );
  chmodSync(script, 0o755);
  return script;
}

export function ordinaryInterpreter(folder: string): Promise<string> {
  return interpreterIn(folder, asOrdinary);
}

const asOrdinary = "/usr/bin/setpriv --reuid 12345 --regid 12345 --clear-groups";

/** Numbers on x86-64 and on aarch64. */
const refused = {
  seccomp: [[317], [277]],
  landlock: [
    [444, 445, 446],
    [444, 445, 446],
  ],
  io_uring: [
    [425, 427],
    [425, 427],
  ],
};

/** An interpreter whose kernel has no such call: a filter answers ENOSYS, as old kernels and some containers do. */
export async function withoutCalls(folder: string, calls: keyof typeof refused): Promise<string> {
  const [onIntel, onArm] = refused[calls];
  writeFileSync(
    join(folder, "without.py"),
    `
import ctypes, os, platform, struct, sys
numbers = ${JSON.stringify(onIntel)} if platform.machine() == "x86_64" else ${JSON.stringify(onArm)}
step = lambda code, value, yes=0, no=0: struct.pack("<HBBI", code, yes, no, value)
steps = [step(0x20, 0)]
for number in numbers: steps += [step(0x15, number, 0, 1), step(0x06, 0x00050000 | 38)]
code = b"".join([*steps, step(0x06, 0x7FFF0000)])
buffer = ctypes.create_string_buffer(code, len(code))
class Program(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, ctypes.byref(Program(len(code) // 8, ctypes.addressof(buffer))), 0, 0): sys.exit("no filter")
os.execv(sys.argv[1], sys.argv[1:])
`,
  );
  return interpreterIn(folder, `${await pythonPath()} -I ${join(folder, "without.py")}`);
}
