// The doctor tells what is wrong and what to do, on a machine that is made to lack things.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { doctorText, runDoctor } from "./doctor.ts";

afterEach(() => vi.unstubAllEnvs());

test("every check has a detail, and a fix exactly when it failed", async () => {
  const home = mkdtempSync(join(tmpdir(), "mucode-home-"));
  vi.stubEnv("MUCODE_HOME", join(home, "not", "there"));
  vi.stubEnv("MUCODE_PYTHON", "/bin/false");
  const checks = await runDoctor();
  rmSync(home, { recursive: true });
  expect(checks.map((check) => check.name)).toEqual([
    "Node",
    "Python",
    "Engine",
    "Jail",
    "Tiers",
    "Layers",
    "NumPy",
    "GPU",
    "Disk",
    "Memory",
    "Cores",
  ]);
  for (const { name, ok, detail, fix } of checks) {
    expect(detail, name).not.toBe("");
    expect(fix === undefined, name).toBe(ok);
  }
  const [, python, engine] = checks;
  expect(python).toMatchObject({ ok: false, detail: "MUCODE_PYTHON=/bin/false" });
  expect(python?.fix).toContain("it does not run");
  expect(engine?.detail).toContain("not made yet");
}, 60_000);

test("prints one line a check, the fix below it", () => {
  const text = doctorText([
    { name: "Node", ok: true, detail: "v22" },
    { name: "Python", ok: false, detail: "none found", fix: "apt install python3" },
  ]);
  expect(text).toBe("✓ Node    v22\n✗ Python  none found\n          → apt install python3\n");
});
