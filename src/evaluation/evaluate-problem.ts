// Evaluating one system on one problem: the greedy episode, one search per selector, and the verifier's scores
// of the first turn's candidates. Searches share draws in equal states, so that selectors are compared on the
// same candidates and nothing is generated twice.
import { verifierInput } from "../core/conversation.ts";
import { allPassed, type Outcome } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import { extractProgram } from "../core/program.ts";
import type { Completion, Generator, Verifier } from "../models/model.ts";
import {
  isCorrect,
  isStronglyCorrect,
  type ProblemEnvironment,
  problemEnvironment,
} from "../rollout/environment.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { distinctAttempts } from "../search/distinct-attempts.ts";
import {
  firstTurnCandidates,
  rememberCompletions,
  type SearchResult,
  searchProblem,
  sharedDraws,
} from "../search/search.ts";
import { type Selector, selectors } from "../search/selector.ts";
import {
  type FirstTurnSample,
  type ProblemEvaluation,
  type Repeats,
  type SampledEvaluation,
  type SelectorName,
  selectorNames,
  type WidthsEvaluation,
} from "./results.ts";

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
  /** What becomes of a program that the conversation holds already; `allowed` where it isn't said, as in the paper. */
  repeats?: Repeats | undefined;
}

/** Takes the only candidate: greedy decoding as a search of width one. */
const only: Selector = { needs: { public: false, score: false, oracle: false }, choose: () => 0 };

