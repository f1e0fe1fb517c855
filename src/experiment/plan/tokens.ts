// Tokens of each phase, from the number of problems, samples and turns and from lengths. The upper bounds hold whatever
// the model does, as long as a conversation that outgrows its context is refused.
import { type Amount, none } from "./amount.ts";
import { type Bounds, type Lengths, type Prompts, reachOf } from "./lengths.ts";

export interface PhaseAmounts {
  /** Read by the generator: every turn its whole conversation, whatever a server remembers of it. */
  prompt: Amount;
  /** Written by it. */
  completion: Amount;
  /** Trained on, padding not counted. */
  training: Amount;
  /** Read by the verifier. */
  scored: Amount;
}

export const noAmounts: PhaseAmounts = { prompt: none, completion: none, training: none, scored: none };

const turnsUpTo = (turns: number) => Array.from({ length: turns }, (_, index) => index + 1);

/** Tokens of the conversation before turn t: P + (t - 1)·(C + F). */
export function stateTokens(turn: number, prompts: Prompts, lengths: Lengths, bounds: Bounds): Amount {
  const room = bounds.context - bounds.completion;
  const expected = prompts.mean + (turn - 1) * (lengths.completion + lengths.feedback);
  const upper = prompts.longest + (turn - 1) * (bounds.completion + bounds.feedback);
  return { expected: Math.min(expected, room), upper: Math.min(upper, room) };
}

/**
 * Episodes: Σ_t reach(t) · (P + (t - 1)·(C + F)) prompt tokens and Σ_t reach(t) · C completion tokens each; at most all turns at
 * the longest.
 */
export function episodeTokens(
  episodes: number,
  turns: number,
  reach: readonly number[],
  prompts: Prompts,
  lengths: Lengths,
  bounds: Bounds,
): PhaseAmounts {
  const prompt = { expected: 0, upper: 0 };
  const completion = { expected: 0, upper: 0 };
  for (const turn of turnsUpTo(turns)) {
    const state = stateTokens(turn, prompts, lengths, bounds);
    const share = reachOf(reach, turn);
    prompt.expected += episodes * share * state.expected;
    prompt.upper += episodes * state.upper;
    completion.expected += episodes * share * Math.min(lengths.completion, bounds.completion);
    completion.upper += episodes * bounds.completion;
  }
  return { ...noAmounts, prompt, completion };
}

export interface SearchShape {
  /** Test problems are searched with every selector; N candidates a turn. */
  candidates: number;
  turns: number;
  selectors: number;
  /** Of these, those that ask the verifier. */
  scoring: number;
}

/**
 * Evaluation: a greedy episode for every validation and test problem, and for each test problem one search per selector. Searches share
 * draws in equal states: all have the first turn in common; at a later one, K selectors have taken some of N candidates, the distinct
 * ones among K draws, and at most min(K, N^(t - 1)). A prompt is read once for its N candidates. The verifier reads P + C for each candidate of a scoring search, and for the distinct ones of the first turn.
 */
export function evaluationTokens(
  validation: Prompts,
  test: Prompts,
  { candidates, turns, selectors, scoring }: SearchShape,
  lengths: Lengths,
  bounds: Bounds,
): PhaseAmounts {
  const greedy = [validation, test].map((prompts) =>
    episodeTokens(prompts.problems, turns, lengths.reach, prompts, lengths, bounds),
  );
  const shape = { ...lengths, completion: Math.min(lengths.completion, bounds.completion) };
  const searched: PhaseAmounts = {
    ...noAmounts,
    prompt: { expected: 0, upper: 0 },
    completion: { expected: 0, upper: 0 },
    scored: { expected: 0, upper: 0 },
  };
  const read = answerTokens(test, lengths, bounds);
  for (const turn of turnsUpTo(turns)) {
    const state = stateTokens(turn, test, lengths, bounds);
    const share = reachOf(lengths.searchReach, turn);
    const states = {
      expected: test.problems * (turn === 1 ? 1 : distinctOf(candidates, selectors) * share),
      upper: test.problems * Math.min(selectors, candidates ** (turn - 1)),
    };
    searched.prompt.expected += states.expected * state.expected;
    searched.prompt.upper += states.upper * state.upper;
    searched.completion.expected += states.expected * candidates * shape.completion;
    searched.completion.upper += states.upper * candidates * bounds.completion;
    const looks = scoring + (turn === 1 ? 1 : 0);
    searched.scored.expected +=
      test.problems * candidates * (turn === 1 ? looks : looks * share) * read.expected;
    searched.scored.upper += test.problems * candidates * looks * read.upper;
  }
  return addAmounts(...greedy, searched);
}

