// What the doctor says about the sandbox: which tiers there are, what they are made of here, and how to have more.
import {
  findInterpreter,
  findNumpy,
  type JailReport,
  type PortableReport,
  probeJail,
  probePortable,
} from "../sandbox/index.ts";
import type { Check } from "./doctor.ts";

const guide = "see docs/reference/sandbox.md";

export async function sandboxChecks(): Promise<Check[]> {
  const [strict, fork, portable, numpy] = await Promise.all([
    probeJail(),
    probeJail(undefined, "fork"),
    probePortable(),
    checkNumpy(),
  ]);
  return [checkJail(strict, fork), checkTiers(strict, fork, portable), checkLayers(strict, fork), numpy];
}

/** Bad only where the default tier is not to be had. */
function checkJail(strict: JailReport, fork: JailReport): Check {
  const name = "Jail";
  if (strict.available) return { name, ok: true, detail: `programs run confined, with ${strict.python}` };
  const fix = strict.fix ?? guide;
  const weaker = fork.available
    ? '; here "fork" is available (--isolation fork, sandbox.isolation: fork)'
    : "";
  return { name, ok: false, detail: strict.reason ?? "it cannot be made", fix: fix + weaker };
}

function checkTiers(strict: JailReport, fork: JailReport, portable: PortableReport): Check {
  const tiers = [
    strict.available ? "strict" : "no strict",
    fork.available ? "fork" : `no fork (${fork.reason ?? "it cannot be made"})`,
    portable.available ? "portable" : `no portable (${portable.reason ?? "it cannot be made"})`,
    "unsafe (confines nothing, only when asked for)",
  ];
  return { name: "Tiers", ok: true, detail: tiers.join(", ") };
}

function checkLayers(strict: JailReport, fork: JailReport): Check {
  const name = "Layers";
  const layers = strict.layers ?? fork.layers;
  if (!layers) return { name, ok: true, detail: "none: no tier that confines is available" };
  const { cgroup, landlock, hotPages } = layers;
  const group =
    cgroup === "none"
      ? "no control group (rlimits alone bound memory; as an ordinary user, a delegated cgroup v2 gives one: " +
        "`systemd-run --user --scope`)"
      : `control group ${cgroup}`;
  const files =
    landlock > 0
      ? `Landlock ABI ${landlock}`
      : "no Landlock (Linux 5.13 or newer with lsm=landlock has it; without it, programs of the tier fork can read " +
        "what their user can, and write no file)";
  const forks = hotPages > 0 ? "cheap forks" : "forks a fifth dearer (io_uring is closed here)";
  return { name, ok: true, detail: `${group}, ${files}, ${forks}` };
}

async function checkNumpy(): Promise<Check> {
  const name = "NumPy";
  try {
    const { path, version } = await findInterpreter();
    const numpy = await findNumpy(path);
    if (numpy)
      return { name, ok: true, detail: `${numpy.version} for programs that import it (${numpy.site})` };
    const minor = version.split(".").slice(0, 2).join(".");
    const how = `install it for Python ${minor} (Debian, Ubuntu: \`sudo apt-get install python3-numpy\`), or make the engine`;
    return { name, ok: true, detail: `none: programs that import it get ModuleNotFoundError; ${how}` };
  } catch (error) {
    return { name, ok: true, detail: `not looked for: ${(error as Error).message.split(",")[0]}` };
  }
}
