// Hostile programs against every tier that confines: none passes, none reaches anything, and honest programs go on
// passing. What a tier does not stop is named in attacks/index.ts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox, type Isolation, type Sandbox } from "../../src/sandbox/index.ts";
import type { Attack } from "./attacks/attack.ts";
import { type Host, startHost } from "./attacks/host.ts";
import { families, notStopped } from "./attacks/index.ts";
import { ask, expectHonestPass, feed, onLinux, pythonPath } from "./programs.ts";

const secret = "the-secret-9d1f";
const limits = { cpuSeconds: 0.2, wallSeconds: 8, memoryMb: 256, outputKb: 64 };

const tiers: Isolation[] = ["strict", "fork", "portable"];

// Where the portable tier says something else than the jail, because what is tried does not exist in WebAssembly: there
// are no signals to others, no timers, no modes of files, and paths of thousands of folders cost more than the limit.
const portableVerdicts: Record<string, string[]> = {
  "nests folders deeply": ["wrong", "cpu-time", "exception"],
  "leaves folders that can't be read": ["exception"],
  "disarms the CPU timer": ["exception"],
  "stops itself": ["exception", "killed"],
  "a call of another architecture": ["exception"],
  "wants a core dump": ["exception"],
  "a timer that strikes later": ["exception"],
  "a zombie army": ["exception", "wrong"],
  "threads that spin side by side": ["exception"],
  "grows its standard output by a hole": ["exception", "output"],
  "waits for input that never comes": ["cpu-time", "wall-time"],
  "a deadlock": ["exception", "cpu-time", "wall-time"],
  "a thread that goes on after the answer": ["exception"],
};

/** Attacks that only wait are given little time; the others enough for their CPU limit on a busy machine. */
const wallSeconds = ({ verdicts }: Attack) =>
  verdicts?.length === 1 && verdicts[0] === "wall-time" ? 0.6 : 8;

describe.runIf(onLinux).each(tiers)("attacks on %s", (isolation) => {
  let sandbox: Sandbox;
  let host: Host;
  const frames: Buffer[] = [];
  const living: number[] = [];
  const unstopped = notStopped(isolation);
  beforeAll(async () => {
    process.env.MUCODE_ATTACK_SECRET = secret;
    host = await startHost(await pythonPath());
    sandbox = await createSandbox({
      workers: 1,
      isolation,
      onFrame: (frame) => frames.push(frame),
      onWorkers: (count) => living.push(count),
    });
  });
  afterAll(async () => {
    host?.close();
    await sandbox?.close();
  });

  async function attack(attack: Attack, suffix = "") {
    const program = host.aim(attack.program) + suffix;
    const its = { ...limits, wallSeconds: wallSeconds(attack) };
    if (attack.style === "stdio") return feed(sandbox, program, [["", secret]], its);
    const [outcome] = await ask(
      sandbox,
      program,
      [[`assert f(1) == '${secret}'`, "assert f(2) == 987654321"]],
      its,
    );
    return outcome!;
  }

  for (const [family, attacks] of Object.entries(families)) {
    // Side by side, so that each also runs beside others' harm.
    test.concurrent.each(attacks)(`${family}: $name`, async (one) => {
      const verdicts = (isolation === "portable" && portableVerdicts[one.name]) || one.verdicts;
      // Once for each slot that it may have run in.
      const looks = one.plant === undefined ? [""] : ["# 1", "# 2", "# 3", "# 4"];
      if (one.plant !== undefined) await ask(sandbox, host.aim(one.plant), [["assert f(1) == 1"]], limits);
      for (const outcome of await Promise.all(looks.map((look) => attack(one, look)))) {
        expect(outcome.passed).toBe(0);
        expect(outcome.verdict).not.toBe("passed");
        expect(outcome.verdict).not.toBe("fault");
        const harm = /harm|the-secret/.test(outcome.failure!.actual ?? "");
        expect(harm, outcome.failure!.actual).toBe(one.name in unstopped);
        // WebAssembly is slow: on a busy machine an import alone may use up the CPU limit there.
        const slow = isolation === "portable" ? ["cpu-time"] : [];
        if (verdicts) expect([...verdicts, ...slow]).toContain(outcome.verdict);
      }
      await expectHonestPass(sandbox, 2);
    });
  }

  test("all at once, among honest programs, change no honest verdict", async () => {
    const all = Object.values(families).flat();
    const hostile = all.map((one) => attack(one, "\n# again"));
    const honest = Array.from({ length: 17 }, () => expectHonestPass(sandbox, 6));
    for (const { verdict } of await Promise.all(hostile)) {
      expect(verdict).not.toBe("passed");
      expect(verdict).not.toBe("fault");
    }
    await Promise.all(honest);
    await expectHonestPass(sandbox, 100);
  });

  test("no worker died of any", () => {
    expect(living).toEqual([1]);
  });

  test("no frame that entered held an expected value", () => {
    expect(frames.length).toBeGreaterThan(100);
    const held = frames.filter((frame) => frame.includes(secret) || frame.includes("987654321"));
    expect(held).toEqual([]);
  });

  test("nothing outside was touched", () => {
    expect(host.damage()).toEqual([]);
  });

  test("the list of what is not stopped names attacks that exist", () => {
    const names = Object.values(families).flatMap((attacks) => attacks.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    for (const name of Object.keys(unstopped)) expect(names).toContain(name);
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
    descriptor = os.open("scan", os.O_RDWR | os.O_CREAT)
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

// The portable tier has no ctypes to scan with, and restores its whole memory instead.
test.runIf(onLinux).each(["strict", "fork"] as const)(
  "no program finds another's source or answer in the memory that it inherits from %s",
  async (isolation) => {
    const sandbox = await createSandbox({ workers: 1, slots: 1, isolation });
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
