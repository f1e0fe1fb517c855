// Programs that need numpy: who gets it, what its values count as, and what is said where there is none.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { createSandbox, findNumpy, type Numpy, needsNumpy, type Sandbox } from "../../src/sandbox/index.ts";
import { childrenOf } from "../processes.ts";
import { ask, expectHonestPass, onLinux, pythonPath } from "./programs.ts";

test.each([
  ["import numpy", true],
  ["import numpy as np", true],
  ["import os, numpy.linalg as la", true],
  ["from numpy import *", true],
  ["import  \t numpy", true],
  ["import os ,\tnumpy", true],
  ["def f():\n    from numpy.random import rand", true],
  ["x = 1; import numpy", true],
  ["__import__('numpy')", true],
  ["import numpyro", false],
  ["print('numpy')", false],
  ["# import of numpy", false],
  ["from mynumpy import x", false],
])("whether %j needs numpy: %s", (program, needed) => {
  expect(needsNumpy(program)).toBe(needed);
  expect(needsNumpy(program, ["numpy"])).toBe(true);
});

test.each([
  ["import ", " ", "x"],
  ["import a", ", a", "!"],
  ["from\t", "\t", "numpyx"],
  ["", "import ", "x"],
  ["", "\n ", "import"],
  ["__import__", " ", "('x"],
])("is seen in no more than a second, whatever a program of 200 KB repeats: %j", (before, piece, after) => {
  const began = performance.now();
  expect(needsNumpy(before + piece.repeat(200_000 / piece.length) + after)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
});

const numpy: Numpy | undefined = onLinux ? await findNumpy(await pythonPath()) : undefined;

describe.runIf(numpy).each(["strict", "fork"] as const)("numpy in %s", (isolation) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ workers: 1, isolation });
  });
  afterAll(() => sandbox?.close());

  test("is loaded into workers of its own, when the first program needs it", async () => {
    await expectHonestPass(sandbox);
    const lean = childrenOf(process.pid).length;
    const program =
      "import numpy as np\ndef f(n): return float(np.linalg.det(np.eye(n))) + len(np.fft.fft([1, 2]))";
    expect(await ask(sandbox, program, [["assert f(40) == 3.0"]])).toMatchObject([{ verdict: "passed" }]);
    expect(childrenOf(process.pid).length).toBe(lean + 1);
    await expectHonestPass(sandbox);
    const [hidden] = await ask(sandbox, "import sys\ndef f(): return 'numpy' in sys.modules", [
      ["assert f() == True"],
    ]);
    expect(hidden!.verdict).toBe("wrong");
  });

  test("scalars count as their Python values, and an array equals nothing", async () => {
    const program = `import numpy as np
values = [np.int64(3), np.uint8(255), np.float64(0.5), np.float32(0.5), np.bool_(True), np.str_("a"), np.array(7),
          np.complex64(1j), [np.int32(1), {np.int64(2): np.float16(1.5)}], np.array([1, 2]).tolist(), np.float64("nan"),
          np.array([1, 2]), np.array([5]), np.bool_(True), np.datetime64("2020-01-01"), np.longdouble(1)]
def f(i): return values[i]
`;
    const equal = ["3", "255", "0.5", "0.5", "True", "'a'", "7", "1j", "[1, {2: 1.5}]", "[1, 2]"];
    const [passed] = await ask(sandbox, program, [equal.map((text, i) => `assert f(${i}) == ${text}`)]);
    expect(passed).toEqual({ verdict: "passed", passed: 10, total: 10 });
    const unequal = [
      "f(10) == 1",
      "f(11) == [1, 2]",
      "f(12) == [5]",
      "f(13) is True",
      "f(14) == '2020-01-01'",
      "f(15) == 1",
    ];
    const [wrong] = await ask(sandbox, program, [unequal.map((text) => `assert ${text}`)]);
    expect(wrong).toMatchObject({ verdict: "wrong", passed: 0, total: 6 });
    const [array] = await ask(sandbox, program, [["assert f(11) == [1, 2]"]]);
    expect(array!.failure!.actual).toBe("<ndarray object>");
  });

  test("takes nothing of a program's memory, and only its own folders are opened", async () => {
    const program = `import numpy as np, sys
def f(mb): return len(np.ones(mb << 17))
def g():
    try:
        import yaml, torch
    except ImportError: return sys.path == [p for p in sys.path if 'site-packages' not in p]
def h(): return [np.random.rand() for _ in range(2)]
`;
    const limits = { cpuSeconds: 2, wallSeconds: 20, memoryMb: 256, outputKb: 64 };
    const [outcome] = await ask(
      sandbox,
      program,
      [["assert f(200) == 26214400", "assert g() == True", "assert f(300) == 1"]],
      limits,
    );
    expect(outcome).toMatchObject({ verdict: "memory", passed: 2, failure: { test: 2 } });
    const drawn = await Promise.all(
      [1, 2].map((n) => ask(sandbox, `${program}# ${n}`, [["assert h() == 0"]])),
    );
    expect(new Set(drawn.map(([one]) => one!.failure!.actual)).size).toBe(1);
  });

  test("works where numpy lies in /tmp, and a program is not told where that is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mucode-numpy-"));
    const python = await pythonPath();
    const minor = /python3\.\d+/.exec(numpy!.site)![0];
    const site = join(folder, "lib", minor, "site-packages");
    mkdirSync(join(folder, "bin"));
    symlinkSync(python, join(folder, "bin", "python"));
    writeFileSync(join(folder, "pyvenv.cfg"), `home = ${dirname(python)}\n`);
    mkdirSync(site, { recursive: true });
    for (const part of ["numpy", "numpy.libs"])
      if (existsSync(join(numpy!.site, part))) execFileSync("cp", ["-r", join(numpy!.site, part), site]);
    chmodSync(folder, 0o755);
    const found = await findNumpy(python, join(folder, "bin", "python"));
    const inTmp = await createSandbox({ workers: 1, isolation, numpyPython: join(folder, "bin", "python") });
    try {
      // Parts that the worker has not loaded are found all the same.
      const program = "import numpy as np, numpy.testing, numpy.matlib\ndef f(): return np.__file__";
      const [outcome] = await ask(inTmp, program, [["assert f() == 1"]]);
      const place = isolation === "strict" ? "/packages" : found!.site;
      expect(outcome!.failure!.actual).toBe(`'${place}/numpy/__init__.py'`);
    } finally {
      await inTmp.close();
      rmSync(folder, { recursive: true });
    }
  });

  test("values that lie about themselves are read by numpy's own methods", async () => {
    const program = `import numpy as np
class I(np.ndarray):
    item = tolist = __eq__ = lambda s, *a: True
    ndim = 0
class F(np.float32):
    item = lambda s: 'x'
    __eq__ = lambda s, o: True
def f(i): return [np.zeros(2).view(I), F(2), np.array(F, dtype=object)][i]
`;
    const [outcome] = await ask(sandbox, program, [
      ["assert f(0) == True", "assert f(1) == 'x'", "assert f(2) == 1"],
    ]);
    expect(outcome).toMatchObject({ verdict: "wrong", passed: 0 });
  });
});

test.runIf(onLinux)(
  "where there is none, a program gets Python's own error, and a wrong name is the caller's",
  async () => {
    const home = process.env.MUCODE_HOME;
    process.env.MUCODE_HOME = "/nonexistent";
    try {
      const own = await findNumpy(await pythonPath());
      if (own) return; // this system's interpreter has its own
      const sandbox = await createSandbox({ workers: 1 });
      const [outcome] = await ask(sandbox, "import numpy\ndef f(): return 1", [["assert f() == 1"]]);
      await sandbox.close();
      expect(outcome!.failure!.error).toMatch(/^ModuleNotFoundError: No module named 'numpy'/);
      const wrong = createSandbox({ workers: 1, numpyPython: await pythonPath() });
      await expect(wrong).rejects.toThrow(InputError);
      await expect(wrong).rejects.toThrow(/numpyPython.*it has no numpy/);
    } finally {
      if (home === undefined) delete process.env.MUCODE_HOME;
      else process.env.MUCODE_HOME = home;
    }
  },
);
