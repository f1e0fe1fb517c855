// The numbers of `mucode diagnose recoverability` as aligned text, with what they do and do not say.
import type { Recoverability, RecoverabilityResults } from "../evaluation/recoverability.ts";
import { percentWithError } from "./format.ts";
import { block } from "./table.ts";

export function renderRecoverability(input: RecoverabilityResults): string {
  const { benchmark, split, model, samples, temperature, seed, results } = input;
  const { empty, outgrown, levels, bound } = results;
  const head = `Accuracy of the next program after failed attempts, on ${empty.problems} ${benchmark} ${split} problems, % ± standard error
model: ${model}; ${samples} programs from the empty history and ${samples} episodes a problem, temperature ${temperature}, seed ${seed}`;
  const table = block(
    [
      { title: "", columns: ["failed"] },
      { title: "all histories", columns: ["histories", "next right"] },
      {
        title: "the same problems, each weighing the same",
        columns: ["problems", "after failures", "empty history", "difference", "p"],
      },
      { title: "", columns: ["advantage"] },
    ],
    [
      ["0", "", "", String(empty.problems), "", percentWithError(empty), "", "", ""],
      ...levels.map(({ failed, histories, next, after, empty: alone, difference, advantage }) => [
        String(failed),
        histories.toLocaleString("en-US"),
        percentWithError(next),
        String(difference.problems),
        percentWithError(after),
        percentWithError(alone),
        signed(percentWithError(difference)),
        difference.p === null ? "-" : difference.p.toFixed(3),
        number(advantage, difference.problems),
      ]),
    ],
  );
  const notes = outgrownNotes(outgrown, levels).map((line) => `${line}\n`);
  return `${head}\n\n${table}\n${notes.join("")}${bound ? boundText(bound) : withoutBound(outgrown, empty.problems)}`;
}

/** What was counted as wrong because there was no room for a program. */
function outgrownNotes(prompts: number, levels: Recoverability["levels"]): string[] {
  const histories = levels
    .filter(({ outgrown }) => outgrown > 0)
    .map(({ failed, histories, outgrown }) => `${outgrown} of ${histories} after ${failed} failed`);
  const why = "the model's context, and count as wrong";
  return [
    ...(prompts > 0
      ? [`The prompts of ${prompts} ${prompts === 1 ? "problem" : "problems"} outgrew ${why}.`]
      : []),
    ...(histories.length > 0
      ? [`Histories that outgrew ${why} at the next program: ${histories.join(", ")}.`]
      : []),
  ];
}

function withoutBound(outgrown: number, problems: number): string {
  if (outgrown === problems) return "No attempt could be made: nothing is known of recovery.";
  return "No attempt failed the public tests: nothing to recover from.";
}

function boundText({ failed, mean, se, lower }: NonNullable<Recoverability["bound"]>): string {
  const limit =
    lower === null
      ? "one problem alone gives no error"
      : `95 % lower limit ${lower.toFixed(3)} over all rows`;
  const error = lower === null ? "" : ` ± ${se.toFixed(3)}`;
  return `Advantage bound: ${mean.toFixed(3)}${error}, after ${failed} failed ${failed === 1 ? "attempt" : "attempts"} (${limit}).
Definition 3.1 asks for at least -1: a failed attempt costs its own reward and nothing more. This is a mean over the
problems and histories that the model gets into, not the worst state.`;
}

const signed = (text: string) => (text.startsWith("-") ? text : `+${text}`);

function number({ mean, se }: { mean: number; se: number }, problems: number): string {
  return problems < 2 ? mean.toFixed(3) : `${mean.toFixed(3)}±${se.toFixed(3)}`;
}
