// What one phase of a plan costs: its tokens by kind, and from these operations, time and disk.
import { selectorNames } from "../../evaluation/results.ts";
import type { Recipe } from "../../learning/recipe.ts";
import { findRecipe } from "../../learning/recipes.ts";
import { selectors } from "../../search/selector.ts";
import { iterationsOf } from "../config.ts";
import { type Amount, exactly, none, sum, times } from "./amount.ts";
import { parameterCount, verifierParameterCount } from "./architecture.ts";
import { computeSeconds, decodeSeconds, forwardFlops, trainingFlops } from "./compute.ts";
import { type Lengths, reachOf } from "./lengths.ts";
import { servingMemory, type TrainingLoad, trainingMemory } from "./memory.ts";
import type { PhaseEstimate, Plan, PlanInputs } from "./plan.ts";
import { bytesPerToken } from "./prompts.ts";
import {
  answerTokens,
  episodeTokens,
  evaluationTokens,
  longestEnd,
  noAmounts,
  type PhaseAmounts,
  passTokens,
  stateTokens,
  stepTokens,
  textsOfProblem,
  turnCount,
} from "./tokens.ts";
import type { PlannedPhase } from "./walk.ts";

const makes: Readonly<Record<string, string[]>> = {
  rollouts: ["rollouts.jsonl"],
  verifier: ["data.jsonl", "model/"],
  scores: ["scores.jsonl"],
  relabel: ["sft.jsonl"],
  targets: ["targets.jsonl"],
  finetune: ["model/"],
  evaluation: ["evaluation.jsonl", "validation.jsonl"],
};

export function estimatePhase(phase: PlannedPhase, inputs: PlanInputs): PhaseEstimate {
  const { name, kind, finished } = phase;
  const tokens = tokensOf(phase, inputs);
  const { flops, seconds } = workOf(kind, tokens, inputs);
  return {
    name,
    kind,
    reads: [...(phase.readsBase ? ["base model"] : []), ...phase.reads.map((one) => one.name)],
    makes: makes[kind] ?? [],
    finished: finished !== null,
    tokens,
    usedTokens: finished?.tokens ?? null,
    flops,
    seconds,
    disk: diskOf(phase, tokens, inputs),
  };
}

/** Rollout phases among what it reads, through the phases between: the iterations that it learns from. */
function iterationsRead(phase: PlannedPhase): number {
  const found = new Set<PlannedPhase>();
  const visit = ({ reads }: PlannedPhase) => {
    for (const one of reads) {
      if (one.kind === "rollouts") found.add(one);
      else if (one.kind === "relabel") visit(one);
    }
  };
  visit(phase);
  return Math.max(1, found.size);
}

function tokensOf(phase: PlannedPhase, inputs: PlanInputs): PhaseAmounts {
  const { config, prompts, lengths, bounds } = inputs;
  const { samples, turns } = config.rollouts;
  switch (phase.kind) {
    case "rollouts":
      return episodeTokens(
        prompts.train.problems * samples,
        turns,
        lengths.reach,
        prompts.train,
        lengths,
        bounds,
      );
    case "verifier":
      return { ...noAmounts, training: verifierTraining(phase, inputs) };
    case "scores": {
      const answers = answersOf(phase, inputs);
      const read = answerTokens(prompts.train, lengths, bounds);
      const problems = prompts.train.problems;
      return {
        ...noAmounts,
        scored: {
          expected: problems * answers.expected * lengths.distinct * read.expected,
          upper: problems * answers.upper * read.upper,
        },
      };
    }
    case "finetune":
      return { ...noAmounts, training: finetuneTraining(phase, inputs) };
    case "evaluation": {
      const { candidates, turns: T } = config.evaluation;
      const shape = {
        candidates,
        turns: T,
        selectors: selectorNames.length,
        scoring: selectorNames.filter((name) => selectors[name].needs.score).length,
      };
      return evaluationTokens(prompts.validation, prompts.test, shape, lengths, bounds);
    }
    default:
      return noAmounts;
  }
}

/** Answers of one problem so far, equal ones counted again. */
function answersOf(phase: PlannedPhase, { config, lengths }: PlanInputs): Amount {
  const { samples, turns } = config.rollouts;
  return times(turnCount(samples, turns, lengths.reach), iterationsRead(phase));
}

