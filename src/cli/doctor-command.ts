// mucode doctor: says what this machine lacks and how to mend it.
import { Command } from "@commander-js/extra-typings";
import { doctorText, runDoctor } from "./doctor.ts";

export function doctorCommand() {
  return new Command("doctor")
    .description("check Python, engine, jail, GPU, disk and memory, and say how to mend what is missing")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  mucode doctor --json")
    .action(async ({ json }) => {
      const checks = await runDoctor();
      process.stdout.write(json ? `${JSON.stringify({ checks }, null, 2)}\n` : doctorText(checks));
      if (checks.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}
