// mucode sandbox: judges programs without any model; `run` from a file, `serve` over HTTP.
import { Command, Option } from "@commander-js/extra-typings";
import { isolations, runJobsFile } from "../sandbox/index.ts";
import { count } from "./flags.ts";
import { judgeInterpreter } from "./judge-interpreter.ts";
import { sandboxServeCommand } from "./sandbox-serve-command.ts";

export function sandboxCommand() {
  const command = new Command("sandbox").description("run hostile programs and judge them from outside");
  command
    .command("run")
    .description("judge the programs of a JSON Lines file, one verdict a line, in order")
    .requiredOption(
      "--jobs <file>",
      "JSON Lines {id, language, program, tests, …}; - reads the standard input",
    )
    .addOption(
      new Option("--isolation <tier>", "what holds the programs; it holds or nothing runs")
        .choices(isolations)
        .default("strict" as const),
    )
    .option("--workers <count>", "warm workers (default: one per core, at most 4)", count)
    .option("--python <path>", "interpreter of the programs (default: the system's)")
    .option(
      "--judge-python <path>",
      "interpreter of tests that are code, such as one with numpy (default: the engine's, where it is installed)",
    )
    .addHelpText(
      "after",
      `
A line of the file, and of the answer (docs/reference/sandbox.md has every field):
  {"id": "1", "language": "python", "program": "def f(x): return x + 1", "tests": {"style": "function", "asserts": ["assert f(1) == 2"]}}
  {"id":"1","verdict":"passed","passed":true}

Examples:
  mucode sandbox run --jobs docs/examples/programs.jsonl
  mucode sandbox run --jobs - --isolation fork < programs.jsonl`,
    )
    .action(async ({ jobs, ...given }) => {
      const options = { ...given, ...(await judgeInterpreter(given.judgePython)) };
      await runJobsFile(jobs, (line) => process.stdout.write(`${line}\n`), options);
    });
  command.addCommand(sandboxServeCommand());
  return command;
}
