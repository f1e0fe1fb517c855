// The command line: flags and output, no logic. Results go to stdout, everything else to stderr.
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { packageVersion } from "../experiment/package.ts";
import { compareCommand } from "./compare-command.ts";
import { dataCommand } from "./data-command.ts";
import { diagnoseCommand } from "./diagnose-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { evaluateCommand } from "./evaluate-command.ts";
import { explainFailure } from "./failure.ts";
import { gradeCommand } from "./grade-command.ts";
import { recipesCommand } from "./recipes-command.ts";
import { reportCommand } from "./report-command.ts";
import { sandboxCommand } from "./sandbox-command.ts";
import { studyCommand } from "./study-command.ts";
import { trainCommand } from "./train-command.ts";

const program = new Command("mucode")
  .description("Make a language model better at writing code with execution feedback (μCode).")
  .version(packageVersion)
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

for (const command of [
  recipesCommand(),
  trainCommand(),
  evaluateCommand(),
  gradeCommand(),
  compareCommand(),
  diagnoseCommand(),
  reportCommand(),
  studyCommand(),
  sandboxCommand(),
  dataCommand(),
  doctorCommand(),
]) {
  for (const one of [command, ...command.commands]) one.copyInheritedSettings(program as CommandUnknownOpts);
  program.addCommand(command);
}

/** The parser's message in our form: `mucode: unknown command 'trian' (Did you mean train?)`. */
function oneLine(text: string): string {
  return `${text
    .replace(/^error: /, "mucode: ")
    .trim()
    .replaceAll("\n", " ")}\n`;
}

process.on("SIGINT", () => stopped("SIGINT"));
process.on("SIGTERM", () => stopped("SIGTERM"));

function stopped(signal: string): void {
  process.stderr.write(`\nmucode: stopped by ${signal}; the same command continues\n`);
  process.exit(130);
}

try {
  await program.parseAsync();
} catch (error) {
  const { line, exitCode } = explainFailure(error);
  process.stderr.write(`${line}\n`);
  process.exitCode = exitCode;
}
