// A base model is a Hugging Face folder. It is checked before anything is started, so that a wrong path is one
// clear line and not a stack trace of another program, ten minutes later.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import { canonicalJson, folderDigests, sha256 } from "./files.ts";
import type { Model } from "./run-context.ts";

/** @throws InputError when the folder can't be a causal language model with a tokenizer and a chat template */
export async function openModel(folder: string): Promise<Model> {
  if (!existsSync(folder))
    throw new InputError(folder, 'no such folder; "model" must be "pocket" or a Hugging Face model folder');
  readJson(folder, "config.json");
  readJson(folder, "tokenizer.json");
  const tokenizer = readJson(folder, "tokenizer_config.json");
  if (!tokenizer.chat_template && !existsSync(join(folder, "chat_template.jinja")))
    throw new InputError(
      folder,
      "has no chat template (chat_template.jinja); an instruction-tuned model has one",
    );
  const weights = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  if (weights.length === 0) throw new InputError(folder, "holds no weights (*.safetensors)");
  for (const name of weights) readSafetensors(join(folder, name));
  return { folder, digest: sha256(canonicalJson(await folderDigests(folder))) };
}

function readJson(folder: string, name: string): Record<string, unknown> {
  const file = join(folder, name);
  if (!existsSync(file)) throw new InputError(file, "is missing; a Hugging Face model folder has it");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch {
    throw new InputError(file, "is not JSON");
  }
}

type Tensors = Record<string, { shape?: number[]; data_offsets?: [number, number] }>;

/** Numbers that a model folder holds. */
export function parametersOf(folder: string): number {
  const files = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  const shapes = files.flatMap((name) =>
    Object.values(readSafetensors(join(folder, name))).flatMap(({ shape }) => (shape ? [shape] : [])),
  );
  return shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

/** Header length, header and data must fit the file: catches a download that was cut. Reads the header alone. */
function readSafetensors(file: string): Tensors {
  const broken = () => new InputError(file, "is damaged or cut short; copy or download it again");
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const read = (length: number, position: number) => {
      const data = Buffer.alloc(length);
      if (readSync(handle, data, 0, length, position) !== length) throw broken();
      return data;
    };
    const headerBytes = size < 8 ? Number.POSITIVE_INFINITY : Number(read(8, 0).readBigUInt64LE(0));
    if (headerBytes + 8 > size) throw broken();
    const header = read(headerBytes, 8).toString("utf8");
    let tensors: Tensors;
    try {
      tensors = JSON.parse(header);
    } catch {
      throw broken();
    }
    const ends = Object.values(tensors).map((tensor) => tensor.data_offsets?.[1] ?? 0);
    if (Math.max(0, ...ends) + 8 + headerBytes !== size) throw broken();
    return tensors;
  } finally {
    closeSync(handle);
  }
}
