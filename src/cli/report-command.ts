// mucode report RUN: draws the report of a finished run anew.
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { readFinishedRun } from "../experiment/finished-run.ts";
import { publish } from "../experiment/run.ts";
import { renderTable } from "../report/index.ts";

export function reportCommand() {
  return new Command("report")
    .description("write the table, metrics and HTML report of a finished run anew")
    .argument("<run>", "run directory, such as runs/quickstart")
    .option("--json", "the metrics as one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  mucode report runs/quickstart")
    .action(async (folder, { json }) => {
      const { run, systems, environment } = await readFinishedRun(folder);
      const metrics = await publish(run, folder, systems, environment);
      process.stdout.write(json ? `${JSON.stringify(metrics, null, 2)}\n` : `${renderTable(metrics)}\n`);
      process.stderr.write(`\nReport: ${join(folder, "report.html")}\n`);
    });
}
