// mucode evaluate RUN: measures the systems of a run again, with other turns, candidates or temperature.
import { Command } from "@commander-js/extra-typings";
import { InputError } from "../core/errors.ts";
import { readFinishedRun } from "../experiment/finished-run.ts";
import { reevaluate } from "../experiment/reevaluate.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { renderTable } from "../report/index.ts";
import { count, temperature } from "./flags.ts";
import { withServices } from "./services.ts";

export function evaluateCommand() {
  return new Command("evaluate")
    .description("evaluate the systems of a finished run with other turns, candidates or temperature")
    .argument("<run>", "run directory, such as runs/quickstart")
    .option("--turns <T>", "turn limit", count)
    .option("--candidates <N>", "programs a turn of best-of-N", count)
    .option("--temperature <t>", "sampling temperature of best-of-N", temperature)
    .option("--recipe <name>", "only this recipe's systems")
    .option("--quiet", "no progress")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Example:
  mucode evaluate runs/quickstart --recipe mucode --turns 6 --candidates 11`,
    )
    .action(async (folder, options) => {
      const { config, systems } = await readFinishedRun(folder);
      const known = [...new Set(systems.map(({ recipe }) => recipe))];
      if (options.recipe !== undefined && !known.includes(options.recipe))
        throw new InputError("--recipe", `${options.recipe} is not in this run; it has ${known.join(", ")}`);
      const unlock = lockRun(folder);
      try {
        const metrics = await withServices(config, folder, options.quiet === true, (services) =>
          reevaluate(folder, options, services),
        );
        process.stdout.write(`${options.json ? JSON.stringify(metrics, null, 2) : renderTable(metrics)}\n`);
      } finally {
        unlock();
      }
    });
}
