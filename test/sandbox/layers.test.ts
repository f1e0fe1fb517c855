// The layers that depend on the machine: control groups, Landlock, and what a tier does where one is missing.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { createSandbox } from "../../src/sandbox/index.ts";
import { startWorker } from "../../src/sandbox/worker.ts";
import { descendantsOf, isRunning, until } from "../processes.ts";
import { foldersOf } from "./folders.ts";
import { ordinaryInterpreter, sandboxPython, withoutCalls } from "./interpreters.ts";
import { ask, onLinux, pythonPath, quick } from "./programs.ts";

const asRoot = process.getuid?.() === 0;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mucode-layers-"));
  folders.push(folder);
  chmodSync(folder, 0o755);
  return folder;
}

describe.runIf(onLinux).each(["strict", "fork"] as const)("a worker of the tier %s", (isolation) => {
  const start = async () => startWorker({ python: await pythonPath(), slots: 1, isolation });

  test("says what it is made of, and cleans up when it is closed", async () => {
    const worker = await start();
    const { cgroup, landlock } = worker.layers;
    expect(["v2", "v1", "none"]).toContain(cgroup);
    expect(landlock).toBeGreaterThanOrEqual(0);
    const made = foldersOf(worker.pid);
    expect(made.length).toBeGreaterThanOrEqual((cgroup === "none" ? 0 : 1) + (isolation === "fork" ? 1 : 0));
    await worker.close();
    expect(foldersOf(worker.pid)).toEqual([]);
  });

  test("dies with its launcher, whose folders the next start sweeps", async () => {
    const worker = await start();
    const processes = [worker.pid, ...descendantsOf(worker.pid)];
    if (worker.layers.cgroup !== "none" || isolation === "fork")
      expect(foldersOf(worker.pid)).not.toEqual([]);
    process.kill(worker.pid, "SIGKILL");
    await until(() => !processes.some(isRunning), 5, "the worker died with its launcher");
    await worker.ended;
    // A worker that another test starts just now may have swept them before this one.
    await (await start()).close();
    expect(foldersOf(worker.pid)).toEqual([]);
  });

  test.runIf(asRoot)("has no control group as an ordinary user, and says so", async () => {
    const python = await ordinaryInterpreter(temporaryFolder());
    const worker = await startWorker({ python, slots: 1, isolation });
    expect(worker.layers.cgroup).toBe("none");
    const result = await worker.visit(visitOf("def f(): return 1"), limits);
    expect(result.text).toContain('{"v":1}');
    await worker.close();
  });

  test("does not start without system call filters, and names the step", async () => {
    const python = await withoutCalls(temporaryFolder(), "seccomp");
    await expect(startWorker({ python, slots: 1, isolation })).rejects.toThrow(
      /step "install the system call filter" failed \(.*seccomp: .*must allow seccomp/,
    );
  });
});

const limits = {
  cpuSeconds: 5,
  wallSeconds: 20,
  memoryMb: 256,
  outputBytes: 65536,
  fileBytes: 65536,
  answerBytes: 65536,
};
const visitOf = (program: string, ...calls: string[]) => ({
  style: "function" as const,
  program,
  calls: calls.length > 0 ? calls : ["f()"],
  stepwise: false,
});

test.runIf(onLinux && asRoot)(
  "the group's memory limit strikes, but never before a program's own",
  async () => {
    const worker = await startWorker({
      python: await pythonPath(),
      slots: 1,
      isolation: "strict",
      memoryMb: 64,
    });
    const [folder] = foldersOf(worker.pid).filter((path) => existsSync(join(path, "memory.limit_in_bytes")));
    if (worker.layers.cgroup !== "v1" || !folder) return void (await worker.close());
    const taking =
      "def f(mb):\n    a = bytearray(mb << 20)\n    for i in range(0, len(a), 4096): a[i] = 1\n    return 1";
    const more = { ...limits, memoryMb: 900 };
    expect((await worker.visit(visitOf(taking, "f(700)"), more)).text).toContain('{"v":1}');
    writeFileSync(join(folder, "memory.limit_in_bytes"), String(100 << 20));
    expect(await worker.visit(visitOf(taking, "f(700)"), more)).toMatchObject({ exit: -9 });
    expect((await worker.visit(visitOf(taking, "f(5)"), more)).text).toContain('{"v":1}');
    await worker.close();
  },
);

describe.runIf(onLinux)("the tier fork", () => {
  test.runIf(asRoot)("without Landlock refuses all writing, and says that it has none", async () => {
    const python = await withoutCalls(temporaryFolder(), "landlock");
    const worker = await startWorker({ python, slots: 1, isolation: "fork" });
    expect(worker.layers.landlock).toBe(0);
    const program = `import os
def f(way):
    try: ways[way]()
    except OSError as error: return error.errno
    return "harm"
ways = [lambda: open("x", "w"), lambda: open("x", "a"), lambda: os.open(os.__file__, os.O_TRUNC),
        lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR),
        lambda: os.mkdir("d"), lambda: os.rename("a", "b"), lambda: os.unlink("a"), lambda: os.symlink("/", "l")]
`;
    const calls = Array.from({ length: 8 }, (_, way) => `f(${way})`);
    const { text } = await worker.visit(visitOf(program, ...calls), limits);
    await worker.close();
    const values = text.split("\n").filter((line) => line.startsWith('{"v"'));
    // 30 is EROFS, 1 is EPERM.
    expect(values.map((line) => JSON.parse(line).v)).toEqual([30, 30, 30, 30, 1, 1, 1, 1]);
  });

  test.runIf(asRoot)(
    "without Landlock does not start where a program could read the memory of the judge",
    async () => {
      const python = await withoutCalls(temporaryFolder(), "landlock");
      // The caller, here a shell of the same user, stands for the judge. Yama may close its memory: then it may start.
      const yama = "/proc/sys/kernel/yama/ptrace_scope";
      if (existsSync(yama) && readFileSync(yama, "utf8").trim() !== "0") return;
      const script = `exec 3>&1 4>/dev/null; "$0" -s -S -B "$1/worker.py" $$ 1 fork <&- & wait`;
      const words = [
        "--reuid",
        "12345",
        "--regid",
        "12345",
        "--clear-groups",
        "sh",
        "-c",
        script,
        python,
        sandboxPython,
      ];
      const { stdout } = await promisify(execFile)("/usr/bin/setpriv", words);
      expect(JSON.parse(stdout)).toMatchObject({
        event: "refused",
        step: "close the caller's memory to programs",
      });
    },
  );

  test("ends a program that fills its scratch folder, and the next one finds it empty", async () => {
    const sandbox = await createSandbox({ workers: 1, slots: 1, isolation: "fork" });
    try {
      const program =
        "import os, time\nfor i in range(600): open(f'{i}', 'wb').write(b'x' * 60000)\ntime.sleep(5)\ndef f(x): return 1";
      const [outcome] = await ask(sandbox, program, [["assert f(1) == 1"]], {
        ...quick,
        cpuSeconds: 5,
        wallSeconds: 20,
      });
      expect(outcome).toMatchObject({
        verdict: "output",
        failure: { error: expect.stringMatching(/scratch/) },
      });
      const look = "import os\ndef f(x): return os.listdir('.')";
      expect(await ask(sandbox, look, [["assert f(1) == []"]])).toMatchObject([{ verdict: "passed" }]);
    } finally {
      await sandbox.close();
    }
  });
});

// A version 2 hierarchy that this machine need not have: folders and files that stand in for the kernel's.
test.runIf(onLinux)(
  "control groups of version 2 are found where their folder is ours, and preferred",
  async () => {
    const root = temporaryFolder();
    const script = join(root, "ask.py");
    writeFileSync(
      script,
      `
import os, sys
sys.path.insert(0, ${JSON.stringify(sandboxPython)})
import cgroup
root = sys.argv[1]
def folder(path, **files):
    os.makedirs(root + path, exist_ok=True)
    for name, text in files.items(): open(f"{root}{path}/{name.replace('_', '.', 1)}", "w").write(text)
make, remove = os.mkdir, os.rmdir
def mkdir(path, *rest):
    make(path, *rest)
    for name in ("memory.max", "pids.max", "cgroup.procs"): open(f"{path}/{name}", "w").close()
def rmdir(path):
    for name in os.listdir(path): os.unlink(f"{path}/{name}")
    remove(path)
def ask(own, subtree, limit="max"):
    folder("/proc", cgroup=f"0::{own}\\n", mountinfo=f"30 23 0:26 / {root}/fs rw,nosuid shared:4 - cgroup2 cgroup2 rw\\n")
    folder("/fs/user/app", cgroup_subtree_control=subtree)
    folder("/fs/user/app/shell", cgroup_subtree_control="", memory_max=limit)
    os.mkdir, os.rmdir = mkdir, rmdir
    group = cgroup.make(1 << 30, 99, root + "/proc")
    group.add(1234)
    found = [group.version, *(os.path.dirname(f)[len(root):] for f in group.folders), os.path.basename(group.memory_file)]
    found += [open(f"{f}/{name}").read() for f in group.folders for name in ("memory.max", "pids.max", "cgroup.procs")]
    group.remove()
    assert not any(os.path.exists(f) for f in group.folders)
    os.mkdir, os.rmdir = make, remove
    print(found)
ask("/user/app/shell", "cpu memory pids")
ask("/user/app/shell", "cpu")
ask("/user/app/shell", "memory pids", "1000000")
ask("/user/app", "memory pids")
dead = root + "/fs/user/app/mucode-sandbox-999999999-0a"; make(dead)
alive = root + f"/fs/user/app/mucode-sandbox-{os.getpid()}-0a"; make(alive)
cgroup.sweep(root + "/fs/user/app")
print([os.path.exists(dead), os.path.exists(alive)])
`,
    );
    const { stdout } = await promisify(execFile)(await pythonPath(), [script, root]);
    expect(stdout.trim().split("\n")).toEqual([
      // Beside our own group, where limits are allowed.
      "['v2', '/fs/user/app', 'memory.max', '1073741824', '99', '1234']",
      // Not where the controllers are not handed down, nor where the move would leave a limit that was set for us.
      "['none', '']",
      "['none', '']",
      // Below our own, where that hands them down (the root, or a container's).
      "['v2', '/fs/user/app', 'memory.max', '1073741824', '99', '1234']",
      "[False, True]",
    ]);
  },
);
