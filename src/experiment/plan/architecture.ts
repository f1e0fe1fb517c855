// The shape of a model, from which its parameters and the size of its keys and values follow without its weights.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { nearest } from "../config-file.ts";
import { knownModels } from "./known-models.ts";

/** A decoder of the Llama family: RMSNorm, grouped-query attention, gated MLP (Llama, Qwen2 and others of that form). */
export interface Architecture {
  layers: number;
  /** Width of the residual stream. */
  hidden: number;
  heads: number;
  /** Heads of keys and values. */
  kvHeads: number;
  headSize: number;
  /** Width of the MLP. */
  intermediate: number;
  vocabulary: number;
  /** Whether the output layer is the embedding. */
  tied: boolean;
  /** Whether the projections to queries, keys and values have a bias (Qwen2). */
  qkvBias: boolean;
  /** Most tokens of prompt and completion together. */
  context: number;
}

/**
 * Parameters of the causal language model: the embedding V·h; per layer queries and output 2·h·(a·d), keys and values 2·h·(k·d),
 * the gated MLP 3·h·i, two norms 2·h, and with biases (a + 2k)·d; the last norm h; and V·h more where the output layer is
 * its own. `test/plan.test.ts` compares with models that transformers builds.
 */
export function parameterCount(model: Architecture): number {
  const { layers, hidden, vocabulary, tied } = model;
  return layers * layerParameters(model) + hidden + vocabulary * hidden * (tied ? 1 : 2);
}

function layerParameters({ hidden, heads, kvHeads, headSize, intermediate, qkvBias }: Architecture): number {
  const attention = 2 * hidden * headSize * (heads + kvHeads);
  const bias = qkvBias ? headSize * (heads + 2 * kvHeads) : 0;
  return attention + bias + 3 * hidden * intermediate + 2 * hidden;
}

/** Parameters of a verifier: the same without an output layer, and with a scalar head of h weights. */
export function verifierParameterCount(model: Architecture): number {
  return parameterCount({ ...model, tied: true }) + model.hidden;
}

/** Parameters that take part in a token's arithmetic: all but an embedding that is only looked up. */
export function activeParameters(model: Architecture, task: "generate" | "classify"): number {
  const body = model.layers * layerParameters(model) + model.hidden;
  return body + (task === "generate" ? model.vocabulary * model.hidden : model.hidden);
}

/** Bytes of the keys and values of one token: 2 · layers · k · d · bytes of a number. */
export function kvBytes({ layers, kvHeads, headSize }: Architecture, bytesPerNumber: number): number {
  return 2 * layers * kvHeads * headSize * bytesPerNumber;
}

export interface NamedArchitecture {
  name: string;
  /** Where its numbers come from. */
  source: string;
  architecture: Architecture;
}

/**
 * The architecture of a model folder, or of a hub name that is in the table. Weights are not needed.
 * @throws InputError where it is neither, or config.json is of another kind of model
 */
export function architectureOf(model: string, folder: string): NamedArchitecture {
  const file = join(folder, "config.json");
  if (existsSync(file)) return { name: model, source: "its config.json", architecture: fromConfigFile(file) };
  const known = knownModels[model];
  if (known) return { name: model, source: known.source, architecture: known.architecture };
  const near = nearest(model, Object.keys(knownModels));
  throw new InputError(
    model,
    `is neither a model folder with config.json nor a model whose shape is known${near ? `; did you mean "${near}"?` : ` (${Object.keys(knownModels).join(", ")})`}`,
  );
}

const count = z.int().min(1);
const schema = z.object({
  model_type: z.string(),
  num_hidden_layers: count,
  hidden_size: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  vocab_size: count,
  max_position_embeddings: count,
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
});

function fromConfigFile(file: string): Architecture {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new InputError(file, "is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError(
      file,
      `field "${issue.path.join(".")}": ${issue.message}, so its size can't be told`,
    );
  }
  const config = parsed.data;
  if (!["llama", "qwen2", "mistral"].includes(config.model_type))
    throw new InputError(
      file,
      `is a "${config.model_type}"; sizes are known of models of the forms llama, qwen2 and mistral`,
    );
  return {
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headSize: config.head_dim ?? config.hidden_size / config.num_attention_heads,
    intermediate: config.intermediate_size,
    vocabulary: config.vocab_size,
    tied: config.tie_word_embeddings === true,
    qkvBias: config.model_type === "qwen2",
    context: config.max_position_embeddings,
  };
}