/** What a chat template puts after a message, at most. */
export const longestEnd = 16;

/** What the verifier reads of one answer: P + C. */
export function answerTokens(prompts: Prompts, lengths: Lengths, bounds: Bounds): Amount {
  return {
    expected: prompts.mean + Math.min(lengths.completion, bounds.completion),
    upper: Math.min(bounds.context, prompts.longest + bounds.completion + longestEnd),
  };
}

/** Turns that the rollouts so far hold: N · S · Σ_t reach(t) for each iteration. */
export function turnCount(episodes: number, turns: number, reach: readonly number[]): Amount {
  const expected = turnsUpTo(turns).reduce((total, turn) => total + reachOf(reach, turn), 0);
  return { expected: episodes * expected, upper: episodes * turns };
}

/** Distinct items among `draws` uniform draws from n: n·(1 - (1 - 1/n)^draws). */
export function distinctOf(n: number, draws: number): number {
  return n <= 1 ? Math.min(n, draws) : n * (1 - (1 - 1 / n) ** draws);
}

export interface VerifierShape {
  loss: "bradley-terry" | "bce";
  pairs: number | "all";
}

/**
 * Distinct answers of one problem that one pass of the verifier's training reads. BCE: all of D(x). Bradley-Terry, k pairs
 * drawn from R right and W wrong answers: the distinct ones among k draws of each; at most 2·k and at most D(x).
 *
 * @param answers of one problem, the same ones counted again
 */
export function textsOfProblem({ loss, pairs }: VerifierShape, answers: Amount, lengths: Lengths): Amount {
  const known = { expected: answers.expected * lengths.distinct, upper: answers.upper };
  if (loss === "bce" || pairs === "all") return known;
  const right = known.expected * lengths.right;
  return {
    expected: distinctOf(right, pairs) + distinctOf(known.expected - right, pairs),
    upper: Math.min(known.upper, 2 * pairs),
  };
}

/** Tokens of a training by passes over its examples; a part of a pass is of whole batches, so the bound takes a whole one. */
export function passTokens(epochs: number, examples: Amount, tokens: Amount): Amount {
  return {
    expected: epochs * examples.expected * tokens.expected,
    upper: Math.max(1, Math.ceil(epochs)) * examples.upper * tokens.upper,
  };
}

/** Of examples whose tokens are known: whole passes take each of them once. */
export const exactPassTokens = (epochs: number, lengths: readonly number[]): number =>
  epochs * lengths.reduce((total, length) => total + length, 0);

/** Share of a batch's tokens that are not padding, as batches of similar length have it (batches.py). */
const fill = 0.9;

/** Tokens of so many steps of at most `batchTokens`; a longer example has a batch of its own. */
export function stepTokens(steps: number, batchTokens: number, longest: number, all: Amount): Amount {
  return {
    // A pass that is smaller than one batch is one step.
    expected: steps * Math.min(batchTokens * fill, all.expected),
    upper: steps * Math.max(batchTokens, longest),
  };
}

export function addAmounts(...parts: readonly PhaseAmounts[]): PhaseAmounts {
  const total = (key: keyof PhaseAmounts): Amount => ({
    expected: parts.reduce((sum, part) => sum + part[key].expected, 0),
    upper: parts.reduce((sum, part) => sum + part[key].upper, 0),
  });
  return {
    prompt: total("prompt"),
    completion: total("completion"),
    training: total("training"),
    scored: total("scored"),
  };
}
