// The package as others install it: packed, unpacked elsewhere, and used through every door that it names.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "./run-process.ts";

let project: string;
const installed = () => join(project, "node_modules", "mucode");
const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "mucode-package-"));
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const [program, ...args] = [...npm, "pack", "--offline", "--ignore-scripts", "--loglevel=error"];
  execFileSync(program!, [...args, "--pack-destination", project], { cwd: repository });
  const [tarball] = readdirSync(project).filter((name) => name.endsWith(".tgz"));
  mkdirSync(installed(), { recursive: true });
  execFileSync("tar", ["-xzf", join(project, tarball!), "-C", installed(), "--strip-components=1"]);
  // What npm would install beside it, from here instead of from a registry.
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  for (const name of new Set(needed.map((one) => one.split("/")[0]!)))
    symlinkSync(join(repository, "node_modules", name), join(project, "node_modules", name));
  writeFileSync(join(project, "package.json"), '{"type": "module"}');
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

function inProject(source: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: project,
    encoding: "utf8",
  });
}

test("every door opens", () => {
  const doors = Object.keys(manifest.exports).map((door) => door.replace(/^\./, "mucode"));
  expect(doors).toContain("mucode");
  const source = `const all = {};
for (const door of ${JSON.stringify(doors)}) all[door] = Object.keys(await import(door));
console.log(JSON.stringify(all));`;
  const names: Record<string, string[]> = JSON.parse(inProject(source));
  expect(names["mucode/sandbox"]).toEqual(expect.arrayContaining(["createSandbox", "InputError"]));
  expect(names["mucode/learning"]).toContain("relabel");
  expect(names["mucode/evaluation"]).toContain("passAtK");
  expect(names["mucode/benchmarks"]).toContain("openBenchmark");
  // The front door shows what the others do: a name that two of them gave a meaning of its own would be missing.
  const { mucode, ...others } = names;
  expect(mucode).toEqual([...new Set(Object.values(others).flat())].sort());
});

test("every door has its types", () => {
  for (const { types } of Object.values<{ types: string }>(manifest.exports))
    expect(existsSync(join(installed(), types)), types).toBe(true);
});

test.runIf(process.platform === "linux")("judges a program", () => {
  const source = `import { createSandbox, benchmarkNames } from "mucode";
const sandbox = await createSandbox({ workers: 1, isolation: "unsafe" });
const judge = (language, program, test) =>
  sandbox.judge({ language, program, groups: [{ style: "function", asserts: [test] }] });
const outcomes = [
  await judge("python", "def f(x): return x", "assert f(1) == 1"),
];
await sandbox.close();
console.log(JSON.stringify(outcomes.flat().map(({ verdict }) => verdict)), benchmarkNames()[0].name);`;
  expect(inProject(source)).toBe('["passed"] pocket\n');
});
