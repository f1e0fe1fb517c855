// What makes forks cheap is there where the kernel gives it, is done without where not, and is out of programs' reach.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createSandbox, type LocalSandbox } from "../../src/sandbox/index.ts";
import { visitLimits } from "../../src/sandbox/judge.ts";
import { startWorker } from "../../src/sandbox/worker.ts";
import { sandboxPython, withoutCalls } from "./interpreters.ts";
import { ask, expectHonestPass, onLinux, pythonPath, quick } from "./programs.ts";

const open = onLinux && ringsAreOpen();

function ringsAreOpen(): boolean {
  try {
    return readFileSync("/proc/sys/kernel/io_uring_disabled", "utf8").trim() === "0";
  } catch {
    return false;
  }
}

/** Runs Python that knows `data`, a page's address, `piece`, that page and those around it, and the smaps. */
async function inPython(script: string): Promise<unknown> {
  const before = `
import ctypes, json, mmap, os, sys
sys.path.insert(0, ${JSON.stringify(sandboxPython)})
import kernel, large_pages
size = 300 * mmap.PAGESIZE
memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
content = os.urandom(size)
memory[:] = content
data = ctypes.addressof(ctypes.c_char.from_buffer(memory))
piece = [(data, size)]
def smaps():
    with open("/proc/self/smaps") as file: return file.read().splitlines()
def move():
    with large_pages.data_mover(size, smaps) as (_, moving): moving(piece)
def flags():
    inside = False
    for line in smaps():
        word, *rest = line.split()
        if "-" in word: inside = int(word.split("-")[0], 16) <= data < int(word.split("-")[1], 16)
        elif inside and word == "VmFlags:": return rest
`;
  const output = execFileSync(await pythonPath(), ["-S", "-B", "-c", `${before}${script}`], {
    encoding: "utf8",
    timeout: 10_000,
  });
  return JSON.parse(output);
}

const large =
  onLinux &&
  process.arch === "x64" &&
  !/\[never\]/.test(readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8"));

describe.runIf(large)("memory in large pieces", () => {
  test("holds what was there, at the same addresses, also for a child that writes to it", async () => {
    expect(
      await inPython(`
move()
large_pages.separate([data, data + 7 * mmap.PAGESIZE])
moved, same = "nh" in flags(), memory[:] == content
pid = os.fork()
if pid == 0:
    memory[:] = bytes(size)
    os._exit(0)
os.waitpid(pid, 0)
alone = memory[:] == content
memory[5:7] = b"ab"
print(json.dumps([moved, same, alone, memory[:5] == content[:5], memory[4:8] == content[4:5] + b"ab" + content[7:8]]))
`),
    ).toEqual([true, true, true, true, true]);
  });

  test("leaves alone what the allocator has given back since it was looked for, and what is more than was asked for", async () => {
    expect(
      await inPython(`
half = size // mmap.PAGESIZE // 2 * mmap.PAGESIZE
whole = data + half - 5 * mmap.PAGESIZE
def moved():
    with large_pages.data_mover(half, smaps) as (_, moving):
        moving([(data, half), (whole, half)])
    return sum(line.startswith("VmFlags:") and "nh" in line.split() for line in smaps())
large_pages._unmap(data + half - mmap.PAGESIZE, mmap.PAGESIZE)
gone = moved()
large_pages._unmap(data, size)
os.write(1, json.dumps([gone, large_pages.is_mapped(data, size)]).encode())
os._exit(0)
`),
    ).toEqual([0, false]);
  });

  test("leaves no process behind where the worker is killed in the middle of it", async () => {
    expect(
      await inPython(`
import signal
kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
if os.fork() == 0:
    large_pages.ctypes.memmove = lambda *_: os.kill(os.getpid(), 9)
    large_pages.separate([data])
signal.alarm(5)
worker = os.wait()[1]
helper = os.wait()[1]  # killed with the worker, or ended by itself because it found it gone
print(json.dumps([worker, helper in (0, 9)]))
`),
    ).toEqual([9, true]);
  });

  test("stays where it is, and nothing is left over, where the kernel has none to give", async () => {
    expect(
      await inPython(`
kernel.prctl(41, 1)  # PR_SET_THP_DISABLE
def executable(): return sum("x" in line.split()[1] for line in smaps() if "-" in line.split()[0])
before = executable()
try:
    move()
    answer = "moved"
except large_pages.NoLargePages:
    answer = "none"
print(json.dumps([answer, "nh" in flags(), memory[:] == content, executable() - before]))
`),
    ).toEqual(["none", false, true, 0]);
  });
});

describe.runIf(onLinux).each(["strict", "fork"] as const)("forks of the tier %s", (isolation) => {
  let sandbox: LocalSandbox | undefined;
  const folders: string[] = [];
  afterEach(async () => {
    await sandbox?.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  test.runIf(open)("copy the pages that all programs write", async () => {
    sandbox = await createSandbox({ workers: 1, isolation });
    // Some two hundred on every interpreter so far; a thousand would be the whole heap.
    expect(sandbox.layers.hotPages).toBeGreaterThan(50);
    expect(sandbox.layers.hotPages).toBeLessThan(1000);
    await expectHonestPass(sandbox, 20);
  });

  test("do without where io_uring is closed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mucode-fork-"));
    folders.push(folder);
    const worker = await startWorker({ python: await withoutCalls(folder, "io_uring"), slots: 1, isolation });
    expect(worker.layers.hotPages).toBe(0);
    const visit = {
      style: "function",
      program: "def f(): return 7",
      calls: ["f()"],
      stepwise: false,
    } as const;
    expect((await worker.visit(visit, visitLimits(quick, 1, 1))).text).toContain('{"v":7}');
    await worker.close();
  });

  test("begin also where an allocator puts nothing side by side", async () => {
    const python = await pythonPath();
    const env = { PYTHONMALLOC: "debug" };
    const worker = await startWorker({ python, slots: 1, isolation, env });
    expect(worker.pid).toBeGreaterThan(0);
    await worker.close();
  }, 15_000);

  test("leave a program neither the ring nor the calls, and no page in common with another", async () => {
    sandbox = await createSandbox({ workers: 1, slots: 1, isolation });
    const looking = `import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def descriptors():
    found = []
    for number in range(200):
        try: os.fstat(number); found.append(number)
        except OSError: pass
    return found
def calls(): return [libc.syscall(number, 1, 0, 0, 0) for number in (425, 426, 427)]
`;
    const [seen] = await ask(sandbox, looking, [
      ["assert descriptors() == [0, 1, 2, 3]", "assert calls() == [-1, -1, -1]"],
    ]);
    expect(seen).toEqual({ verdict: "passed", passed: 2, total: 2 });
    // True and the small integers lie in pages that every program writes.
    const spoiling = `import ctypes
def f():
    ctypes.c_int.from_address(id(5) + 24).value = 6
    ctypes.memset(id(True) + 24, 0, 4)
    return (lambda n: n + 1)(4)
`;
    for (let n = 0; n < 3; n++) await ask(sandbox, `${spoiling}# ${n}`, [["assert f() == 5"]]);
    await expectHonestPass(sandbox, 10);
    expect(
      await ask(sandbox, "def f(): return [2 + 3, 1 == 1]", [["assert f() == [5, True]"]]),
    ).toMatchObject([{ verdict: "passed" }]);
  });
});
