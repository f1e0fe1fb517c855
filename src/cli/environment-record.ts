// What a result depends on besides its configuration: versions, hardware and the commit of the working tree.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFolder, packageVersion } from "../experiment/package.ts";

export type EnvironmentRecord = Record<string, unknown> & { code: string; recipes: string };

/** @param python interpreter of the engine's environment */
export function environmentRecord(python: string): EnvironmentRecord {
  return {
    mucode: packageVersion,
    ...codeVersions(),
    commit: git("rev-parse", "HEAD"),
    node: process.version,
    python: run(python, "--version"),
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}

// What only relabelling reads: its phases are named by it, so that a new recipe leaves all others' phases as they are.
const recipeFiles = /^learning\/(recipes|experts)\.js$/;
const compiled = fileURLToPath(new URL("..", import.meta.url));

export function codeVersions(): { code: string; recipes: string } {
  const hash = createHash("sha256");
  for (const name of filesBelow(compiled).filter((name) => recipeFiles.test(name)))
    hash.update(name).update(readFileSync(join(compiled, name)));
  return { code: codeVersion(), recipes: hash.digest("hex").slice(0, 12) };
}

/**
 * Names the code that results depend on: the package's version, everything but how it is shown and what recipes choose,
 * and the engine with its pinned libraries. Phases made by other code aren't reused.
 */
export function codeVersion(): string {
  const hash = createHash("sha256").update(packageVersion);
  // .sources is a hash over everything, what only shows included. Studies and plans only choose and read phases: a change
  // of theirs makes nothing anew.
  const shownOnly =
    /^(cli|report|experiment\/studies|experiment\/plan)\b|^\.sources$|\.test\.|\.map$|\.d\.ts$/;
  for (const [folder, wanted] of [
    [compiled, (name: string) => !shownOnly.test(name) && !recipeFiles.test(name)],
    [join(packageFolder, "engine"), (name: string) => /^(mucode_engine.*\.py|.*\.lock)$/.test(name)],
  ] as const) {
    for (const name of filesBelow(folder).filter(wanted))
      hash.update(name).update(readFileSync(join(folder, name)));
  }
  return `${packageVersion}+${hash.digest("hex").slice(0, 12)}`;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function git(...args: string[]): string | null {
  return run("git", "-C", packageFolder, ...args);
}

function run(command: string, ...args: string[]): string | null {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}
