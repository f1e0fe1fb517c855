// mucode evaluate: any model on any benchmark (--benchmark), or the systems of a run again on the run's own problems with
// other turns, candidates or temperature.
import { Command } from "@commander-js/extra-typings";
import { InputError } from "../core/errors.ts";
import { type SelectorName, selectorNames } from "../evaluation/results.ts";
import {
  type BenchmarkEvaluation,
  evaluateBenchmark,
  evaluationSettings,
} from "../experiment/evaluate-benchmark.ts";
import { readFinishedRun } from "../experiment/finished-run.ts";
import { type ModelSource, openModelSource } from "../experiment/model-source.ts";
import { openRecordsFolder } from "../experiment/problem-records.ts";
import { reevaluate } from "../experiment/reevaluate.ts";
import { makeRunFolder } from "../experiment/run-folder.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { renderEvaluation, renderTable } from "../report/index.ts";
import { selectors } from "../search/selector.ts";
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
import { count } from "./flags.ts";
import { withEvaluationServices, withServices } from "./services.ts";

interface EvaluateFlags extends BenchmarkFlags {
  verifier?: string | undefined;
  verifierName?: string | undefined;
  askVerifier?: true | undefined;
  selector?: string | undefined;
  candidates?: number | undefined;
  quiet?: true | undefined;
  json?: true | undefined;
}

export function evaluateCommand() {
  return withBenchmarkFlags(
    new Command("evaluate")
      .description("evaluate any model on any benchmark, or the systems of a finished run in another way")
      .argument("[run]", "run directory, such as runs/quickstart"),
  )
    .option("--verifier <url>", "address of a /classify server, or a verifier's folder")
    .option("--verifier-name <name>", "name to send as model to the verifier")
    .option(
      "--ask-verifier",
      "--verifier is a chat model: ask it whether an answer is right (needs logprobs)",
    )
    .option("--selector <names>", `all, or some of ${selectorNames.join(", ")} (default: all)`)
    .option("--candidates <N>", "the same as --samples")
    .option("--quiet", "no progress")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Keys of hosted models come from the environment: MUCODE_API_KEY for --model, MUCODE_VERIFIER_API_KEY for --verifier.

Examples:
  mucode evaluate --benchmark humaneval --model http://localhost:8000 --turns 6 --samples 11
  mucode evaluate --benchmark my.jsonl --model https://host/v1 --model-name some-model --selector public,oracle
  mucode evaluate --benchmark my.jsonl --model http://a:8000 --verifier http://b:8000 --ask-verifier
  mucode evaluate runs/quickstart --recipe mucode --benchmark pocket --testless
  mucode evaluate runs/quickstart --recipe mucode --turns 6 --candidates 11     on the run's own problems

The same command continues an evaluation that was stopped.`,
    )
    .action(async (run, { candidates, ...given }) => {
      const flags: EvaluateFlags = given;
      if (candidates !== undefined) {
        if (flags.samples !== undefined)
          throw new InputError("--candidates", "is the same as --samples; give one");
        flags.samples = count(candidates);
      }
      if (flags.benchmark === undefined && run !== undefined) return evaluateRun(run, flags);
      return evaluateOnBenchmark(run, flags);
    });
}

/** What `mucode evaluate RUN` alone knows. */
const runFlags = ["turns", "samples", "temperature", "recipe", "quiet", "json"];

async function evaluateRun(folder: string, flags: EvaluateFlags): Promise<void> {
  const { turns, samples: candidates, temperature, recipe, quiet, json } = flags;
  const other = Object.keys(flags).find((name) => !runFlags.includes(name));
  if (other !== undefined)
    throw new InputError(
      `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      "needs --benchmark; a run alone is evaluated on its own problems",
    );
  const { config, systems } = await readFinishedRun(folder);
  const known = [...new Set(systems.map((system) => system.recipe))];
  if (recipe !== undefined && !known.includes(recipe))
    throw new InputError("--recipe", `${recipe} is not in this run; it has ${known.join(", ")}`);
  const unlock = lockRun(folder);
  try {
    const options = { turns, candidates, temperature, recipe };
    const metrics = await withServices(config, folder, quiet === true, (services) =>
      reevaluate(folder, options, services),
    );
    process.stdout.write(`${json ? JSON.stringify(metrics, null, 2) : renderTable(metrics)}\n`);
  } finally {
    unlock();
  }
}

async function evaluateOnBenchmark(run: string | undefined, flags: EvaluateFlags): Promise<void> {
  const names = selectorsOf(flags.selector);
  const set = await problemSetOf(flags);
  const models = await modelsOf(run, flags);
  const verifier = (await verifierOf(flags)) ?? models.verifier;
  const chosen = usable(names, verifier !== null);
  const evaluation: BenchmarkEvaluation = {
    set,
    model: models.model,
    verifier,
    selectors: chosen,
    ...samplingOf(flags),
    maxTokens: maxTokensOf(flags, models),
  };
  const settings = evaluationSettings(evaluation, codeVersion());
  const folder = outFolder(flags, set, settings);
  makeRunFolder(folder);
  const unlock = lockRun(folder);
  try {
    await openRecordsFolder(folder, settings);
    const engine = [models.model, verifier].some((source) => source?.kind === "folder");
    const document = await withEvaluationServices(engine, folder, flags, (services) =>
      evaluateBenchmark(folder, evaluation, services),
    );
    process.stdout.write(`${flags.json ? JSON.stringify(document, null, 2) : renderEvaluation(document)}\n`);
    process.stderr.write(`\nRecords and results: ${folder}\n`);
    const { faults } = document.results;
    if (faults > 0)
      process.stderr.write(
        `mucode: ${faults} ${faults === 1 ? "program" : "programs"} could not be judged, for a failure of the sandbox or of a test, and count as not passed; "faults" in evaluation.jsonl says of which problems\n`,
      );
  } finally {
    unlock();
  }
}

async function verifierOf({
  verifier,
  verifierName,
  askVerifier,
}: EvaluateFlags): Promise<ModelSource | null> {
  if (verifier === undefined) {
    if (verifierName !== undefined) throw new InputError("--verifier-name", "needs --verifier");
    if (askVerifier) throw new InputError("--ask-verifier", "needs --verifier");
    return null;
  }
  const source = await openModelSource(verifier, {
    name: verifierName,
    apiKey: process.env.MUCODE_VERIFIER_API_KEY || undefined,
    flag: "--verifier",
    nameFlag: "--verifier-name",
  });
  return askVerifier ? { ...source, asked: true } : source;
}

/** The names asked for, in their usual order; null for all. */
function selectorsOf(text: string | undefined): SelectorName[] | null {
  if (text === undefined || text === "all") return null;
  const wanted = text.split(",").map((part) => part.trim());
  const unknown = wanted.find((name) => !selectorNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new InputError(
      "--selector",
      `${JSON.stringify(unknown)} is none of ${selectorNames.join(", ")}, all`,
    );
  return selectorNames.filter((name) => wanted.includes(name));
}

/** Those that can be had: a selector by name that needs a verifier is refused without one, under `all` it is left out. */
function usable(names: SelectorName[] | null, hasVerifier: boolean): SelectorName[] {
  if (hasVerifier) return names ?? [...selectorNames];
  const needing = (names ?? selectorNames).filter((name) => selectors[name].needs.score);
  if (names === null) {
    process.stderr.write(`mucode: without --verifier, these selectors are left out: ${needing.join(", ")}\n`);
    return selectorNames.filter((name) => !needing.includes(name));
  }
  if (needing.length > 0) throw new InputError("--selector", `${needing.join(", ")} needs a --verifier`);
  return names;
}
