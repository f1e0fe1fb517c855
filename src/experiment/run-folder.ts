// The folder of a run belongs to one run: another run's configuration is refused there, and one that changes settings
// of the same run says which, since what depends on them is made anew.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { choiceName } from "./benchmark-choice.ts";
import type { Config } from "./config.ts";
import { readSavedConfig } from "./config-file.ts";

/** Makes a run's folder. @throws InputError where the path, or a part of it, is something else */
export function makeRunFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new InputError(folder, "can't be made: the system takes no folder there");
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw new InputError(folder, "is a file, or lies below one; --out must name a folder");
  }
}

/**
 * The settings in which this configuration differs from the one that the folder's run was made with, as
 * `rollouts.samples: 4 → 5`; none where the folder holds no run, or one whose configuration can't be read.
 * @throws InputError where it is another run: its name, benchmark or model differ
 */
export async function changedSettings(config: Config, folder: string): Promise<string[]> {
  const file = join(folder, "config.yaml");
  if (!existsSync(file)) return [];
  let saved: Config;
  try {
    saved = await readSavedConfig(file);
  } catch (error) {
    // A damaged file is written anew.
    if (error instanceof InputError) return [];
    throw error;
  }
  const changes = differences(saved, config);
  const other = changes.filter(({ path }) => /^(?:name|benchmark|model)\b/.test(path));
  if (other.length > 0)
    throw new InputError(
      folder,
      `is the run ${JSON.stringify(saved.name)} on ${benchmarkName(saved)}, and this configuration differs in ` +
        `${other.map(({ text }) => text).join(", ")}; choose another --out`,
    );
  return changes.map(({ text }) => text);
}

const benchmarkName = ({ benchmark }: Config) =>
  typeof benchmark !== "string" && "problems" in benchmark ? benchmark.problems : choiceName(benchmark);

/** Every setting that differs, by its path in the file. */
function differences(saved: unknown, now: unknown, path = ""): { path: string; text: string }[] {
  if (isMap(saved) && isMap(now)) {
    const keys = new Set([...Object.keys(saved), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(saved[key], now[key], path === "" ? key : `${path}.${key}`),
    );
  }
  if (JSON.stringify(saved) === JSON.stringify(now)) return [];
  return [{ path, text: `${path}: ${shown(saved)} → ${shown(now)}` }];
}

const shown = (value: unknown) => (value === undefined ? "not set" : JSON.stringify(value));

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
