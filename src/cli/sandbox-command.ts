// mucode sandbox run: judges programs from a file, without any model.
import { Command } from "@commander-js/extra-typings";
import { runJobsFile } from "../sandbox/index.ts";

export function sandboxCommand() {
  const command = new Command("sandbox").description("run hostile programs and judge them from outside");
  command
    .command("run")
    .description("judge the programs of a JSON Lines file, one verdict a line, in order")
    .requiredOption("--jobs <file>", "JSON Lines: {id, language, program, tests, limits?}")
    .addHelpText(
      "after",
      `
Example of a line:
  {"id": "1", "language": "python", "program": "def f(x): return x + 1", "tests": {"style": "function", "asserts": ["assert f(1) == 2"]}}`,
    )
    .action(({ jobs }) => runJobsFile(jobs, (line) => process.stdout.write(`${line}\n`)));
  return command;
}
