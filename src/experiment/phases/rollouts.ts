// Algorithm 1, line 3: roll out the generator on the training problems. Writes `rollouts.jsonl`, in the order of
// problems and samples, whichever finished first.
import { join } from "node:path";
import type { Rollout } from "../../core/rollout.ts";
import type { PhaseTokens } from "../../evaluation/results.ts";
import { collectRollouts } from "../../rollout/collect.ts";
import { outgrownNote } from "../../rollout/context-limit.ts";
import { Journal, readRecords } from "../journal.ts";
import { noTokens, type Phase } from "../phase-store.ts";
import { limitsOf, type Model, type RunContext, serving, withGenerator } from "../run-context.ts";

export function rolloutPhase(
  run: RunContext,
  name: string,
  generator: Model,
  iteration: number,
): Promise<Phase> {
  const { samples, turns, temperature, topP, maxTokens, concurrency } = run.config.rollouts;
  const { seed } = run.config;
  const parameters = {
    samples,
    turns,
    temperature,
    topP,
    maxTokens,
    iteration,
    seed,
    serving: serving(run),
    limits: limitsOf(run),
  };
  const options = {
    samples,
    turns,
    sampling: temperature.map((value) => ({ temperature: value, topP, maxTokens })),
    runSeed: seed,
    purpose: `rollouts/${iteration}`,
    concurrency,
  };
  const problems = run.problems.train;
  const inputs = [generator.digest, run.digests.train];
  const work = async (folder: string) => {
    const file = join(folder, "rollouts.jsonl");
    const journal = await Journal.open<Rollout>(file, ({ problem, sample }) => keyOf(problem, sample));
    const progress = run.progress.phase(name, problems.length * samples, "rollouts", journal.size);
    let outgrown = 0;
    const count = ({ stop }: Rollout) => {
      if (stop === "context-limit") progress.note(outgrownNote(++outgrown));
    };
    try {
      if (journal.size > 0) for await (const rollout of readRecords<Rollout>(file)) count(rollout);
      const isDone = (problem: string, sample: number) => journal.has(keyOf(problem, sample));
      if (journal.size < problems.length * samples)
        await withGenerator(
          run,
          generator,
          (served) =>
            collectRollouts(problems, served, run.sandbox, options, isDone, async (rollout) => {
              await journal.append(keyOf(rollout.problem, rollout.sample), rollout);
              progress.advance();
              count(rollout);
            }),
          run.slots,
        );
      await journal.finish(inOrder(problems, samples));
    } finally {
      await journal.close();
      progress.end();
    }
    return countTokens(readRecords<Rollout>(file));
  };
  // One server a slot: nothing else of a run can go on before its rollouts are there.
  return run.store.run("rollouts", parameters, inputs, work, run.slots);
}

const keyOf = (problem: string, sample: number) => `${problem}#${sample}`;

function* inOrder(problems: readonly { id: string }[], samples: number): Iterable<string> {
  for (const { id } of problems) for (let sample = 0; sample < samples; sample++) yield keyOf(id, sample);
}

async function countTokens(rollouts: AsyncIterable<Rollout>): Promise<PhaseTokens> {
  const tokens = { ...noTokens };
  for await (const { turns } of rollouts) {
    for (const turn of turns) {
      tokens.prompt += turn.tokens.prompt;
      tokens.completion += turn.tokens.completion;
    }
  }
  return tokens;
}