function end({ stopped, judgement, outgrown }: SearchResult): ProblemEvaluation["greedy"] {
  return {
    stopped,
    strong: judgement !== null && isStronglyCorrect(judgement),
    private: judgement !== null && isCorrect(judgement),
    ...(outgrown && { outgrown }),
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
  const trying = attempts(generator, generator, options);
  return end(await searchProblem(problem, trying, null, environment, only, greedyOptions(options)));
}

function attempts(generator: Generator, fresh: Generator, { repeats, temperature }: EvaluationOptions) {
  return repeats === "redrawn" ? distinctAttempts(generator, fresh, temperature) : generator;
}

function greedyOptions({ turns, maxTokens, runSeed }: EvaluationOptions) {
  const sampling = { temperature: 0, topP: 1, maxTokens };
  return { turns, candidates: 1, sampling, runSeed, purpose: "greedy" };
}

/**
 * Everything that a run measures of one problem: greedy, a search with every selector, the scores of the distinct
 * candidates of the first turn.
 */
export async function evaluateProblem(
  problem: Problem,
  generator: Generator,
  verifier: Verifier,
  sandbox: Sandbox,
  options: EvaluationOptions,
): Promise<ProblemEvaluation> {
  const searching = searchesOf(problem, generator, verifier, sandbox, options);
  // All at once, and all awaited: a failure of one must not leave another running behind it.
  const [greedy, bestOfN, candidates] = await Promise.all([
    searching.greedy(),
    searching.bestOfN(selectorNames),
    distinctCandidates(),
  ]);
  return {
    problem: problem.id,
    greedy,
    bestOfN: bestOfN as ProblemEvaluation["bestOfN"],
    candidates,
    tokens: searching.tokens(),
  };

  async function distinctCandidates(): Promise<ProblemEvaluation["candidates"]> {
    const texts = new Set((await searching.first()).map((completion) => completion.text));
    return Promise.all(
      [...texts].map(async (text) => {
        const { judgement } = await searching.environment.step(text);
        const score = await verifier.score(verifierInput(problem, text));
        return { score, strong: isStronglyCorrect(judgement), private: isCorrect(judgement) };
      }),
    );
  }
}

/**
 * The same with these selectors alone, without a verifier where there is none, and with every sample of the first turn,
 * which is what exact best-of-n and pass@k are computed from. Samples cost nothing more than the searches.
 */
export async function evaluateSamples(
  problem: Problem,
  generator: Generator,
  verifier: Verifier | null,
  sandbox: Sandbox,
  options: EvaluationOptions & { selectors: readonly SelectorName[] },
): Promise<SampledEvaluation> {
  const searching = searchesOf(problem, generator, verifier, sandbox, options);
  const [greedy, bestOfN, samples] = await Promise.all([
    searching.greedy(),
    searching.bestOfN(options.selectors),
    searching.samples(),
  ]);
  const faults = searching.environment.faults();
  const tokens = searching.tokens();
  return { problem: problem.id, greedy, bestOfN, samples, ...(faults > 0 && { faults }), tokens };
}

/**
 * The same for several N at once: a search for each of `widths`, all of which take their candidates from the same draws,
 * those of the widest. So the N are compared on equal luck, and the first turn costs no more than the widest alone.
 */
export async function evaluateWidths(
  problem: Problem,
  generator: Generator,
  verifier: Verifier | null,
  sandbox: Sandbox,
  {
    widths,
    selectors: names,
    ...rest
  }: Omit<EvaluationOptions, "candidates"> & {
    widths: readonly number[];
    selectors: readonly SelectorName[];
  },
): Promise<WidthsEvaluation> {
  const options = { ...rest, candidates: Math.max(...widths) };
  const searching = searchesOf(problem, generator, verifier, sandbox, options);
  const [greedy, byWidth, samples] = await Promise.all([
    searching.greedy(),
    Promise.all(
      widths.map(async (candidates) => ({ candidates, bestOfN: await searching.bestOfN(names, candidates) })),
    ),
    searching.samples(),
  ]);
  return { problem: problem.id, greedy, byWidth, samples, tokens: searching.tokens() };
}

/** Counts the distinct programs that some tests could not judge. */
function countingFaults(environment: ProblemEnvironment): ProblemEnvironment & { faults(): number } {
  const programs = new Set<string>();
  return {
    async step(completion) {
      const step = await environment.step(completion);
      const outcomes = Object.values<Outcome>({ ...step.judgement });
      if (outcomes.some(({ verdict }) => verdict === "fault")) programs.add(step.program);
      return step;
    },
    faults: () => programs.size,
  };
}

/** The searches of one problem, over one memory of completions and of judged programs. */
function searchesOf(
  problem: Problem,
  generator: Generator,
  verifier: Verifier | null,
  sandbox: Sandbox,
  options: EvaluationOptions,
) {
  const environment = countingFaults(problemEnvironment(problem, sandbox, true));
  const { turns, candidates, temperature, topP, maxTokens, runSeed } = options;
  const remembering = rememberCompletions(generator);
  const drawing = attempts(sharedDraws(remembering, candidates), remembering, options);
  const trying = attempts(remembering, remembering, options);
  const searchOptions = {
    turns,
    candidates,
    sampling: { temperature, topP, maxTokens },
    runSeed,
    purpose: "search",
  };
  /** The draws are those of the searches, so nothing is generated anew. */
  const first = () => firstTurnCandidates(problem, remembering, searchOptions);
  return {
    environment,
    tokens: remembering.tokens,
    greedy: async () =>
      end(await searchProblem(problem, trying, null, environment, only, greedyOptions(options))),
    /** @param width N, at most the options' candidates */
    async bestOfN(names: readonly SelectorName[], width = candidates): Promise<SampledEvaluation["bestOfN"]> {
      const narrowed = { ...searchOptions, candidates: width };
      const ends = names.map(async (name) => {
        const selector = selectors[name];
        return [
          name,
          end(await searchProblem(problem, drawing, verifier, environment, selector, narrowed)),
        ] as const;
      });
      return Object.fromEntries(await Promise.all(ends));
    },
    first,
    /** Every completion of the first turn, judged and scored. */
    samples: async (): Promise<FirstTurnSample[]> => Promise.all((await first()).map(sampleOf)),
  };

  async function sampleOf({ text, finish }: Completion): Promise<FirstTurnSample> {
    const { judgement } = await environment.step(text);
    return {
      publicPassed: allPassed(judgement.public),
      ...(verifier && { score: await verifier.score(verifierInput(problem, text)) }),
      correct: isCorrect(judgement),
      right: isStronglyCorrect(judgement),
      ...(finish === "length" && { cut: true as const }),
      ...(extractProgram(text) === "" && {
        without: text.trim() === "" ? ("text" as const) : ("program" as const),
      }),
    };
  }
}
