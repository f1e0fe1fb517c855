// What `npm start` and `npm test` do first: on a fresh clone, install the packages, compile, and make the engine's
// Python environment; otherwise find in an instant that nothing is to do. Plain Node, as there is nothing else yet.
//
// Each step builds in a folder of its own and renames it into place, so that a run that is killed, or another run at
// the same time, leaves nothing half made: whoever comes second finds the work done and drops its own.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...path) => join(root, ...path);
const say = (line) => console.error(`bootstrap: ${line}`);

/** Ends the run with one line for the person who started it. */
class Stop extends Error {}

function requireNode() {
  const wanted = JSON.parse(readFileSync(at("package.json"), "utf8")).engines.node.replace(">=", "");
  const [major, minor] = wanted.split(".").map(Number);
  const [ourMajor, ourMinor] = process.versions.node.split(".").map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  throw new Stop(
    `Node ${wanted} or newer is needed, this is ${process.versions.node}: install it from nodejs.org`,
  );
}

/** Whether node_modules holds what package-lock.json says, by npm's own record of what it installed. */
function packagesInstalled() {
  if (!existsSync(at("node_modules", ".package-lock.json"))) return false;
  const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const installed = packages(at("node_modules", ".package-lock.json"));
  const locked = Object.entries(packages(at("package-lock.json"))).filter(([place]) => place !== "");
  return locked.every(
    ([place, { version, optional }]) =>
      (installed[place] ?? { version: optional && version }).version === version,
  );
}

function installPackages() {
  if (packagesInstalled()) return;
  say("installing the npm packages");
  build("node_modules", packagesInstalled, (partial) => {
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) cpSync(at(file), join(partial, file));
    const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
    run([...npm, "ci", "--include=dev", "--ignore-scripts", "--no-progress", "--loglevel=error"], {
      cwd: partial,
    });
    return join(partial, "node_modules");
  });
}

/** A hash over everything that the compiler reads. */
function sourcesHash() {
  const hash = createHash("sha256");
  const sources = readdirSync(at("src"), { recursive: true, withFileTypes: true });
  const files = sources.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of [
    ...files.sort(),
    ...["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) => at(name)),
  ]) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

function compile() {
  const hash = sourcesHash();
  const record = at("dist", ".sources");
  const compiled = () => existsSync(record) && readFileSync(record, "utf8") === hash;
  if (compiled()) return;
  say("compiling");
  build("dist", compiled, (partial) => {
    const compiler = at("node_modules", "typescript", "bin", "tsc");
    run([process.execPath, compiler, "-p", "tsconfig.build.json", "--outDir", partial], { cwd: root });
    writeFileSync(join(partial, ".sources"), hash);
    return partial;
  });
}

/** Lets `make` fill a new folder beside `name`, then puts what it returns in place, unless somebody else has. */
function build(name, isThere, make) {
  const partial = at(`${name}.${process.pid}.partial`);
  const old = at(`${name}.${process.pid}.old.partial`);
  sweep(name);
  mkdirSync(partial);
  try {
    const made = make(partial);
    if (isThere()) return;
    if (existsSync(at(name))) renameSync(at(name), old);
    renameSync(made, at(name));
  } catch (error) {
    if (!isThere()) throw error;
  } finally {
    for (const folder of [partial, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes what killed runs left behind. */
function sweep(name) {
  for (const left of readdirSync(root)) {
    const pid = left.startsWith(`${name}.`) && left.endsWith(".partial") ? Number(left.split(".").at(1)) : 0;
    if (pid > 0 && !isAlive(pid)) rmSync(at(left), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

function run([command, ...args], options) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    ...options,
  });
  if (status === 0) return;
  throw new Stop(explain(`${stdout ?? ""}${stderr ?? ""}`.trim() || (error?.message ?? `${command} failed`)));
}

function explain(said) {
  if (/ENOSPC|no space left/i.test(said)) return `the disk of ${root} is full: free some space and run again`;
  const unreachable = said.match(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/);
  if (unreachable)
    return `the npm registry cannot be reached: check the network or proxy, and run again (${unreachable[0]})`;
  if (/EUSAGE/.test(said)) return "package-lock.json does not go with package.json: run npm install";
  return said;
}

try {
  requireNode();
  installPackages();
  compile();
  const { ensureEnvironment } = await import(pathToFileURL(at("dist", "jobs", "environment.js")).href);
  await ensureEnvironment(say);
} catch (error) {
  const known = error instanceof Stop || ["InputError", "WorkError"].includes(error.name);
  say(known ? error.message : error.stack);
  process.exitCode = 1;
}
