// mucode diagnose: questions about a generator that a single accuracy doesn't answer.
import { Command } from "@commander-js/extra-typings";
import { InputError } from "../core/errors.ts";
import {
  diagnoseRecoverability,
  diagnosisSettings,
  type RecoverabilityDiagnosis,
} from "../experiment/diagnose-recoverability.ts";
import { openRecordsFolder } from "../experiment/problem-records.ts";
import { makeRunFolder } from "../experiment/run-folder.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { renderRecoverability } from "../report/index.ts";
import {
  type BenchmarkFlags,
  maxTokensOf,
  modelsOf,
  outFolder,
  problemSetOf,
  samplingOf,
  withBenchmarkFlags,
} from "./benchmark-flags.ts";
import { codeVersion } from "./environment-record.ts";
import { withEvaluationServices } from "./services.ts";

export function diagnoseCommand() {
  return new Command("diagnose")
    .description("answer a question about a generator")
    .addCommand(recoverabilityCommand());
}

function recoverabilityCommand() {
  return withBenchmarkFlags(
    new Command("recoverability")
      .description("does a history of failed attempts cost the generator anything at its next program?")
      .argument("[run]", "run directory, with --recipe for the system"),
  )
    .option("--quiet", "no progress")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
--samples counts programs from the empty history and episodes, of each problem.

Examples:
  mucode diagnose recoverability --benchmark mbpp --model http://localhost:8000 --turns 4 --samples 10
  mucode diagnose recoverability runs/quickstart --recipe mucode --benchmark pocket`,
    )
    .action(diagnose);
}

async function diagnose(
  run: string | undefined,
  flags: BenchmarkFlags & { quiet?: true; json?: true },
): Promise<void> {
  const sampling = samplingOf(flags);
  if (sampling.turns < 2)
    throw new InputError("--turns", "must be at least 2: an attempt that fails, and the one after it");
  if (sampling.temperature === 0)
    throw new InputError("--temperature", "must be above 0: without chance all draws are the same");
  const set = await problemSetOf(flags);
  const models = await modelsOf(run, flags);
  const { model } = models;
  const diagnosis: RecoverabilityDiagnosis = {
    set,
    model,
    ...sampling,
    maxTokens: maxTokensOf(flags, models),
  };
  const settings = diagnosisSettings(diagnosis, codeVersion());
  const folder = outFolder(flags, set, settings);
  makeRunFolder(folder);
  const unlock = lockRun(folder);
  try {
    await openRecordsFolder(folder, settings);
    const document = await withEvaluationServices(model.kind === "folder", folder, flags, (services) =>
      diagnoseRecoverability(folder, diagnosis, services),
    );
    process.stdout.write(
      `${flags.json ? JSON.stringify(document, null, 2) : renderRecoverability(document)}\n`,
    );
    process.stderr.write(`\nDraws and results: ${folder}\n`);
  } finally {
    unlock();
  }
}
