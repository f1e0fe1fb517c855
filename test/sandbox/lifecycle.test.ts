// The pool around the jail: who may run it, what dies with what, what happens when a worker does.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { createSandbox, probeJail, readJobsFile, runJobs, type Sandbox } from "../../src/sandbox/index.ts";
import { JailRefused, startWorker } from "../../src/sandbox/worker.ts";
import { childrenOf, descendantsOf, isRunning, until } from "../processes.ts";
import { repository } from "../run-process.ts";
import { foldersOf } from "./folders.ts";
import { ordinaryInterpreter, sandboxPython } from "./interpreters.ts";
import { ask, expectHonestPass, onLinux, pythonPath, quick } from "./programs.ts";

const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mucode-sandbox-"));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const asRoot = process.getuid?.() === 0;
const limits = {
  cpuSeconds: 1,
  wallSeconds: 5,
  memoryMb: 256,
  outputBytes: 65536,
  fileBytes: 65536,
  answerBytes: 65536,
};

describe.runIf(onLinux)("the jail", () => {
  test("is made as an ordinary user as well as by root", async () => {
    const ordinary = asRoot ? await ordinaryInterpreter(temporaryFolder()) : await pythonPath();
    const worker = await startWorker({ python: ordinary, slots: 2, isolation: "strict" });
    const program =
      "import os\ndef f(): return [os.getresuid(), os.path.exists('/proc'), os.path.exists('/etc')]";
    const result = await worker.visit(
      { style: "function", program, calls: ["f()"], stepwise: false },
      limits,
    );
    expect(result.text).toContain('{"v":[{"t":[65534,65534,65534]},false,false]}');
    await worker.close();
  });

  test.runIf(asRoot)(
    "is refused, with the step and the fix, where namespaces are not to be had",
    async () => {
      const folder = temporaryFolder();
      const script = join(folder, "no-namespaces");
      // No process may make a user namespace below this one.
      const python = await pythonPath();
      writeFileSync(
        script,
        `#!/bin/sh\nexec /usr/bin/unshare --user --map-root-user /bin/sh -c 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" "$@"' ${python} "$@"\n`,
      );
      chmodSync(script, 0o755);
      const refused = startWorker({ python: script, slots: 1, isolation: "strict" });
      await expect(refused).rejects.toThrow(JailRefused);
      await expect(refused).rejects.toThrow(
        /step "make namespaces" failed \(.*clone: .*\); .*max_user_namespaces/,
      );
    },
  );

  test("reports itself to the doctor", async () => {
    expect(await probeJail()).toEqual({
      available: true,
      python: expect.stringMatching(/^\/.*python3.* \(3\.\d+/),
      layers: {
        cgroup: expect.stringMatching(/^(v2|v1|none)$/),
        landlock: expect.any(Number),
        hotPages: expect.any(Number),
      },
    });
    expect(await probeJail("/bin/sh")).toMatchObject({
      available: false,
      reason: expect.stringMatching(/\/bin\/sh/),
    });
  });

  test.each(["strict", "fork"])("leaves nothing behind when its caller is killed: %s", async (isolation) => {
    // The caller: a process that starts a worker, gives it an endless program and is then killed outright.
    const python = await pythonPath();
    const caller = spawn(
      python,
      [
        "-c",
        `
import os, socket, subprocess, sys, time, json, struct
control, control_end = socket.socketpair()
slot, slot_end = socket.socketpair()
def wire():
    os.dup2(control_end.fileno(), 60); os.dup2(slot_end.fileno(), 61)
    os.dup2(60, 3); os.dup2(61, 4); os.closerange(5, 64)
worker = [sys.executable, "-s", "-S", "-B", ${JSON.stringify(join(sandboxPython, "worker.py"))}, str(os.getpid()), "1", ${JSON.stringify(isolation)}]
subprocess.Popen(worker, preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
control.recv(1000)
job = json.dumps({"program": "while True: pass", "calls": [], "stepwise": False}).encode()
slot.sendall(b"8 octets" + struct.pack(">I", len(job)) + job)
control.sendall(b"run 0 100 100 256 65536 65536 function " + b"8 octets".hex().encode() + b"\\n")
time.sleep(100)
`,
      ],
      { stdio: "ignore" },
    );
    await until(() => descendantsOf(caller.pid!).length >= 3, 20, "launcher, worker and program are running");
    const processes = descendantsOf(caller.pid!);
    if (isolation === "fork") expect(processes.flatMap(foldersOf)).not.toEqual([]);
    caller.kill("SIGKILL");
    await until(() => !processes.some(isRunning), 5, "everything that the caller started is gone");
    const folders = () => processes.flatMap(foldersOf);
    await until(() => folders().length === 0, 5, "and so are the folders that it made");
  });

  test.runIf(onLinux)("cleans up although the news of its caller's death comes last", async () => {
    // The worker has heard the caller hang up and is gone; the signal arrives in the middle of the cleaning.
    const cleaning = `
import os, signal, sys
sys.path.insert(0, ${JSON.stringify(sandboxPython)})
import outside
class Group:
    def remove(self):
        os.kill(os.getpid(), signal.SIGTERM)
class Scratch:
    lock = -1
    def remove(self):
        os.write(2, b"all removed")
pid = os.fork()
if pid == 0:
    os._exit(7)
outside.wait(pid, Group(), Scratch())
`;
    const { status, stderr } = spawnSync(await pythonPath(), ["-c", cleaning], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 7, stderr: "all removed" });
  });
});

