// Shapes of the models that the paper and its followers train, so that a run can be planned before anything is
// downloaded. Each row is what the model's published config.json says; tests build them from it.
import type { Architecture } from "./architecture.ts";

type Row = [
  layers: number,
  hidden: number,
  heads: number,
  kvHeads: number,
  headSize: number,
  intermediate: number,
  vocabulary: number,
  tied: boolean,
];

const llama = (row: Row): Architecture => shape(row, false, 131_072);
const qwen = (row: Row): Architecture => shape(row, true, 32_768);

function shape(row: Row, qkvBias: boolean, context: number): Architecture {
  const [layers, hidden, heads, kvHeads, headSize, intermediate, vocabulary, tied] = row;
  return { layers, hidden, heads, kvHeads, headSize, intermediate, vocabulary, tied, qkvBias, context };
}

const architectures: Record<string, Architecture> = {
  "meta-llama/Llama-3.2-1B-Instruct": llama([16, 2048, 32, 8, 64, 8192, 128_256, true]),
  "meta-llama/Llama-3.2-3B-Instruct": llama([28, 3072, 24, 8, 128, 8192, 128_256, true]),
  "meta-llama/Llama-3.1-8B-Instruct": llama([32, 4096, 32, 8, 128, 14_336, 128_256, false]),
  "Qwen/Qwen2.5-0.5B-Instruct": qwen([24, 896, 14, 2, 64, 4864, 151_936, true]),
  "Qwen/Qwen2.5-1.5B-Instruct": qwen([28, 1536, 12, 2, 128, 8960, 151_936, true]),
  "Qwen/Qwen2.5-3B-Instruct": qwen([36, 2048, 16, 2, 128, 11_008, 151_936, true]),
  "Qwen/Qwen2.5-7B-Instruct": qwen([28, 3584, 28, 4, 128, 18_944, 152_064, false]),
};

export const knownModels: Readonly<Record<string, { source: string; architecture: Architecture }>> =
  Object.fromEntries(
    Object.entries(architectures).map(([name, architecture]) => [
      name,
      { source: "the built-in table, after its published config.json", architecture },
    ]),
  );
