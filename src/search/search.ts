// Multi-turn best-of-N (paper, Algorithm 2): at each turn N candidates are drawn from the state, a selector
// keeps one, its public outcome goes back as feedback, until it passes the public tests or turns run out.
// Greedy decoding is the same walk with one candidate at temperature 0.
import { stateAfter, verifierInput } from "../core/conversation.ts";
import { allPassed } from "../core/outcome.ts";
import type { Message, Problem } from "../core/problem.ts";
import type { Turn } from "../core/rollout.ts";
import { deriveSeed } from "../core/seed.ts";
import type { Completion, Generator, Sampling, Verifier } from "../models/model.ts";
import { endedByContext, unlessOutgrown } from "../rollout/context-limit.ts";
import { isCorrect, type Judgement, type ProblemEnvironment, recordTurn } from "../rollout/environment.ts";
import type { Candidate, Selector } from "./selector.ts";

export interface SearchOptions {
  /** Turn limit T, ≥ 1. */
  turns: number;
  /** Candidates a turn, N ≥ 1. */
  candidates: number;
  sampling: Sampling;
  runSeed: number;
  /** Names the use of the draws. Searches of one purpose share draws in equal states, so that they are paired. */
  purpose: string;
}

export interface TokenCount {
  prompt: number;
  completion: number;
}

export interface SearchResult {
  /** Turn (1-based) whose chosen program passed the public tests; null when none did. */
  stopped: number | null;
  /** What all tests say of the last chosen program; null where the prompt alone outgrows the model's context. */
  judgement: Judgement | null;
  /** The search ended because the conversation outgrew the model's context. */
  outgrown: boolean;
  /** The chosen turns, in order. */
  turns: Turn[];
}

export async function searchProblem(
  problem: Problem,
  generator: Generator,
  verifier: Verifier | null,
  environment: ProblemEnvironment,
  selector: Selector,
  options: SearchOptions,
): Promise<SearchResult> {
  const turns: Turn[] = [];
  let judgement: Judgement | null = null;
  for (let turn = 1; ; turn++) {
    const seed = turnSeed(problem, turn, options);
    const { candidates: width, sampling } = options;
    const state = stateAfter(problem, turns);
    const completions = await unlessOutgrown(generator.generate(state, width, sampling, seed));
    if (completions === null)
      return { stopped: null, judgement, outgrown: true, turns: endedByContext(turns) };
    const candidates = await Promise.all(
      completions.map(({ text }) => inspect(problem, text, selector, verifier, environment)),
    );
    const chosen = selector.choose(candidates, deriveSeed(seed, "choose"));
    const step = await environment.step(completions[chosen]!.text);
    judgement = step.judgement;
    const stops = allPassed(judgement.public);
    const last = stops || turn === options.turns;
    turns.push(recordTurn(turn, completions[chosen]!, step, last));
    if (last) return { stopped: stops ? turn : null, judgement, outgrown: false, turns };
  }
}

/** What the selector needs to know of one completion, and nothing more. */
async function inspect(
  problem: Problem,
  text: string,
  selector: Selector,
  verifier: Verifier | null,
  environment: ProblemEnvironment,
): Promise<Candidate> {
  const { needs } = selector;
  const candidate: Candidate = {};
  if (needs.score) {
    if (!verifier) throw new Error("this selector needs a verifier");
    candidate.score = await verifier.score(verifierInput(problem, text));
  }
  if (needs.public || needs.oracle) {
    const { judgement } = await environment.step(text);
    if (needs.public) candidate.publicPassed = allPassed(judgement.public);
    if (needs.oracle) candidate.correct = isCorrect(judgement);
  }
  return candidate;
}

function turnSeed(problem: Problem, turn: number, options: SearchOptions): number {
  return deriveSeed(options.runSeed, options.purpose, problem.id, turn);
}

/** The candidates that every search with these options meets at its first turn; none where the prompt is too long. */
export async function firstTurnCandidates(
  problem: Problem,
  generator: Generator,
  options: SearchOptions,
): Promise<Completion[]> {
  const seed = turnSeed(problem, 1, options);
  const { candidates, sampling } = options;
  const drawn = await unlessOutgrown(generator.generate(stateAfter(problem, []), candidates, sampling, seed));
  return drawn ?? [];
}

/** A generator that answers an equal request from memory, and counts the tokens of the others. */
export function rememberCompletions(generator: Generator): Generator & { tokens(): TokenCount } {
  const known = new Map<string, Promise<Completion[]>>();
  const total: TokenCount = { prompt: 0, completion: 0 };
  return {
    generate(state: readonly Message[], n, sampling, seed) {
      const key = JSON.stringify([state, n, sampling, seed]);
      let completions = known.get(key);
      if (!completions) {
        completions = generator.generate(state, n, sampling, seed).then((answer) => {
          total.prompt += answer[0]?.tokens.prompt ?? 0;
          for (const { tokens } of answer) total.completion += tokens.completion;
          return answer;
        });
        known.set(key, completions);
      }
      return completions;
    },
    tokens: () => ({ ...total }),
  };
}

/**
 * A generator of which every request draws `widest` completions and is given the first of them, so that searches of
 * different widths meet the same candidates. Greedy requests pass as they are.
 */
export function sharedDraws(generator: Generator, widest: number): Generator {
  return {
    async generate(state, n, sampling, seed) {
      if (sampling.temperature === 0) return generator.generate(state, n, sampling, seed);
      return (await generator.generate(state, Math.max(n, widest), sampling, seed)).slice(0, n);
    },
  };
}