describe("the pool", () => {
  let sandbox: Sandbox | undefined;
  afterEach(() => sandbox?.close());

  /** The workers' outermost processes, told from other children of this test by not having been there before. */
  async function start(options: Parameters<typeof createSandbox>[0]): Promise<number[]> {
    const before = new Set(childrenOf(process.pid));
    sandbox = await createSandbox(options);
    return childrenOf(process.pid).filter((pid) => !before.has(pid));
  }

  test.runIf(onLinux)(
    "retries a program whose worker died, once, and goes on with a new worker",
    async () => {
      const [worker] = await start({ workers: 1 });
      const waiting = ask(sandbox!, "import time\ndef f(x):\n  time.sleep(0.5)\n  return x", [
        ["assert f(1) == 1"],
      ]);
      await sleep(200);
      process.kill(worker!, "SIGKILL");
      expect(await waiting).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
      await expectHonestPass(sandbox!);
    },
  );

  test.runIf(onLinux)("calls it a fault when the second worker dies too", async () => {
    await start({ workers: 1 });
    const before = childrenOf(process.pid);
    const waiting = ask(sandbox!, "import time\ndef f(x): time.sleep(3)", [
      ["assert f(1) == 1"],
      ["assert f(2) == 1"],
    ]);
    await sleep(200);
    for (const pid of before) process.kill(pid, "SIGKILL");
    await until(() => childrenOf(process.pid).some((pid) => !before.includes(pid)), 20, "a new worker");
    await sleep(700);
    for (const pid of childrenOf(process.pid)) process.kill(pid, "SIGKILL");
    const outcomes = await waiting;
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(["fault", "fault"]);
  });

  test("runs others while some loop, and bounds what runs at once", async () => {
    await start({ workers: 1, slots: 3 });
    const loops = [1, 2].map((n) =>
      ask(sandbox!, `# ${n}\nwhile True: pass`, [["assert f(1) == 1"]], {
        ...quick,
        cpuSeconds: 2,
        wallSeconds: 30,
      }),
    );
    let looping = true;
    void Promise.race(loops).then(() => {
      looping = false;
    });
    await expectHonestPass(sandbox!, 20);
    expect(looping).toBe(true);
    for (const [outcome] of await Promise.all(loops)) expect(outcome!.verdict).toBe("cpu-time");
  });

  test("executes what it has seen before only once, and forgets beyond its bound", async () => {
    let frames = 0;
    await start({ workers: 1, cacheSize: 2, onFrame: () => frames++ });
    const run = (n: number) => ask(sandbox!, `def f(x): return ${n}`, [[`assert f(1) == ${n}`]]);
    const [first, again] = await Promise.all([run(1), run(1)]);
    expect(again).toEqual(first);
    expect(frames).toBe(1);
    await run(2);
    await run(3);
    await run(1);
    expect(frames).toBe(4);
  });

  test("leaves nothing behind when it is closed, and says so to late callers", async () => {
    const workers = await start({ workers: 2 });
    const processes = workers.flatMap((pid) => [pid, ...descendantsOf(pid)]);
    expect(processes.length).toBeGreaterThanOrEqual(2);
    const cut = ask(sandbox!, "while True: pass", [["assert f(1) == 1"]]);
    await sleep(100);
    await sandbox!.close();
    expect((await cut)[0]!.verdict).toBe("fault");
    await until(() => !processes.some(isRunning), 5, "all workers are gone");
    await expect(ask(sandbox!, "x = 1", [["assert x == 1"]])).rejects.toThrow(/closed/);
  });

  test("refuses options that make no sense", async () => {
    await expect(createSandbox({ workers: 0 })).rejects.toThrow(InputError);
    await expect(createSandbox({ worker: 2 } as object)).rejects.toThrow(/sandbox option "worker"/);
    await expect(createSandbox({ python: "/nonexistent/python" })).rejects.toThrow(/nonexistent/);
  });
});

