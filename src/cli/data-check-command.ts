// mucode data check: grades the benchmarks' own solutions and lists what fails and why.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { dataFolder } from "../benchmarks/data-folder.ts";
import { chooseReferenceSets, type ReferenceSet, referenceNames } from "../benchmarks/reference-sets.ts";
import { didYouMean } from "../core/closest.ts";
import { InputError } from "../core/errors.ts";
import { type CheckedSet, checkReferences, setText } from "../evaluation/reference-check.ts";
import { findEnvironment } from "../jobs/index.ts";
import { createSandbox } from "../sandbox/index.ts";
import { seconds } from "./flags.ts";

export function dataCheckCommand() {
  return new Command("check")
    .description("grade the benchmarks' own solutions, and list what fails and why")
    .argument(
      "[names...]",
      `benchmarks or single sets: ${referenceNames.join(", ")} (default: all that are here)`,
    )
    .option("--data <folder>", "folder of the files (default: MUCODE_DATA, else the cache of `data get`)")
    .option("--cpu-seconds <s>", "CPU time of one solution", seconds, 10)
    .option("--json", "one JSON document on stdout")
    .option(
      "--judge-python <path>",
      "interpreter of the tests, with numpy for the plus sets (default: the engine's, where it is installed)",
    )
    .action(async (names, { data, cpuSeconds, json, judgePython }) => {
      const sets = await readSets(names, dataFolder(data));
      const python = judgePython ?? (await findEnvironment())?.python;
      const sandbox = await createSandbox({
        cacheSize: 0,
        ...(python !== undefined && { judgePython: python }),
      });
      const checked: CheckedSet[] = [];
      try {
        for (const set of sets) {
          const result = await checkReferences(sandbox, set, cpuSeconds);
          checked.push(result);
          if (json) process.stderr.write(`${setText(result).split("\n")[0]}\n`);
          else process.stdout.write(setText(result));
        }
      } finally {
        await sandbox.close();
      }
      if (json) process.stdout.write(`${JSON.stringify({ sets: checked }, null, 2)}\n`);
      if (checked.some(({ asExpected }) => !asExpected)) process.exitCode = 1;
    });
}

/** All files are read before the first program runs. */
async function readSets(names: string[], folder: string): Promise<ReferenceSet[]> {
  const unknown = names.find((name) => !referenceNames.includes(name));
  if (unknown !== undefined)
    throw new InputError(
      `benchmark ${JSON.stringify(unknown)}`,
      `has no solutions to check; expected one of ${referenceNames.join(", ")}${didYouMean(unknown, referenceNames)}`,
    );
  const sets: ReferenceSet[] = [];
  for (const { name, file, read } of chooseReferenceSets(names)) {
    const path = join(folder, file);
    if (names.length > 0 || existsSync(path)) sets.push(await read(folder));
    else process.stderr.write(`mucode: ${name} is left out: there is no ${path}\n`);
  }
  if (sets.length === 0)
    throw new InputError(
      folder,
      'holds none of the benchmarks\' files: "mucode data get all" fetches them; or name their folder with --data or MUCODE_DATA',
    );
  return sets;
}
