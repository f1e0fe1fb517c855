// How the base model is made from nothing: a corpus file, and the options of the training job that reads it.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { documents } from "./corpus.ts";

/** Documents in the corpus. */
export const corpusSize = 44_000;

/** The seed of the corpus and of the training. */
export const buildSeed = 1;

/** Options of the pretraining job, by the engine's names. One thread: the same model however many cores there are. */
export const pretrainOptions = {
  vocab_size: 768,
  hidden_size: 96,
  intermediate_size: 256,
  layers: 3,
  heads: 4,
  max_length: 512,
  epochs: 1,
  batch_tokens: 2048,
  learning_rate: 0.004,
  schedule: "cosine",
  threads: 1,
} as const;

/** Writes the corpus as JSON Lines of `{"messages": [...]}`. */
export async function writeCorpus(path: string, count = corpusSize): Promise<void> {
  const file = createWriteStream(path);
  for (const { messages } of documents(count, buildSeed)) {
    if (!file.write(`${JSON.stringify({ messages })}\n`)) await once(file, "drain");
  }
  file.end();
  await finished(file);
}
