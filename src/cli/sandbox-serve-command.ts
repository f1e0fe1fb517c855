// mucode sandbox serve: the sandbox over HTTP, until it is told to stop.
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { isolations, readToken, serveSandbox, tokenVariable } from "../sandbox/index.ts";
import { count } from "./flags.ts";
import { judgeInterpreter } from "./judge-interpreter.ts";

export function sandboxServeCommand() {
  return new Command("serve")
    .description("judge programs that come over HTTP; this machine alone may ask, or who knows the token")
    .option("--host <name>", "where to listen", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", port, 8765)
    .option("--workers <count>", "warm workers (default: one per core, at most 4)", count)
    .option("--slots <count>", "programs in flight per worker", count, 4)
    .option("--queue <count>", "jobs that may wait; more are refused with status 429", count, 1024)
    .option("--max-body-mb <count>", "MiB of one job", count, 16)
    .option("--drain-seconds <count>", "time for jobs in flight when stopped", count, 30)
    .option("--python <path>", "interpreter of the programs (default: the system's)")
    .addOption(
      new Option("--isolation <tier>", "what holds the programs")
        .choices(isolations)
        .default("strict" as const),
    )
    .option(
      "--judge-python <path>",
      "interpreter of tests that are code, such as one with numpy (default: the engine's, where it is installed)",
    )
    .addHelpText(
      "after",
      `
A token of 16 characters or more is taken from the environment variable ${tokenVariable} only.

Examples:
  mucode sandbox serve --workers 2
  ${tokenVariable}=$(openssl rand -hex 16) mucode sandbox serve --host 0.0.0.0`,
    )
    .action(async ({ maxBodyMb, workers, python, ...options }) => {
      const token = readToken(process.env[tokenVariable]);
      // Nothing that is started from here on has it.
      delete process.env[tokenVariable];
      const judge = await judgeInterpreter(options.judgePython);
      const service = await serveSandbox({
        ...options,
        ...judge,
        token,
        bodyBytes: maxBodyMb * 2 ** 20,
        ...(workers !== undefined && { workers }),
        ...(python !== undefined && { python }),
      });
      const stopped = stopSignal();
      process.stdout.write(`${service.url}\n`);
      const answers = service.ready.then(() => {
        process.stderr.write(`mucode: the sandbox answers at ${service.url}\n`);
        return stopped;
      });
      await Promise.race([answers, stopped]);
      process.stderr.write("mucode: the sandbox is closing\n");
      await service.close();
    });
}

/** A second signal ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      // Instead of the command line's own way to stop, which takes no leave.
      process.removeAllListeners(signal);
      process.once(signal, () => resolve());
    }
  });
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535)
    throw new InvalidArgumentError("Expected a number from 0 to 65535.");
  return value;
}
