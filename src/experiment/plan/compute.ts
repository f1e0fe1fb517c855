// Floating-point operations and time. Operations follow from tokens and parameters; time is an estimate, since it
// needs to know how much of a device's peak a program reaches.
import { type Architecture, activeParameters, kvBytes, parameterCount } from "./architecture.ts";

/** Of one device: bfloat16 operations a second without sparsity, memory bandwidth (bytes a second), memory (bytes). */
export interface Device {
  name: string;
  gpu: boolean;
  flops: number;
  bandwidth: number;
  memory: number;
}

const gpu = (name: string, teraflops: number, terabytes: number, gigabytes: number): Device => ({
  name,
  gpu: true,
  flops: teraflops * 1e12,
  bandwidth: terabytes * 1e12,
  memory: gigabytes * 1e9,
});

/** After their vendor's data sheets. A CPU's numbers are those of two cores of a usual server, float32. */
export const devices: Readonly<Record<string, Device>> = {
  "rtx-6000-ada": gpu("RTX 6000 Ada 48 GB", 364, 0.96, 48),
  a100: gpu("A100 80 GB", 312, 2.04, 80),
  h100: gpu("H100 80 GB", 989, 3.35, 80),
  h200: gpu("H200 141 GB", 989, 4.8, 141),
  cpu: {
    name: "two CPU cores",
    gpu: false,
    flops: 0.1e12,
    bandwidth: 0.02e12,
    memory: Number.POSITIVE_INFINITY,
  },
};

export interface Utilisation {
  /** Share of the peak that training and prefill reach, by the operations of the formulas below (MFU). */
  flops: number;
  /** Share of the bandwidth that decoding reaches. */
  bandwidth: number;
}

/** What single-GPU training over transformers reaches as a rule, and a server that keeps its batch full. */
export const usualUtilisation: Utilisation = { flops: 0.3, bandwidth: 0.5 };

/**
 * Operations of a forward pass: 2·P a token (Kaplan et al. 2020, section 2.1), P being the parameters that take part (the output
 * layer included). Attention over the context is left out: 4·L·a·d operations a token and token of context, 1 to 8 % at
 * the lengths of this work.
 */
export function forwardFlops(model: Architecture, task: "generate" | "classify", tokens: number): number {
  return 2 * activeParameters(model, task) * tokens;
}

/**
 * Operations of a training step: 6·P a token, forward and backward (ibid.). Gradient checkpointing on a GPU does the forward pass
 * twice; as usual, that is not counted and lowers the utilisation instead (Chowdhery et al. 2022, PaLM, appendix B).
 */
export function trainingFlops(model: Architecture, task: "generate" | "classify", tokens: number): number {
  return 6 * activeParameters(model, task) * tokens;
}

export const computeSeconds = (flops: number, device: Device, utilisation: Utilisation): number =>
  flops / (device.flops * utilisation.flops);

/**
 * Seconds to decode `tokens` tokens, `rows` at a time. A step reads all weights and the keys and values of its rows once, and does
 * 2·P operations a row: the longer of the two takes its time (the roofline of Williams et al. 2009).
 *
 * @param length mean tokens of a sequence in flight
 */
export function decodeSeconds(
  model: Architecture,
  load: { tokens: number; rows: number; length: number; bytes: number },
  device: Device,
  utilisation: Utilisation,
): number {
  if (load.tokens === 0) return 0;
  const read = parameterCount(model) * load.bytes + load.rows * load.length * kvBytes(model, load.bytes);
  const reading = read / (device.bandwidth * utilisation.bandwidth);
  const computing = computeSeconds(forwardFlops(model, "generate", load.rows), device, utilisation);
  return (load.tokens / load.rows) * Math.max(reading, computing);
}
