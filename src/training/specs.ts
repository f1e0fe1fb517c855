// Turning data files into trained weights: what the engine's two training jobs are asked to do. Both start
// from the base model each time (paper, Algorithm 1 and appendix C.0.1).
import type { TrainSpec } from "../jobs/executor.ts";

interface TrainingOptions {
  learningRate: number;
  /** Tokens. */
  maxLength: number;
  /** CPU threads. */
  threads: number;
}

export interface FinetuneOptions extends TrainingOptions {
  /** Optimiser steps; epochs count when absent. */
  steps?: number | undefined;
  epochs: number;
  batchTokens: number;
  /** What a problem's examples have in common is computed once. */
  sharePrefixes: boolean;
}

export interface VerifierOptions extends TrainingOptions {
  loss: "bradley-terry" | "bce";
  epochs: number;
  batchProblems: number;
}

export interface TrainingFiles {
  /** Folder of the base model. */
  base: string;
  data: string;
  output: string;
  seed: number;
  device: string;
}

function common({ base, data, output, seed }: TrainingFiles) {
  return { model: base, data, output, seed };
}

function shared(options: TrainingOptions, files: TrainingFiles) {
  return {
    learning_rate: options.learningRate,
    max_length: options.maxLength,
    threads: options.threads,
    device: files.device,
  };
}

/** Cross-entropy on the completion of each example of `sft.jsonl`, weighted by how often it occurred. */
export function finetuneSpec(files: TrainingFiles, options: FinetuneOptions): TrainSpec {
  const length = options.steps === undefined ? { epochs: options.epochs } : { steps: options.steps };
  return {
    kind: "generator",
    ...common(files),
    options: {
      ...shared(options, files),
      ...length,
      batch_tokens: options.batchTokens,
      ...(options.sharePrefixes && { share_prefixes: true }),
    },
  };
}

/** Bradley-Terry (Eq. 3) over pairs, or BCE (Eq. 2) over labelled answers. */
export function verifierSpec(files: TrainingFiles, options: VerifierOptions): TrainSpec {
  const { loss, epochs, batchProblems } = options;
  return {
    kind: "verifier",
    ...common(files),
    options: { ...shared(options, files), loss, epochs, batch_problems: batchProblems },
  };
}
