// The numbers of `mucode evaluate --benchmark` as aligned text: accuracy within t turns, exact best-of-n and pass@k of
// the first turn, by all tests and, where that differs, by the private tests alone.
import type { Estimate, SampledAccuracy, SampledResults } from "../evaluation/results.ts";
import { percent, percentWithError } from "./format.ts";
import { block } from "./table.ts";

export interface EvaluationTable {
  benchmark: string;
  split: string;
  model: string;
  verifier: string | null;
  seed: number;
  results: SampledResults;
}

export function renderEvaluation(input: EvaluationTable): string {
  const { benchmark, split, model, verifier, seed, results } = input;
  const problems = `${results.problems} ${benchmark} ${split} ${results.problems === 1 ? "problem" : "problems"}`;
  const head = [
    `Accuracy on ${problems}, % ± standard error, seed ${seed}`,
    `model: ${model}`,
    ...(verifier === null ? [] : [`verifier: ${verifier}`]),
  ].join("\n");
  const strong = accuracyBlocks(results.strong, results, results.private ? ", by all tests" : "");
  const paper = results.private
    ? accuracyBlocks(results.private, results, ", by public and private tests")
    : [];
  return `${head}\n\n${[...strong, ...paper].join("\n")}${notes(results)}`;
}

function accuracyBlocks(
  accuracy: SampledAccuracy,
  { turns, samples, selectors }: SampledResults,
  tests: string,
): string[] {
  const shown = (estimates: readonly Estimate[]) => estimates.map((one) => percentWithError(one));
  const searches = block(
    [
      { title: "", columns: ["way"] },
      {
        title: `right within t turns${tests}`,
        columns: Array.from({ length: turns }, (_, index) => `T${index + 1}`),
      },
    ],
    [
      ["greedy", ...shown(accuracy.greedy)],
      ...selectors.map((name) => [`best of ${samples}, ${name}`, ...shown(accuracy.search[name]!)]),
    ],
  );
  const sampled = block(
    [
      { title: "", columns: ["n"] },
      { title: `exact best of n of one turn${tests}`, columns: [...selectors] },
      { title: "", columns: ["pass@n"] },
    ],
    accuracy.passAtK.map((pass, index) => [
      String(index + 1),
      ...selectors.map((name) => percentWithError(accuracy.bestOfN[name]![index]!)),
      percentWithError(pass),
    ]),
  );
  return [searches, sampled];
}

function notes(input: SampledResults): string {
  const { verifier, cut, outgrown, withoutText, withoutProgram, tokens } = input;
  const lines: string[] = [];
  if (verifier?.aucWithin)
    lines.push(
      `verifier: AUC within problems ${percentWithError(verifier.aucWithin)}, top-1 of solvable ${verifier.topOfSolvable ? percentWithError(verifier.topOfSolvable) : "-"}`,
    );
  if (outgrown.prompts > 0)
    lines.push(
      `${outgrown.prompts} ${outgrown.prompts === 1 ? "prompt" : "prompts"} outgrew the model's context: wrong throughout`,
    );
  if (outgrown.episodes > 0)
    lines.push(
      `${outgrown.episodes} greedy or search ${outgrown.episodes === 1 ? "episode" : "episodes"} outgrew the model's context: not solved`,
    );
  if (cut !== null && cut > 0)
    lines.push(`${percent(cut)} % of the first turn's samples were cut at the token limit`);
  if (withoutText > 0)
    lines.push(
      `${percent(withoutText)} % of the first turn's samples held no text: ${
        (cut ?? 0) > 0
          ? "a model that thinks first may have used up its tokens, so raise --max-tokens; or "
          : ""
      }the server may keep the answer apart as reasoning_content, so start it without a reasoning parser`,
    );
  if (withoutProgram > 0)
    lines.push(
      `${percent(withoutProgram)} % of the first turn's samples held text without a program (docs/reference/prompts.md says what is taken as one)`,
    );
  lines.push(
    `tokens: ${tokens.prompt.toLocaleString("en-US")} of prompts, ${tokens.completion.toLocaleString("en-US")} written`,
  );
  return `\n${lines.join("\n")}`;
}