function verifierTraining(phase: PlannedPhase, inputs: PlanInputs): Amount {
  const { config, prompts, lengths, bounds } = inputs;
  const texts = textsOfProblem(config.verifier, answersOf(phase, inputs), lengths);
  const problems = prompts.train.problems;
  const share = config.verifier.loss === "bce" ? 1 : lengths.mixed;
  const read = answerTokens(prompts.train, lengths, bounds);
  return passTokens(
    config.verifier.epochs,
    { expected: problems * share * texts.expected, upper: problems * texts.upper },
    { ...read, upper: Math.min(read.upper, config.verifier.maxLength) },
  );
}

/** Share of the states of a turn that become examples; all of a recipe that isn't known. */
function keptShare(recipe: Recipe | undefined, turn: number, samples: number, lengths: Lengths): number {
  if (!recipe) return 1;
  const { kept, firstTurns } = recipe;
  if (kept === "none" || (firstTurns && turn > 1)) return 0;
  if (kept === "all") return 1;
  if (kept === "solved problems") return lengths.solvable;
  return kept === "right rollouts" ? lengths.solved : Math.min(1, kept.best / samples);
}

interface Examples {
  count: Amount;
  /** Of all examples together. */
  tokens: Amount;
}

/**
 * Examples of sft.jsonl: a state with its target, equal ones being one with a weight. A recipe that scores has one target a problem,
 * so its first states are one example each; later states differ as their answers do.
 */
function examplesOf(phase: PlannedPhase, { config, prompts, lengths, bounds }: PlanInputs): Examples {
  const relabel = phase.kind === "relabel" ? phase : phase.reads.find(({ kind }) => kind === "relabel");
  const recipe = findRecipe((relabel?.parameters as { recipe?: string } | undefined)?.recipe ?? "");
  const { samples, turns } = config.rollouts;
  const problems = prompts.train.problems;
  const episodes = problems * samples * iterationsRead(phase);
  const most = episodes * (recipe?.answers ?? 1);
  const merged = recipe?.usesScores === true;
  const count = { expected: 0, upper: 0 };
  const tokens = { expected: 0, upper: 0 };
  for (let turn = 1; turn <= turns; turn++) {
    const state = stateTokens(turn, prompts.train, lengths, bounds);
    const states = most * keptShare(recipe, turn, samples, lengths) * reachOf(lengths.reach, turn);
    const expected = turn === 1 && merged ? problems : states * lengths.distinct;
    count.expected += expected;
    count.upper += most;
    tokens.expected += expected * (state.expected + Math.min(lengths.completion, bounds.completion));
    tokens.upper += most * Math.min(state.upper + bounds.completion + longestEnd, config.finetune.maxLength);
  }
  return { count, tokens };
}

function finetuneTraining(phase: PlannedPhase, inputs: PlanInputs): Amount {
  const { steps, epochs, batchTokens, maxLength } = inputs.config.finetune;
  const { tokens } = examplesOf(phase, inputs);
  if (steps !== undefined) return stepTokens(steps, batchTokens, maxLength, tokens);
  return passTokens(epochs, { expected: 1, upper: 1 }, tokens);
}

function bytesOfNumber({ config, device }: PlanInputs): number {
  const { dtype } = config.engine;
  if (dtype === "auto") return device.gpu ? 2 : 4;
  return { float64: 8, float32: 4, bfloat16: 2 }[dtype];
}

/** Sequences that a server decodes together. */
function rowsOf({ config }: PlanInputs, phase: "rollouts" | "evaluation"): number {
  const { concurrency, candidates } = { candidates: 1, ...config[phase] };
  return Math.min(config.engine.maxBatch, concurrency * candidates);
}

function workOf(kind: string, tokens: PhaseAmounts, inputs: PlanInputs): { flops: number; seconds: number } {
  const { architecture, device, utilisation, prompts, lengths } = inputs;
  const [prompt, completion, training, scored] = (
    ["prompt", "completion", "training", "scored"] as const
  ).map((key) => tokens[key].expected) as [number, number, number, number];
  const prefill = forwardFlops(architecture, "generate", prompt);
  const decode = forwardFlops(architecture, "generate", completion);
  const score = forwardFlops(architecture, "classify", scored);
  const train = trainingFlops(architecture, kind === "verifier" ? "classify" : "generate", training);
  const rows = rowsOf(inputs, kind === "evaluation" ? "evaluation" : "rollouts");
  const length = prompts.train.mean + lengths.completion;
  const decoding = { tokens: completion, rows, length, bytes: bytesOfNumber(inputs) };
  return {
    flops: prefill + decode + score + train,
    seconds:
      computeSeconds(prefill + score + train, device, utilisation) +
      decodeSeconds(architecture, decoding, device, utilisation),
  };
}