test.runIf(onLinux)("a job that is none is refused, and never held against its program", async () => {
  const sandbox = await createSandbox({ workers: 1 });
  const good = {
    language: "python" as const,
    program: "def f(x): return x",
    groups: [{ style: "function" as const, asserts: ["assert f(1) == 1"] }],
  };
  const wrong = [{ language: "Python" }, { groups: [] }, { program: 12 }, { limits: { cpuSecond: 3 } }];
  for (const part of wrong) {
    const job = { ...good, ...part } as typeof good;
    await expect(sandbox.judge(job)).rejects.toThrow(InputError);
    await expect(sandbox.measure(job)).rejects.toThrow(InputError);
  }
  await expect(sandbox.judge({ ...good, limits: { cpuSeconds: -1 } })).rejects.toThrow(InputError);
  expect(await sandbox.judge(good)).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
  await sandbox.close();
});

describe("a jobs file", () => {
  const job = (id: string, body: string, test: string) =>
    JSON.stringify({
      id,
      language: "python",
      program: `def f(x):\n    ${body}`,
      tests: { style: "function", asserts: [test] },
    });
  test.runIf(onLinux)("of a program that computes is judged below `nice` too", async () => {
    const path = write(job("long", "return sum(i for i in range(8000000)) % 7", "assert f(1) == 2"));
    const command = [
      process.execPath,
      join(repository, "bin", "mucode.js"),
      "sandbox",
      "run",
      "--jobs",
      path,
    ];
    const { stdout } = spawnSync("nice", ["-n", "12", ...command], { encoding: "utf8" });
    expect(JSON.parse(stdout)).toMatchObject({ id: "long", verdict: expect.stringMatching(/passed|wrong/) });
  });

  const write = (...lines: string[]) => {
    const path = join(temporaryFolder(), "jobs.jsonl");
    writeFileSync(path, `${lines.join("\n")}\n`);
    return path;
  };

  test("gives one verdict a line, in order", async () => {
    const script = { style: "stdio", cases: [{ input: "2", output: "4" }] };
    const path = write(
      job("slow", "import time; time.sleep(0.3); return x", "assert f(1) == 1"),
      job("wrong", "return x", "assert f(1) == 2"),
      "",
      JSON.stringify({
        id: 3,
        language: "python",
        program: "print(int(input())**2)",
        tests: script,
        limits: { cpu_seconds: 1 },
      }),
      JSON.stringify({
        id: "setup",
        language: "python",
        program: "def f(x): return x + y",
        tests: { style: "function", setup: "y = 5", asserts: ["assert f(1) == 6"] },
      }),
      JSON.stringify({
        id: "code",
        language: "python",
        program: "def f(x): return x + 1",
        tests: {
          style: "function",
          code: "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) < 3",
          entry_point: "f",
        },
      }),
    );
    const sandbox = await createSandbox({ workers: 1 });
    const results = [];
    for await (const result of runJobs(sandbox, await readJobsFile(path))) results.push(result);
    await sandbox.close();
    expect(results).toEqual([
      { id: "slow", verdict: "passed", passed: true },
      {
        id: "wrong",
        verdict: "wrong",
        passed: false,
        detail: "0 of 1 tests passed; test 0, f(1): expected 2, got 1",
      },
      { id: 3, verdict: "passed", passed: true },
      { id: "setup", verdict: "passed", passed: true },
      {
        id: "code",
        verdict: "wrong",
        passed: false,
        detail: "0 of 1 tests passed; test 0, f(2): AssertionError: assert candidate(2) < 3",
      },
    ]);
  });

  test.each([
    ["{", /:2: not JSON/],
    ['{"id": 1}', /:2: field "language"/],
    [job("a", "return x", "f(1) > 2"), /:2: cannot judge .* begins with `assert`/],
    [
      JSON.stringify({
        id: 1,
        language: "python",
        program: "",
        tests: { style: "function", code: "def check(candidate): pass" },
      }),
      /:2: .* entry point is needed; .*`entryPoint`.*`entry_point`/,
    ],
    [
      job("a", "return x", "assert f(1) == 2").replace("{", '{"extra": 1, '),
      /:2: .*[Uu]nrecognized key.*extra/,
    ],
    [
      job("a", "return x", "assert f(1) == 2").replace("}}", '}, "limits": {"cpu_seconds": -1}}'),
      /:2: field "limits.cpu_seconds"/,
    ],
  ])("names the line of %j", async (line, message) => {
    const path = write(job("good", "return x", "assert f(1) == 1"), line);
    await expect(readJobsFile(path)).rejects.toThrow(InputError);
    await expect(readJobsFile(path)).rejects.toThrow(message);
  });

  test("may spell its fields in either way", async () => {
    const line = (tests: object, more: object) =>
      JSON.stringify({
        id: 1,
        language: "python",
        program: "",
        tests: { style: "function", code: "def check(candidate): pass", ...tests },
        ...more,
      });
    const path = write(
      line({ entry_point: "f" }, { limits: { cpu_seconds: 1, memory_mb: 64 }, stop_at_failure: true }),
      line({ entryPoint: "f" }, { limits: { cpuSeconds: 1, memoryMb: 64 }, stopAtFailure: true }),
    );
    const [snake, camel] = await readJobsFile(path);
    expect(snake!.job.groups).toMatchObject([{ entryPoint: "f" }]);
    expect(snake!.job).toMatchObject({ limits: { cpuSeconds: 1, memoryMb: 64 }, stopAtFailure: true });
    expect(camel).toEqual(snake);
    const both = write(line({ entryPoint: "f", entry_point: "g" }, {}));
    await expect(readJobsFile(both)).rejects.toThrow(/:1: "entry_point" and "entryPoint" are one field/);
  });

  const run = (args: string[], input = "") =>
    spawnSync(process.execPath, [join(repository, "bin", "mucode.js"), "sandbox", "run", ...args], {
      encoding: "utf8",
      input,
    });

  test.runIf(onLinux)("may come from the standard input", () => {
    const line = job("piped", "return x", "assert f(1) == 1");
    const { stdout, stderr } = run(["--jobs", "-", "--workers", "1"], `${line}\n`);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ id: "piped", verdict: "passed", passed: true });
    expect(run(["--jobs", "-"], "\n{").stderr).toMatch(/^mucode: stdin:2: not JSON/);
  });

  test("is judged by the interpreters that are named", () => {
    const path = write(job("a", "return x", "assert f(1) == 1"));
    expect(run(["--jobs", path, "--python", "/none"]).stderr).toMatch(/^mucode: .*looked at \/none/);
    const { stderr, status } = run(["--jobs", path, "--judge-python", "/none"]);
    expect(stderr).toMatch(/^mucode: --judge-python: \/none is not Python/);
    expect(status).toBe(2);
  });

  test("is refused before its first job where the portable tier can't judge one", () => {
    const good = job("good", "return x", "assert f(1) == 1");
    for (const [line, message] of [
      [job("code", "return x", "assert f(1) < 2"), /tests that are code/],
      [good.replace("{", '{"packages": ["numpy"], '), /no numpy/],
    ] as const) {
      const path = write(good, line);
      const { stdout, stderr, status } = run(["--jobs", path, "--isolation", "portable"]);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^mucode: \S+jobs\.jsonl:2: [^\n]+\n$/);
      expect([stdout, status]).toEqual(["", 2]);
    }
  });

  test("that is not there is named", async () => {
    await expect(readJobsFile("/nonexistent/jobs.jsonl")).rejects.toThrow(
      /^\/nonexistent\/jobs\.jsonl: .*ENOENT/,
    );
  });
});
