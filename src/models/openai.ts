// The generator client: OpenAI chat completions, as our engine, vLLM and hosted models speak them. Every
// sampling parameter is always sent (a server's own defaults would apply otherwise), and what came back is
// counted and checked: servers exist that ignore `n` with status 200.
import { WorkError } from "../core/errors.ts";
import type { Message } from "../core/problem.ts";
import type { Completion, Generator, Sampling } from "./model.ts";
import { type ConnectionOptions, connect, excerpt, type ModelServer } from "./server.ts";

/** What a client has used so far. A request counts once, when its answer arrived and was sound. */
export interface Usage {
  requests: number;
  promptTokens: number;
  completionTokens: number;
}

export interface GeneratorClient extends Generator {
  usage(): Usage;
  close(): Promise<void>;
}

interface Choice {
  index?: number | null;
  message?: { content?: string | null };
  finish_reason?: string;
}

interface Answer {
  choices?: Choice[];
  usage?: { prompt_tokens?: number; completion_tokens?: number };
}

export function openAiGenerator(server: ModelServer, options?: ConnectionOptions): GeneratorClient {
  const connection = connect(server, options);
  const total: Usage = { requests: 0, promptTokens: 0, completionTokens: 0 };

  async function generate(state: readonly Message[], n: number, sampling: Sampling, seed: number) {
    const answer = await connection.post("/v1/chat/completions", {
      model: server.model,
      messages: state,
      n,
      seed,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      max_tokens: sampling.maxTokens,
    });
    const completions = readAnswer(answer as Answer, n);
    total.requests++;
    total.promptTokens += completions[0]!.tokens.prompt;
    for (const completion of completions) total.completionTokens += completion.tokens.completion;
    return completions;
  }

  return { generate, usage: () => ({ ...total }), close: () => connection.close() };
}

function readAnswer(answer: Answer, n: number): Completion[] {
  const choices = answer?.choices;
  if (!Array.isArray(choices)) throw unsound(answer, 'expected a list "choices"');
  if (choices.length !== n) {
    throw unsound(answer, `asked for n=${n} choices, got ${choices.length}: this server may not support n`);
  }
  for (const choice of choices) {
    if (typeof choice !== "object" || choice === null)
      throw unsound(answer, "expected an object for each choice");
    if (!Number.isInteger(choice.index ?? 0))
      throw unsound(answer, 'expected a whole number "index" for each choice, or none');
  }
  const prompt = answer.usage?.prompt_tokens;
  const completion = answer.usage?.completion_tokens;
  if (!isCount(prompt) || !isCount(completion)) {
    throw unsound(answer, 'expected "usage" with prompt_tokens and completion_tokens');
  }
  const ordered = choices.every((choice, place) => choice.index === place) ? choices : inOrder(choices);
  const texts = ordered.map((choice) => readText(answer, choice));
  const tokens = share(completion, texts);
  return ordered.map((choice, place) => ({
    text: texts[place]!,
    finish: readFinish(answer, choice),
    tokens: { prompt, completion: tokens[place]! },
  }));
}

/** Choices may come in the order in which they ended. */
function inOrder(choices: Choice[]): Choice[] {
  return [...choices].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

function readText(answer: Answer, choice: Choice): string {
  const content = choice.message?.content;
  if (content === null) return "";
  if (typeof content !== "string") throw unsound(answer, 'expected a text in "message.content"');
  return content;
}

function readFinish(answer: Answer, choice: Choice): Completion["finish"] {
  const reason = choice.finish_reason;
  if (reason === "stop" || reason === "length") return reason;
  throw unsound(answer, `expected finish_reason "stop" or "length", got ${JSON.stringify(reason)}`);
}

/**
 * The tokens of each choice. The protocol only gives their sum: with n > 1 it is shared out by length of text
 * (largest remainder), so that each number is an estimate and their sum is exact.
 */
export function share(sum: number, texts: readonly string[]): number[] {
  const weights = texts.map((text) => text.length + 1);
  const whole = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (sum * weight) / whole);
  const counts = exact.map(Math.floor);
  const left = sum - counts.reduce((a, b) => a + b, 0);
  const byRemainder = exact.map((value, place) => ({ place, rest: value - Math.floor(value) }));
  byRemainder.sort((a, b) => b.rest - a.rest || a.place - b.place);
  for (const { place } of byRemainder.slice(0, left)) counts[place]!++;
  return counts;
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

function unsound(answer: unknown, problem: string): WorkError {
  return new WorkError(
    `chat completions: ${problem}; the answer was ${excerpt(JSON.stringify(answer) ?? "")}`,
  );
}
