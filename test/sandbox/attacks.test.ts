// Hostile programs against the jail: none passes, none reaches anything, and honest programs go on passing.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.ts";
import { families } from "./attacks.ts";
import { ask, expectHonestPass, onLinux } from "./programs.ts";

const secret = "the-secret-9d1f";
const limits = { cpuSeconds: 0.3, wallSeconds: 8, memoryMb: 256, outputKb: 64 };

/** Attacks that only wait are given little time; the others enough for their CPU limit on a busy machine. */
const waits = (program: string) => /sleep|SIGSTOP/.test(program);

describe.runIf(onLinux)("attacks", () => {
  let sandbox: Sandbox;
  let restarts = 0;
  const frames: Buffer[] = [];
  beforeAll(async () => {
    process.env.MUCODE_ATTACK_SECRET = secret;
    sandbox = await createSandbox({ workers: 1, onFrame: (frame) => frames.push(frame) });
  });
  afterAll(() => sandbox?.close());

  for (const [family, attacks] of Object.entries(families)) {
    // Side by side, so that each also runs beside others' harm.
    test.concurrent.each(attacks)(`${family}: $name`, async ({ program, verdicts }) => {
      const wallSeconds = waits(program) ? 0.8 : 8;
      const [outcome] = await ask(
        sandbox,
        program,
        [[`assert f(1) == '${secret}'`, "assert f(2) == 987654321"]],
        { ...limits, wallSeconds },
      );
      expect(outcome!.passed).toBe(0);
      expect(outcome!.verdict).not.toBe("passed");
      if (outcome!.verdict === "fault") restarts++;
      expect(outcome!.verdict).not.toBe("fault");
      expect(outcome!.failure!.actual ?? "").not.toMatch(/harm/);
      if (verdicts) expect(verdicts).toContain(outcome!.verdict);
      await expectHonestPass(sandbox, 2);
    });
  }

  test("all at once, among honest programs, change no honest verdict", async () => {
    const hostile = Object.values(families)
      .flat()
      .map(({ program }) => ask(sandbox, `${program}\n# again`, [[`assert f(1) == '${secret}'`]], limits));
    const honest = Array.from({ length: 10 }, () => expectHonestPass(sandbox, 6));
    for (const [outcome] of await Promise.all(hostile)) expect(outcome!.verdict).not.toBe("passed");
    await Promise.all(honest);
    expect(restarts).toBe(0);
  });

  test("no frame that entered the jail held an expected value", () => {
    expect(frames.length).toBeGreaterThan(100);
    const held = frames.filter((frame) => frame.includes(secret) || frame.includes("987654321"));
    expect(held).toEqual([]);
  });
});

// What a program leaves in the warm worker's memory, another could read: here one looks for another's source. It gets
// the words in two halves, so that its own memory never holds them side by side.
const scan = `
import ctypes, os
def around(address, megabytes=48):
    page = address >> 12 << 12
    return range(page - (megabytes << 20), page + (megabytes << 20), 4096)
def f(head, tail):
    head, tail, found = head.encode(), tail.encode(), 0
    libc = ctypes.CDLL(None)
    descriptor = os.open("/tmp/scan", os.O_RDWR | os.O_CREAT)
    for region in (around(id(object())), around(id(bytes(5000)))):
        for page in region:
            os.lseek(descriptor, 0, 0)
            # write(2) answers EFAULT for a page that does not exist, where a read would end the process.
            if libc.write(descriptor, ctypes.c_void_p(page), 4096) != 4096: continue
            os.lseek(descriptor, 0, 0)
            for part in os.read(descriptor, 4096).split(head)[1:]:
                found += part.startswith(tail)
    return found
`;

test.runIf(onLinux)(
  "no program finds another's source or answer in the memory that it inherits",
  async () => {
    const sandbox = await createSandbox({ workers: 1, slots: 1 });
    try {
      const [head, tail] = ["marker_5f3a91c7_", "of_another_program"];
      const other = `${head}${tail} = "${head}${tail}"\ndef f(x): return ${head}${tail} * 50\n`;
      for (let i = 0; i < 5; i++) await ask(sandbox, `${other}# ${i}`, [["assert f(1) == 0"]]);
      const roomy = { cpuSeconds: 20, wallSeconds: 60, memoryMb: 512, outputKb: 64 };
      const look = [[`assert f("${head}", "${tail}") == 0`]];
      const [control] = await ask(sandbox, `mine = "${head}${tail}"\n${scan}`, look, roomy);
      expect(Number(control!.failure?.actual), "the scanner finds what is there").toBeGreaterThan(0);
      expect((await ask(sandbox, scan, look, roomy))[0]).toMatchObject({ verdict: "passed" });
    } finally {
      await sandbox.close();
    }
  },
);
