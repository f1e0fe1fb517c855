// Memory of a model server and of a training job, bytes, as engine/mucode_engine works: what it keeps, in which number
// format, and for how long. Peaks that libraries add (workspaces, fragmentation, the CUDA context) are in `overhead`.

import { type Amount, none } from "./amount.ts";
import { type Architecture, kvBytes, parameterCount, verifierParameterCount } from "./architecture.ts";

export interface ServingMemory {
  weights: number;
  /** Keys and values of the sequences in flight, and of conversations kept for their next turn. */
  keysAndValues: Amount;
  /** The largest prefill pass. */
  activations: number;
  total: Amount;
}

/** Of a process with CUDA: its context and the libraries' workspaces; about what an idle PyTorch process holds. */
const cudaContext = 1 * 2 ** 30;
/** prefixes.py: conversations that may be continued. */
const keptPrefixes = 512 * 2 ** 20;
/** decoder.py and classifier.py: most padded tokens of one pass. */
const passTokens = { generate: 8192, classify: 16_384 };
/** slots.py: the buffer grows by so many columns. */
const columns = 256;

export interface ServingLoad {
  task: "generate" | "classify";
  /** Sequences decoded together. */
  rows: number;
  /** Tokens of the longest sequence in flight. */
  longest: Amount;
  /** Bytes of a number: 2 for bfloat16, 4, 8. */
  bytes: number;
  gpu: boolean;
}

/**
 * Weights P·b; keys and values rows · longest · 2·L·k·d·b (slots.py keeps one buffer in which every row is as wide as the longest,
 * in steps of 256 columns; at most twice the rows, and half as much again while it grows) and 512 MiB of kept prefixes;
 * one pass over prompts: the widest layer's inner states, and a row of logits a sequence with its softmax in float64
 * (sampling.py). A verifier keeps no keys and values.
 */
export function servingMemory(model: Architecture, load: ServingLoad): ServingMemory {
  const { task, rows, longest, bytes, gpu } = load;
  const generates = task === "generate";
  const weights = (generates ? parameterCount(model) : verifierParameterCount(model)) * bytes;
  const wide = (tokens: number) => Math.ceil(tokens / columns) * columns;
  const perToken = kvBytes(model, bytes);
  const keysAndValues = generates
    ? {
        expected: rows * wide(longest.expected) * perToken + keptPrefixes / 2,
        upper: 3 * rows * wide(longest.upper) * perToken + keptPrefixes,
      }
    : none;
  const inner = 4 * model.hidden + 3 * model.intermediate + 2 * model.headSize * model.heads;
  const logits = generates ? rows * model.vocabulary * (bytes + 16) : 0;
  const activations = passTokens[task] * inner * bytes + logits;
  const rest = weights + activations + (gpu ? cudaContext : 0);
  const total = { expected: rest + keysAndValues.expected, upper: rest + keysAndValues.upper };
  return { weights, keysAndValues, activations, total };
}

export interface TrainingMemory {
  weights: number;
  gradients: number;
  /** AdamW's two moments. */
  optimiser: number;
  /** bfloat16 copies of the weights that autocast keeps during a step; 0 on a CPU. */
  copies: number;
  activations: Amount;
  total: Amount;
}

export interface TrainingLoad {
  task: "generate" | "classify";
  /** Tokens of one step's batch, padding included. */
  tokens: Amount;
  /** Of these, the share between the batch's earliest completion and its end, where logits are made (generator). */
  window: Amount;
  /** Of these, the share that a loss is taken of. */
  scored: Amount;
  gpu: boolean;
}

/**
 * What training.py keeps. Weights, gradients and AdamW's moments in float32: 4 + 4 + 8 bytes a parameter (Rajbhandari et al. 2020,
 * ZeRO, section 3, without their half-precision copy of the weights, which here is autocast's, 2 bytes more on a GPU).
 * Activations of a whole step at once, since the engine does not split a batch: see `activationBytes`.
 */
export function trainingMemory(model: Architecture, load: TrainingLoad): TrainingMemory {
  const { task, gpu } = load;
  const parameters = task === "generate" ? parameterCount(model) : verifierParameterCount(model);
  const weights = 4 * parameters;
  const gradients = 4 * parameters;
  const optimiser = 8 * parameters;
  const copies = gpu ? 2 * parameters : 0;
  const activations = {
    expected: activationBytes(model, load, "expected"),
    upper: activationBytes(model, load, "upper"),
  };
  const rest = weights + gradients + optimiser + copies + (gpu ? cudaContext : 0);
  return {
    weights,
    gradients,
    optimiser,
    copies,
    activations,
    total: { expected: rest + activations.expected, upper: rest + activations.upper },
  };
}

/**
 * Bytes that a step holds at the peak of its backward pass. Per token and layer (counted from transformers' Llama layer in eager mode, as
 * Korthikanti et al. 2022, section 4, count a GPT layer): each of the two norms keeps its input, the normalised input and its output, 6h
 * numbers; attention keeps queries, keys and values after the rotation, its output, and that output laid out anew, 3·a·d + 2·k·d
 * (keys and values are repeated to all heads where k < a: 3·a·d + 2·a·d); the gated MLP keeps both projections, the activation and
 * the product, 4i: within 1 % of what PyTorch saves. Besides, gradients of the same states of one layer at a time, 4i + 4h.
 *
 * On a CPU all layers keep float32 numbers. On a GPU every layer keeps its input alone (gradient checkpointing, float32),
 * and one layer at a time the rest: norms in float32, the others in bfloat16.
 *
 * Logits, of the generator alone: V numbers for each token of the window, and for each scored token a gathered copy, its
 * log-softmax and the gradient of it (losses.py).
 */
export function activationBytes(
  model: Architecture,
  load: TrainingLoad,
  which: "expected" | "upper",
): number {
  const tokens = load.tokens[which];
  const { layers, hidden, heads, headSize, intermediate, vocabulary } = model;
  const norms = 6 * hidden;
  const inner = 5 * heads * headSize + 4 * intermediate;
  const backward = load.gpu ? 8 * intermediate + 16 * hidden : 16 * intermediate + 16 * hidden;
  const kept = load.gpu ? layers * hidden * 4 + norms * 4 + inner * 2 : layers * (norms + inner) * 4;
  const perToken = kept + backward;
  if (load.task === "classify") return tokens * perToken;
  const perWindow = load.gpu ? 2 : 4;
  const perScored = load.gpu ? 14 : 12;
  const logits = vocabulary * (perWindow * load.window[which] + perScored * load.scored[which]);
  return tokens * (perToken + logits);
}
