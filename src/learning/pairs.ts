// Training data of the verifier (paper, section 3.1): right and wrong answers to the same prompt. Bradley-Terry
// (Eq. 3) takes pairs of them, BCE (Eq. 2) each answer with its label.
import type { Message, Problem } from "../core/problem.ts";
import { deriveSeed, randomStream, shuffled } from "../core/seed.ts";
import type { Answer } from "./candidates.ts";

/** One pair for Bradley-Terry, in the preference format that TRL reads. */
export interface PairRow {
  prompt: Message[];
  chosen: Message[];
  rejected: Message[];
}

/** One labelled answer for BCE. */
export interface LabelRow {
  prompt: Message[];
  completion: Message[];
  label: boolean;
}

const user = (content: string): Message[] => [{ role: "user", content }];
const assistant = (content: string): Message[] => [{ role: "assistant", content }];

/**
 * Pairs (y+, y-) of one problem's distinct answers: all of them, or `limit` drawn without replacement (the
 * paper's rebuttal uses 16 a prompt). None where the problem has no right or no wrong answer.
 */
export function preferencePairs(
  problem: Pick<Problem, "id" | "prompt">,
  answers: readonly Answer[],
  limit: number | "all",
  runSeed: number,
): PairRow[] {
  const right = answers.filter((answer) => answer.correct);
  const wrong = answers.filter((answer) => !answer.correct);
  const pairs = right.flatMap((chosen) => wrong.map((rejected) => ({ chosen, rejected })));
  const kept =
    limit === "all" || pairs.length <= limit
      ? pairs
      : shuffled(pairs, randomStream(deriveSeed(runSeed, "pairs", problem.id))).slice(0, limit);
  return kept.map(({ chosen, rejected }) => ({
    prompt: user(problem.prompt),
    chosen: assistant(chosen.completion),
    rejected: assistant(rejected.completion),
  }));
}

/** Every distinct answer of one problem with its oracle label. */
export function labelledAnswers(problem: Pick<Problem, "prompt">, answers: readonly Answer[]): LabelRow[] {
  return answers.map((answer) => ({
    prompt: user(problem.prompt),
    completion: assistant(answer.completion),
    label: answer.correct,
  }));
}
