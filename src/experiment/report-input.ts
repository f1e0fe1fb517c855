// Gathering what the report shows: a sample of training problems with the rollouts, scores and targets of every
// recipe and iteration.
import { join } from "node:path";
import { stringify } from "yaml";
import type { Problem } from "../core/problem.ts";
import { extractProgram } from "../core/program.ts";
import type { Rollout } from "../core/rollout.ts";
import { deriveSeed, randomStream, shuffled } from "../core/seed.ts";
import type { Metrics } from "../evaluation/results.ts";
import type { ReportInput, ReportProblem } from "../report/index.ts";
import type { System } from "./expert-iteration.ts";
import { readRecords } from "./journal.ts";
import type { Phase } from "./phase-store.ts";
import type { TargetRow } from "./phases/evaluation.ts";
import type { ScoreRow } from "./phases/history.ts";
import type { RunContext } from "./run-context.ts";

/** Problems in the report's browser. */
const shownProblems = 48;

export async function reportInput(
  run: RunContext,
  systems: readonly System[],
  metrics: Metrics,
  environment: Record<string, unknown>,
): Promise<ReportInput> {
  const random = randomStream(deriveSeed(run.config.seed, "report"));
  const picked = new Set(shuffled(run.problems.train, random).slice(0, shownProblems));
  const problems = new Map(
    run.problems.train
      .filter((problem) => picked.has(problem))
      .map((problem) => [problem.id, blank(problem)]),
  );
  const shown = new Set<string>();
  for (const { recipe, iteration, rollouts, made } of systems) {
    if (!made) continue;
    const scores = await scoresOf(made.scores, problems);
    // The rollouts of iteration K were written by the generator of iteration K - 1; those of the first are shared.
    const author = iteration === 1 ? { recipe: "base", iteration: 0 } : { recipe, iteration: iteration - 1 };
    if (!shown.has(rollouts.folder)) await addRollouts(rollouts, author, scores, problems);
    shown.add(rollouts.folder);
    await addTargets(made.targets, { recipe, iteration }, scores, problems);
  }
  return { metrics, config: stringify(run.config), environment, problems: [...problems.values()] };
}

function blank({ id, split, prompt }: Problem): ReportProblem {
  return { id, split, prompt, rollouts: [], targets: [] };
}

type Shown = Map<string, ReportProblem>;
type Scores = Map<string, Map<string, number>>;

async function scoresOf(phase: Phase, problems: Shown): Promise<Scores> {
  const scores: Scores = new Map();
  for await (const { problem, answers } of readRecords<ScoreRow>(join(phase.folder, "scores.jsonl"))) {
    if (problems.has(problem))
      scores.set(problem, new Map(answers.map(({ completion, score }) => [completion, score])));
  }
  return scores;
}

async function addRollouts(
  phase: Phase,
  author: { recipe: string; iteration: number },
  scores: Scores,
  problems: Shown,
): Promise<void> {
  for await (const rollout of readRecords<Rollout>(join(phase.folder, "rollouts.jsonl"))) {
    const shown = problems.get(rollout.problem);
    if (!shown) continue;
    shown.rollouts.push({
      ...author,
      sample: rollout.sample,
      stop: rollout.stop,
      turns: rollout.turns.map((turn) => ({
        program: turn.program,
        public: turn.public,
        private: turn.private,
        correct: turn.correct,
        feedback: turn.feedback,
        score: scores.get(rollout.problem)?.get(turn.completion) ?? null,
      })),
    });
  }
}

async function addTargets(
  phase: Phase,
  of: { recipe: string; iteration: number },
  scores: Scores,
  problems: Shown,
): Promise<void> {
  for await (const { problem, targets } of readRecords<TargetRow>(join(phase.folder, "targets.jsonl"))) {
    problems.get(problem)?.targets.push(
      ...targets.map(({ completion, strong, weight }) => ({
        ...of,
        program: extractProgram(completion),
        score: scores.get(problem)?.get(completion) ?? null,
        right: strong,
        states: weight,
      })),
    );
  }
}
