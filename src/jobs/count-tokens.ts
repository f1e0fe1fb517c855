// Counting tokens with a model's own tokenizer and chat template, through the engine: its weights are not read.
import { spawn } from "node:child_process";
import type { Message } from "../core/problem.ts";
import { engineProgram } from "./engine.ts";

export interface Conversation {
  messages: readonly Message[];
  /** Up to where the assistant begins to write; else the conversation and nothing after it. */
  generationPrompt: boolean;
}

/**
 * Tokens of each conversation.
 * @param python interpreter of the engine's environment
 * @param model folder with tokenizer and chat template
 * @throws Error with the engine's last line where it can't
 */
export async function countTokens(
  python: string,
  model: string,
  conversations: readonly Conversation[],
): Promise<number[]> {
  const { command, env } = engineProgram(python, 1);
  const child = spawn(command, ["-m", "mucode_engine", "count", "--model", model], { env });
  let out = "";
  let said = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    said += data;
  });
  const lines = conversations.map(({ messages, generationPrompt }) =>
    JSON.stringify({ messages, generation_prompt: generationPrompt }),
  );
  // A process that ended early says why itself.
  child.stdin.on("error", () => {});
  child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(said.trim().split("\n").at(-1) || `the engine ended with code ${code}`);
  return JSON.parse(out) as number[];
}