/** Bytes of a model in float32, of its tokenizer, and of what a record holds beside its texts. */
const modelBytes = (parameters: number, vocabulary: number) => 4 * parameters + 130 * vocabulary;
const recordBytes = 700;
/** Texts in JSON, whose line ends and quotes are escaped. */
const jsonBytes = 1.15 * bytesPerToken;

/** Upper bounds count the same texts at their longest; a token of a long word has more bytes than the mean. */
function diskOf(phase: PlannedPhase, tokens: PhaseAmounts, inputs: PlanInputs): Amount {
  const { architecture, config, prompts } = inputs;
  const problems = prompts.train.problems;
  switch (phase.kind) {
    case "rollouts": {
      // The message, and the program in it once more.
      const { samples, turns } = config.rollouts;
      const records = turnCount(problems * samples, turns, inputs.lengths.reach);
      return sum(times(tokens.completion, 2 * jsonBytes), times(records, recordBytes));
    }
    case "verifier": {
      const size = modelBytes(verifierParameterCount(architecture), architecture.vocabulary);
      const data = times(tokens.training, jsonBytes / config.verifier.epochs);
      return sum({ expected: size, upper: size }, data);
    }
    case "finetune": {
      const size = modelBytes(parameterCount(architecture), architecture.vocabulary);
      return { expected: size, upper: size };
    }
    case "scores":
      return times(tokens.scored, jsonBytes);
    case "relabel":
      return times(examplesOf(phase, inputs).tokens, jsonBytes);
    case "evaluation":
      return times(exactly(prompts.test.problems + prompts.validation.problems), recordBytes);
    default:
      return none;
  }
}

export function memoryOf(inputs: PlanInputs): Plan["memory"] {
  const { architecture, config, prompts, lengths, bounds, device } = inputs;
  const turns = Math.max(config.rollouts.turns, config.evaluation.turns);
  const longestPrompt = prompts.train.longest > prompts.test.longest ? prompts.train : prompts.test;
  const last = stateTokens(turns, longestPrompt, lengths, bounds);
  const first = stateTokens(1, prompts.train, lengths, bounds);
  const rows = Math.max(rowsOf(inputs, "rollouts"), rowsOf(inputs, "evaluation"));
  const bytes = bytesOfNumber(inputs);
  // The buffer is as wide as its longest row, and some row of many always runs to its limit.
  const longest = {
    expected: Math.min(last.expected + bounds.completion, bounds.context),
    upper: Math.min(last.upper + bounds.completion, bounds.context),
  };
  const serving = { rows, longest, bytes, gpu: device.gpu };
  return {
    generator: servingMemory(architecture, { ...serving, task: "generate" }),
    verifier: servingMemory(architecture, { ...serving, task: "classify" }),
    finetune: trainingMemory(architecture, finetuneLoad(inputs, first)),
    verifierTraining: trainingMemory(architecture, verifierLoad(inputs)),
  };
}

function finetuneLoad({ config, lengths, bounds, device }: PlanInputs, first: Amount): TrainingLoad {
  const { batchTokens, maxLength } = config.finetune;
  const completion = Math.min(lengths.completion, bounds.completion);
  const length = first.expected + completion;
  return {
    task: "generate",
    tokens: { expected: batchTokens, upper: Math.max(batchTokens, maxLength) },
    // Logits begin at the earliest completion of a batch, and prompts of several turns share it with short ones.
    window: { expected: completion / length, upper: 1 },
    scored: { expected: completion / length, upper: 1 },
    gpu: device.gpu,
  };
}

/** Longest answer of a batch in means: batches are padded to it. */
const longestInBatch = 2.5;

function verifierLoad(inputs: PlanInputs): TrainingLoad {
  const { config, prompts, lengths, bounds, device } = inputs;
  const { batchProblems, maxLength } = config.verifier;
  const { samples, turns } = config.rollouts;
  const most = Math.max(1, ...config.recipes.map((recipe) => iterationsOf(config, recipe)));
  const answers = times(turnCount(samples, turns, lengths.reach), most);
  const texts = textsOfProblem(config.verifier, answers, lengths);
  const problems = Math.min(batchProblems, prompts.train.problems);
  const read = answerTokens(prompts.train, lengths, bounds);
  const padded = prompts.train.mean + Math.min(longestInBatch * lengths.completion, bounds.completion);
  return {
    task: "classify",
    tokens: {
      expected: problems * texts.expected * Math.min(padded, maxLength),
      upper: problems * texts.upper * Math.min(read.upper, maxLength),
    },
    window: none,
    scored: none,
    gpu: device.gpu,
  };
}
