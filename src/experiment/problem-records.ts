// Work over the problems of a benchmark, one record a problem, in a folder of its own: a killed command is continued by
// the same one, and no finished problem is done again. What determines the records stands beside them, so that records
// made with other settings never mix.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import { inParallel } from "../rollout/collect.ts";
import { canonicalJson, writeAtomically } from "./files.ts";
import { Journal, readRecords } from "./journal.ts";
import { exists } from "./phase-store.ts";
import type { Progress } from "./progress.ts";
import { makeRunFolder } from "./run-folder.ts";

/** By the names that a message can use: "turns", "model". Values are JSON. */
export type Settings = Record<string, unknown>;

const settingsFile = "settings.json";

/**
 * Makes the folder with its settings, or takes it up where the settings are the same or no record was made with others.
 * @throws InputError where the folder holds something else, or was made with other settings
 */
export async function openRecordsFolder(folder: string, settings: Settings): Promise<void> {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there && !there.isDirectory()) throw new InputError(folder, "is a file; --out names a folder");
  const file = join(folder, settingsFile);
  const earlier = readSettings(file);
  if (earlier && hasRecords(folder)) return checkSame(folder, earlier, settings);
  if (!earlier && there && readdirSync(folder).some((name) => !/^run\.lock|\.partial$/.test(name)))
    throw new InputError(folder, `holds other files and no ${settingsFile}; choose another --out`);
  makeRunFolder(folder);
  await writeAtomically(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** Whether anything was made with the settings that stand there: a start that failed at once binds nobody. */
function hasRecords(folder: string): boolean {
  return readdirSync(folder).some(
    (name) =>
      name.endsWith(".jsonl") ||
      (name.endsWith(".jsonl.partial") && statSync(join(folder, name)).size > 0) ||
      name === "results.json" ||
      name === "recoverability.json",
  );
}

function readSettings(file: string): Settings | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Settings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new InputError(file, "can't be read as JSON; choose another --out");
  }
}

function checkSame(folder: string, earlier: Settings, now: Settings): void {
  const changed = [...new Set([...Object.keys(earlier), ...Object.keys(now)])].find(
    (name) => canonicalJson(earlier[name] ?? null) !== canonicalJson(now[name] ?? null),
  );
  if (changed === undefined) return;
  if (changed === "problems")
    throw new InputError(
      folder,
      `was begun when the problems of ${now.benchmark} were others: the file, --prompts or a limit has changed since; undo that to continue it, or give another --out`,
    );
  const shown = (value: unknown) => canonicalJson(value ?? null);
  throw new InputError(
    folder,
    `was begun with ${changed} ${shown(earlier[changed])}, now it is ${shown(now[changed])}; give the same flags to continue it, or another --out`,
  );
}

export interface RecordsOptions {
  /** File name without ".jsonl". */
  name: string;
  /** Problems in flight, ≥ 1. */
  concurrency: number;
  progress: Progress;
  /** What the progress display calls it. */
  label: string;
}

/**
 * The record of every problem, in the problems' order: those that are there already, the others made by `work`, which
 * `open` surrounds with what it needs (a served model) where anything is left to do. The file `NAME.jsonl` appears
 * when it is whole.
 */
export async function recordsOf<T extends { problem: string }, W>(
  folder: string,
  problems: readonly Problem[],
  { name, concurrency, progress, label }: RecordsOptions,
  open: (use: (with_: W) => Promise<void>) => Promise<void>,
  work: (problem: Problem, with_: W) => Promise<T>,
): Promise<T[]> {
  const file = join(folder, `${name}.jsonl`);
  if (!(await exists(file))) {
    const growing = join(folder, `${name}.jsonl.partial`);
    const journal = await Journal.open<T>(growing, (record) => record.problem);
    const display = progress.phase(label, problems.length, "problems", journal.size);
    try {
      const left = problems.filter(({ id }) => !journal.has(id));
      if (left.length > 0)
        await open((with_) =>
          inParallel(left, concurrency, async (problem) => {
            await journal.append(problem.id, await work(problem, with_));
            display.advance();
          }),
        );
      await journal.finish(problems.map(({ id }) => id));
    } finally {
      await journal.close();
      display.end();
    }
    await rename(growing, file);
  }
  const records: T[] = [];
  for await (const record of readRecords<T>(file)) records.push(record);
  return records;
}
