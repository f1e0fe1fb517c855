// Lengths and reach as a run's rollouts had them, for a plan of a longer run like it. The base model's rollouts stand for all.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { ProblemEvaluation } from "../../evaluation/results.ts";
import { byProblem, distinctAnswers } from "../../learning/candidates.ts";
import { readRecords } from "../journal.ts";
import type { Lengths } from "./lengths.ts";

/** @throws InputError where the folder holds no finished rollouts of a base model */
export async function measuredLengths(folder: string): Promise<Lengths> {
  const place = join(folder, "base", "iteration-0");
  const file = join(place, "rollouts.jsonl");
  if (!existsSync(file))
    throw new InputError(folder, "has no base/iteration-0/rollouts.jsonl; --measured takes a run directory");
  const rollouts: Rollout[] = [];
  for await (const rollout of readRecords<Rollout>(file)) rollouts.push(rollout);
  const evaluations: ProblemEvaluation[] = [];
  const evaluated = join(place, "evaluation.jsonl");
  if (existsSync(evaluated))
    for await (const row of readRecords<ProblemEvaluation>(evaluated)) evaluations.push(row);
  const lengths = lengthsOf(rollouts, evaluations);
  if (lengths === null) throw new InputError(file, "holds no turn, so that nothing can be measured");
  return { ...lengths, source: `measured on the rollouts of the base model in ${folder}` };
}

/** Null where no rollout has a turn. */
export function lengthsOf(
  rollouts: readonly Rollout[],
  evaluations: readonly ProblemEvaluation[],
): Omit<Lengths, "source"> | null {
  const turns = rollouts.flatMap((rollout) => rollout.turns);
  if (turns.length === 0) return null;
  const longest = Math.max(...rollouts.map((rollout) => rollout.turns.length));
  const added = rollouts.flatMap((rollout) =>
    rollout.turns
      .slice(1)
      .map(
        ({ tokens }, index) =>
          tokens.prompt - rollout.turns[index]!.tokens.prompt - rollout.turns[index]!.tokens.completion,
      ),
  );
  const reach = Array.from({ length: longest }, (_, index) =>
    share(rollouts, (rollout) => rollout.turns.length > index),
  );
  const answers = [...byProblem(rollouts).values()].map((rollouts) => distinctAnswers(rollouts));
  const distinct = answers.flat();
  const searches = evaluations.flatMap(({ bestOfN }) => Object.values(bestOfN));
  return {
    completion: mean(turns.map(({ tokens }) => tokens.completion)),
    feedback: added.length === 0 ? 0 : mean(added),
    reach,
    searchReach:
      searches.length === 0
        ? reach
        : Array.from({ length: longest }, (_, index) =>
            share(searches, ({ stopped }) => stopped === null || stopped > index),
          ),
    distinct: distinct.length / turns.length,
    right: share(distinct, ({ correct }) => correct),
    mixed: share(answers, (one) => one.some(({ correct }) => correct) && one.some(({ correct }) => !correct)),
    solvable: share(answers, (one) => one.some(({ correct }) => correct)),
    solved: share(rollouts, (rollout) => rollout.turns.at(-1)?.correct === true),
  };
}

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

const share = <T>(items: readonly T[], is: (item: T) => boolean) =>
  items.length === 0 ? 0 : items.filter(is).length / items.length;
