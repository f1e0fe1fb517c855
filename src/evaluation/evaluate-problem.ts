// Evaluating one system on one problem: the greedy episode, one search per selector, and the verifier's scores
// of the first turn's candidates. Searches share draws in equal states, so that selectors are compared on the
// same candidates and nothing is generated twice.
import { verifierInput } from "../core/conversation.ts";
import type { Problem } from "../core/problem.ts";
import type { Generator, Verifier } from "../models/model.ts";
import { isCorrect, isStronglyCorrect, problemEnvironment } from "../rollout/environment.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import {
  firstTurnCandidates,
  rememberCompletions,
  type SearchResult,
  searchProblem,
} from "../search/search.ts";
import { type Selector, selectors } from "../search/selector.ts";
import { type ProblemEvaluation, type SelectorName, selectorNames } from "./results.ts";

export interface EvaluationOptions {
  /** Turn limit T. */
  turns: number;
  /** N of best-of-N. */
  candidates: number;
  /** Of best-of-N; the greedy episode uses 0. */
  temperature: number;
  topP: number;
  maxTokens: number;
  runSeed: number;
}

/** Takes the only candidate: greedy decoding as a search of width one. */
const only: Selector = { needs: { public: false, score: false, oracle: false }, choose: () => 0 };

function end(result: SearchResult): ProblemEvaluation["greedy"] {
  return {
    stopped: result.stopped,
    strong: isStronglyCorrect(result.judgement),
    private: isCorrect(result.judgement),
  };
}

/** The greedy episode alone: what model selection on the validation problems needs. */
export async function evaluateGreedy(
  problem: Problem,
  generator: Generator,
  sandbox: Sandbox,
  options: EvaluationOptions,
): Promise<ProblemEvaluation["greedy"]> {
  const environment = problemEnvironment(problem, sandbox, true);
  return end(await searchProblem(problem, generator, null, environment, only, greedyOptions(options)));
}

function greedyOptions({ turns, maxTokens, runSeed }: EvaluationOptions) {
  const sampling = { temperature: 0, topP: 1, maxTokens };
  return { turns, candidates: 1, sampling, runSeed, purpose: "greedy" };
}

export async function evaluateProblem(
  problem: Problem,
  generator: Generator,
  verifier: Verifier,
  sandbox: Sandbox,
  options: EvaluationOptions,
): Promise<ProblemEvaluation> {
  const environment = problemEnvironment(problem, sandbox, true);
  const { turns, candidates, temperature, topP, maxTokens, runSeed } = options;
  const sampling = { temperature, topP, maxTokens };
  const remembering = rememberCompletions(generator);
  const searchOptions = { turns, candidates, sampling, runSeed, purpose: "search" };
  const search = (selector: Selector) =>
    searchProblem(problem, remembering, verifier, environment, selector, searchOptions);
  // All at once, and all awaited: a failure of one must not leave another running behind it.
  const [greedy, scored, ...ends] = await Promise.all([
    searchProblem(problem, remembering, null, environment, only, greedyOptions(options)),
    scoreFirstTurn(),
    ...selectorNames.map(async (name) => [name, end(await search(selectors[name]))] as const),
  ]);
  return {
    problem: problem.id,
    greedy: end(greedy),
    bestOfN: Object.fromEntries(ends) as Record<SelectorName, ProblemEvaluation["greedy"]>,
    candidates: scored,
    tokens: remembering.tokens(),
  };

  /** Each distinct first-turn candidate once. The draws are those of the searches, so nothing is generated anew. */
  async function scoreFirstTurn(): Promise<ProblemEvaluation["candidates"]> {
    const first = await firstTurnCandidates(problem, remembering, searchOptions);
    const texts = new Set(first.map((completion) => completion.text));
    return Promise.all([...texts].map(scoreOne));
  }

  async function scoreOne(text: string) {
    const { judgement } = await environment.step(text);
    const score = await verifier.score(verifierInput(problem, text));
    return { score, strong: isStronglyCorrect(judgement), private: isCorrect(judgement) };
  }
}
