// mucode train CONFIG: the whole of Algorithm 1, continued where it was.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { InputError } from "../core/errors.ts";
import { configJsonSchema } from "../experiment/config.ts";
import { readConfig } from "../experiment/config-file.ts";
import { baseModel, splitsOf, train } from "../experiment/run.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { renderTable } from "../report/index.ts";
import { withServices } from "./services.ts";

export function trainCommand() {
  return new Command("train")
    .description(
      "run expert iteration: roll out, judge, train a verifier, relabel, fine-tune, evaluate, report",
    )
    .argument("[config]", "configuration file (YAML)")
    .option("--out <folder>", "run directory (default: runs/NAME)")
    .option("--print-config", "print the configuration with every default and stop")
    .option("--print-schema", "print the configuration's JSON Schema and stop")
    .option("--quiet", "no progress")
    .option("--json", "the metrics as one JSON document on stdout")
    .addHelpText(
      "after",
      `
Examples:
  mucode train configs/quickstart.yaml
  mucode train my.yaml --out /data/runs/first    the same command continues an interrupted run
  mucode train my.yaml --print-config`,
    )
    .action(async (file, options) => {
      if (options.printSchema) {
        process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return;
      }
      const config = await readConfig(requireConfig(file));
      if (options.printConfig) {
        process.stdout.write(stringify(config));
        return;
      }
      const folder = options.out ?? join("runs", config.name);
      // Before anything is made or started: bad problems and models leave no trace.
      splitsOf(config);
      await baseModel(config);
      mkdirSync(folder, { recursive: true });
      const unlock = lockRun(folder);
      try {
        const quiet = options.quiet === true;
        const metrics = await withServices(config, folder, quiet, (services) =>
          train(config, folder, services),
        );
        process.stdout.write(
          options.json ? `${JSON.stringify(metrics, null, 2)}\n` : `${renderTable(metrics)}\n`,
        );
        process.stderr.write(
          `\nReport: ${join(folder, "report.html")}\nMetrics: ${join(folder, "metrics.json")}\n`,
        );
      } finally {
        unlock();
      }
    });
}

function requireConfig(file: string | undefined): string {
  if (file === undefined)
    throw new InputError("mucode train", "needs a configuration file, such as configs/quickstart.yaml");
  return file;
}
