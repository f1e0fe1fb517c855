// mucode train CONFIG: the whole of Algorithm 1, continued where it was.
import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { InputError } from "../core/errors.ts";
import { configJsonSchema } from "../experiment/config.ts";
import { readConfig } from "../experiment/config-file.ts";
import { devices } from "../experiment/plan/compute.ts";
import { planRun } from "../experiment/plan/plan.ts";
import { baseModel, splitsOf, train } from "../experiment/run.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { renderTable } from "../report/index.ts";
import { codeVersions } from "./environment-record.ts";
import { share } from "./flags.ts";
import { planText } from "./plan-text.ts";
import { takeRunFolder } from "./run-folder.ts";
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
    .option("--plan", "print phases, memory, disk, tokens and hours without running anything, and stop")
    .addOption(
      new Option("--device <name>", "with --plan: on which device (default: h100, or cpu)").choices(
        Object.keys(devices),
      ),
    )
    .option(
      "--mfu <share>",
      "with --plan: share of the device's peak that training reaches (default: 0.3)",
      share,
    )
    .option("--measured <run>", "with --plan: lengths of answers as measured in this run directory")
    .option("--quiet", "no progress")
    .option("--json", "the metrics, or the plan, as one JSON document on stdout")
    .addHelpText(
      "after",
      `
Examples:
  mucode train configs/quickstart.yaml
  mucode train my.yaml --out /data/runs/first    the same command continues an interrupted run
  mucode train my.yaml --print-config
  mucode train configs/paper/llama-3.2-1b-mbpp.yaml --plan --device h200`,
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
      if (options.plan) {
        const { device, mfu: utilisation, measured } = options;
        const plan = await planRun(config, { folder, ...codeVersions(), device, utilisation, measured });
        process.stdout.write(options.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
        return;
      }
      refusePlanFlags(options);
      // Before anything is made or started: bad problems and models leave no trace.
      await splitsOf(config);
      await baseModel(config);
      await takeRunFolder(config, folder);
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

function refusePlanFlags(options: { device?: string; mfu?: number; measured?: string }): void {
  const given = (["device", "mfu", "measured"] as const).find((name) => options[name] !== undefined);
  if (given) throw new InputError(`--${given}`, "has a meaning with --plan alone");
}

function requireConfig(file: string | undefined): string {
  if (file === undefined)
    throw new InputError("mucode train", "needs a configuration file, such as configs/quickstart.yaml");
  return file;
}
