// mucode compare RUN_A RUN_B: is one run's system better than the other's, how sure is that, and where do they differ?
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { type Mode, modes } from "../evaluation/index.ts";
import { type ComparedSide, compareRuns } from "../experiment/compare-runs.ts";
import type { SystemChoice } from "../experiment/evaluated-system.ts";
import { renderComparison } from "../report/index.ts";
import { count } from "./flags.ts";

export function compareCommand() {
  return new Command("compare")
    .description("compare the evaluations of two runs, problem by problem")
    .argument("<runA>", "run directory, study directory (seed-1, seed-2, …) or evaluation.jsonl")
    .argument("<runB>", "what to compare with it; differences are B − A")
    .option(
      "--recipe <name>",
      "this recipe's system, or A's and B's: rft,mucode; mucode/2 is its iteration 2 (default: every recipe of both)",
      systemChoice,
    )
    .option("--turns <t>", "right within so many turns (default: all that both were evaluated with)", count)
    .option("--mode <names>", `only these, separated by commas: ${modes.join(", ")}`, modeNames)
    .addOption(
      new Option("--tests <which>", "tests that decide what is right")
        .choices(["strong", "private"] as const)
        .default("strong" as const),
    )
    .option("--common", "where the runs have different problems, compare those that both have")
    .option("--seed <n>", "seed of the bootstrap", count, 1)
    .option("--json", "one JSON document on stdout, every problem included")
    .addHelpText(
      "after",
      `
Examples:
  mucode compare runs/before runs/after
  mucode compare runs/quickstart runs/quickstart --recipe rft,mucode --mode greedy`,
    )
    .action((runA, runB, { recipe, turns, mode, tests, common, seed, json }) => {
      const options = { choice: recipe, turn: turns, modes: mode, tests, common: common === true, seed };
      const comparisons = compareRuns(runA, runB, options);
      const text = json
        ? JSON.stringify({ comparisons }, null, 2)
        : comparisons
            .map((one) => renderComparison({ ...one, a: described(one.a), b: described(one.b) }))
            .join("\n\n\n");
      process.stdout.write(`${text}\n`);
    });
}

function described({ path, recipe, iterations, seeds, candidates }: ComparedSide) {
  const label = recipe === null ? path : `${path}, ${recipe} ${[...new Set(iterations)].join("/")}`;
  return { label, seeds, candidates };
}

function systemChoice(text: string): { a: SystemChoice; b: SystemChoice } {
  const choices = text.split(",").map((part): SystemChoice => {
    const [, recipe, iteration] = /^([^/\s]+)(?:\/(\d+))?$/.exec(part.trim()) ?? [];
    if (recipe === undefined)
      throw new InvalidArgumentError("Expected NAME, NAME/ITERATION, or two of them with a comma between.");
    return iteration === undefined ? { recipe } : { recipe, iteration: Number(iteration) };
  });
  if (choices.length > 2) throw new InvalidArgumentError("Expected one system, or two with a comma between.");
  return { a: choices[0]!, b: choices.at(-1)! };
}

function modeNames(text: string): Mode[] {
  return text.split(",").map((name) => {
    const mode = modes.find((known) => known === name.trim());
    if (mode === undefined) throw new InvalidArgumentError(`Expected some of ${modes.join(", ")}.`);
    return mode;
  });
}
