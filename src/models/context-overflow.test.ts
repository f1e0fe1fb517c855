// Which refusals mean "the conversation is too long", by the words of each server.
import { afterEach, expect, test } from "vitest";
import { sendJson, startServer } from "../../test/fixtures/model-server.ts";
import { WorkError } from "../core/errors.ts";
import { ContextOverflow, saysContextOverflow } from "./context-overflow.ts";
import { openAiGenerator } from "./openai.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const error = (message: string, rest: object = {}) => JSON.stringify({ error: { message, ...rest } });

test.each<[string, number, string]>([
  [
    "our engine",
    400,
    error(
      "this model's context is 512 tokens, but 523 were asked for (427 in the messages and 96 for the completion)",
    ),
  ],
  ["OpenAI", 400, error("too long", { code: "context_length_exceeded" })],
  [
    "vLLM",
    400,
    error(
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages.",
    ),
  ],
  [
    "vLLM, without an inner error",
    400,
    JSON.stringify({ object: "error", message: "This model's maximum context length is 4096 tokens." }),
  ],
  ["SGLang", 400, error("The input (5000 tokens) is longer than the model's context length (4096 tokens).")],
  ["llama.cpp", 400, error("no", { type: "exceed_context_size_error", code: 400 })],
  [
    "llama.cpp's words",
    400,
    error("the request exceeds the available context size. try increasing the context size"),
  ],
  [
    "text-generation-inference",
    422,
    JSON.stringify({
      error:
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 2000 `inputs` tokens",
      error_type: "validation",
    }),
  ],
  ["plain text", 413, "prompt is too long"],
])("%s", (_name, status, body) => {
  expect(saysContextOverflow(status, body)).toBe(true);
});

test.each<[string, number, string]>([
  ["an unknown parameter", 400, error("top_k: unknown parameter; this server would not honour it")],
  ["another model", 404, error('The model "x" does not exist', { code: "model_not_found" })],
  ["too many tokens a minute", 429, error("Rate limit: maximum context length of the minute exceeded")],
  ["a failure of the server", 500, error("maximum context length")],
  ["nothing", 400, ""],
])("not %s", (_name, status, body) => {
  expect(saysContextOverflow(status, body)).toBe(false);
});

test("the client tells it apart, says what the server said, and does not repeat the request", async () => {
  const server = await startServer((response, _body, arrival) =>
    sendJson(
      response,
      { error: { message: arrival === 0 ? "this model's context is 9 tokens" : "bad" } },
      400,
    ),
  );
  const generator = openAiGenerator(server, { backoffMs: 1 });
  closing.push(generator.close, server.close);
  const ask = () =>
    generator.generate([{ role: "user", content: "x" }], 1, { temperature: 1, topP: 1, maxTokens: 9 }, 0);
  const overflow = await ask().catch((thrown) => thrown);
  expect(overflow).toBeInstanceOf(ContextOverflow);
  expect(overflow.message).toBe(
    `POST ${server.url}/v1/chat/completions: status 400: this model's context is 9 tokens`,
  );
  const other = await ask().catch((thrown) => thrown);
  expect(other).toBeInstanceOf(WorkError);
  expect(other).not.toBeInstanceOf(ContextOverflow);
  expect(server.requests).toHaveLength(2);
});
