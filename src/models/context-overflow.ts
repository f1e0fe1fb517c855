// A conversation that doesn't fit the model's context is no failure of the work: the episode ends there, and all
// others go on. So the one error that says this is told apart from the others, whichever server says it.
import { WorkError } from "../core/errors.ts";

/** Thrown by a client when prompt and completion together are more than the model can read. */
export class ContextOverflow extends WorkError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ContextOverflow";
  }
}

/** Codes and kinds of error bodies: OpenAI and those who follow it, llama.cpp. */
const kinds = new Set(["context_length_exceeded", "exceed_context_size_error"]);

/** Where there is only a message: our engine, vLLM, SGLang, llama.cpp, text-generation-inference. */
const messages = [
  /\bmodel's context is \d+ tokens\b/i,
  /\b(?:maximum|max) (?:context|model) len(?:gth)?\b/i,
  /\bcontext (?:length|window|size)\b.*\bexceed|\bexceed\w*\b.*\bcontext (?:length|window|size)\b/i,
  /\blonger than the (?:model's|maximum) (?:context|model) length\b/i,
  /\binputs?\b.*\btokens \+ .?max_new_tokens\b/i,
  /\bprompt is too long\b/i,
];

/** Whether an answer that refuses a request says that the conversation is too long for the model. */
export function saysContextOverflow(status: number, body: string): boolean {
  if (status < 400 || status >= 500 || status === 408 || status === 429) return false;
  const { error, message } = asObject(parsed(body));
  const { code, type, message: inner } = asObject(error);
  if ([code, type].some((kind) => typeof kind === "string" && kinds.has(kind))) return true;
  const said = [inner, error, message].find((text) => typeof text === "string");
  return messages.some((pattern) => pattern.test((said as string | undefined) ?? body));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown) =>
  (value !== null && typeof value === "object" ? value : {}) as Record<string, unknown>;
