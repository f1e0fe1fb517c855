// The generator client against a server that delays, fails, hangs up and answers wrongly.
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import {
  type Answer,
  chatAnswer,
  type FixtureServer,
  sendJson,
  startServer,
} from "../../test/fixtures/model-server.ts";
import { WorkError } from "../core/errors.ts";
import { openAiGenerator, share } from "./openai.ts";
import type { ConnectionOptions, ModelServer } from "./server.ts";

const sampling = { temperature: 0.7, topP: 0.9, maxTokens: 64 };
const state = [{ role: "user", content: "Write f." }] as const;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serverThat(answer: Answer): Promise<FixtureServer> {
  const server = await startServer(answer);
  closing.push(server.close);
  return server;
}

function client(server: ModelServer, options: ConnectionOptions = {}) {
  const generator = openAiGenerator(server, { backoffMs: 1, ...options });
  closing.push(generator.close);
  return generator;
}

test("sends every sampling parameter and returns the choices in order", async () => {
  const answer = chatAnswer(["a", "bb", "ccc"], 11, 9);
  answer.choices.reverse();
  const server = await serverThat((response) => sendJson(response, answer));
  const generator = client(server, { apiKey: "key" });
  const completions = await generator.generate(state, 3, sampling, 42);
  expect(server.paths).toEqual(["/v1/chat/completions"]);
  expect(server.headers[0]?.authorization).toBe("Bearer key");
  expect(server.requests[0]).toEqual({
    model: "fixture",
    messages: state,
    n: 3,
    seed: 42,
    temperature: 0.7,
    top_p: 0.9,
    max_tokens: 64,
  });
  expect(completions.map((completion) => completion.text)).toEqual(["a", "bb", "ccc"]);
  expect(completions.map((completion) => completion.tokens)).toEqual([
    { prompt: 11, completion: 2 },
    { prompt: 11, completion: 3 },
    { prompt: 11, completion: 4 },
  ]);
  expect(generator.usage()).toEqual({ requests: 1, promptTokens: 11, completionTokens: 9 });
});

test.each([429, 500, 503])("tries again after status %i and counts the request once", async (status) => {
  const server = await serverThat((response, _body, arrival) =>
    arrival < 2
      ? sendJson(response, { error: { message: "later" } }, status)
      : sendJson(response, chatAnswer(["x"])),
  );
  const generator = client(server);
  await expect(generator.generate(state, 1, sampling, 0)).resolves.toHaveLength(1);
  expect(server.requests).toHaveLength(3);
  expect(generator.usage()).toEqual({ requests: 1, promptTokens: 7, completionTokens: 3 });
});

test("tries again when the connection is cut before or within the answer", async () => {
  const server = await serverThat((response, _body, arrival) => {
    if (arrival === 0) return response.destroy();
    if (arrival === 1) {
      response.writeHead(200, { "content-length": "1000" });
      return response.write('{"choices": [', () => response.destroy());
    }
    return sendJson(response, chatAnswer(["x"]));
  });
  const generator = client(server);
  await expect(generator.generate(state, 1, sampling, 0)).resolves.toHaveLength(1);
  expect(generator.usage().requests).toBe(1);
});

test("gives up after the last attempt, naming the address, the cause and the attempts", async () => {
  const server = await serverThat((response) =>
    sendJson(response, { error: { message: "out of memory" } }, 500),
  );
  const generator = client(server, { attempts: 3 });
  await expect(generator.generate(state, 1, sampling, 0)).rejects.toThrow(
    `POST ${server.url}/v1/chat/completions: status 500: out of memory (3 attempts)`,
  );
  expect(server.requests).toHaveLength(3);
  expect(generator.usage().requests).toBe(0);
});

test("does not repeat a request that the server calls wrong", async () => {
  const server = await serverThat((response) =>
    sendJson(response, { error: { message: "prompt too long" } }, 400),
  );
  await expect(client(server).generate(state, 1, sampling, 0)).rejects.toThrow("status 400: prompt too long");
  expect(server.requests).toHaveLength(1);
});

test("ends a request at its time limit, without sending it again", async () => {
  const server = await serverThat(() => {});
  const generator = client(server, { timeoutSeconds: 0.05 });
  await expect(generator.generate(state, 1, sampling, 0)).rejects.toThrow("no answer within 0.05 s");
  expect(server.requests).toHaveLength(1);
});

test("follows a restarted server to its new address", async () => {
  const server = await serverThat((response) => sendJson(response, chatAnswer(["x"])));
  let waits = 0;
  const moving = {
    model: "m",
    url: "http://127.0.0.1:1",
    async ready() {
      if (waits++ > 0) this.url = server.url;
    },
  };
  await expect(client(moving).generate(state, 1, sampling, 0)).resolves.toHaveLength(1);
  expect(waits).toBe(2);
});

test("fails at once when the server is gone for good", async () => {
  const gone = { url: "http://127.0.0.1:1", model: "m", ready: () => Promise.reject(new Error("it died")) };
  await expect(client(gone).generate(state, 1, sampling, 0)).rejects.toThrow("it died");
});

/** Two choices, of which the second has other fields. */
function answerOf(fields: object) {
  const answer = chatAnswer(["a", "b"]);
  return { ...answer, choices: [answer.choices[0], { ...answer.choices[1], ...fields }] };
}

const broken: [string, unknown, RegExp][] = [
  [
    "fewer choices than asked for",
    chatAnswer(["only one"]),
    /asked for n=2 choices, got 1.*may not support n/,
  ],
  ["no choices", { usage: {} }, /expected a list "choices"/],
  ["null", null, /expected a list "choices"/],
  ["no usage", { choices: chatAnswer(["a", "b"]).choices }, /expected "usage"/],
  ["a choice without text", { ...chatAnswer(["a", "b"]), choices: [{}, {}] }, /expected a text/],
  [
    "an unknown finish reason",
    {
      ...chatAnswer(["a"]),
      choices: [0, 1].map(() => ({ message: { content: "a" }, finish_reason: "abort" })),
    },
    /expected finish_reason "stop" or "length", got "abort"/,
  ],
  [
    "null for a choice",
    { ...chatAnswer(["a"]), choices: [null, null] },
    /expected an object for each choice/,
  ],
  [
    "null for one choice of two",
    { ...chatAnswer(["a"]), choices: [chatAnswer(["a"]).choices[0], null] },
    /expected an object for each choice/,
  ],
  [
    "a text for a choice",
    { ...chatAnswer(["a"]), choices: ["a", "b"] },
    /expected an object for each choice/,
  ],
  ["null for the list of choices", { ...chatAnswer([]), choices: null }, /expected a list "choices"/],
  ["a text for the whole", "a", /expected a list "choices"/],
  ["null for a message", answerOf({ message: null }), /expected a text/],
  ["a text for a message", answerOf({ message: "a" }), /expected a text/],
  [
    "a list for content",
    answerOf({ message: { content: [{ type: "text", text: "a" }] } }),
    /expected a text/,
  ],
  ["a number for content", answerOf({ message: { content: 1 } }), /expected a text/],
  ["null for a finish reason", answerOf({ finish_reason: null }), /expected finish_reason .* got null/],
  ["null for usage", { ...chatAnswer(["a", "b"]), usage: null }, /expected "usage"/],
  [
    "a text for a count",
    { ...chatAnswer(["a", "b"]), usage: { prompt_tokens: "7", completion_tokens: 6 } },
    /expected "usage"/,
  ],
  [
    "null for a count",
    { ...chatAnswer(["a", "b"]), usage: { prompt_tokens: 7, completion_tokens: null } },
    /expected "usage"/,
  ],
  ["a text for a place", answerOf({ index: "first" }), /expected a whole number "index"/],
];

test.each(broken)("refuses an answer with %s", async (_name, answer, message) => {
  const server = await serverThat((response) => sendJson(response, answer));
  const generator = client(server);
  const error = await generator.generate(state, 2, sampling, 0).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkError);
  expect((error as WorkError).message).toMatch(message);
  expect(generator.usage().requests).toBe(0);
});

test("fields beside those that are read may be anything; no content is an empty answer", async () => {
  const answer = {
    ...answerOf({ logprobs: null, index: null, message: { content: null, tool_calls: null } }),
    system_fingerprint: null,
    error: null,
  };
  const server = await serverThat((response) => sendJson(response, answer));
  const completions = await client(server).generate(state, 2, sampling, 0);
  expect(completions.map(({ text }) => text)).toEqual(["a", ""]);
});

test("asks again where the answer is no JSON, and counts the sound one alone", async () => {
  let asked = 0;
  const server = await serverThat((response) => {
    if (++asked === 1) response.end('{"choices": [{"mess');
    else sendJson(response, chatAnswer(["x"]));
  });
  const generator = client(server);
  await expect(generator.generate(state, 1, sampling, 0)).resolves.toHaveLength(1);
  expect(asked).toBe(2);
  expect(generator.usage().requests).toBe(1);
});

test("refuses an answer that is never JSON", async () => {
  const server = await serverThat((response) => response.end('{"choices": [NaN]'));
  await expect(client(server).generate(state, 1, sampling, 0)).rejects.toThrow(
    'the answer is not JSON: {"choices": [NaN]',
  );
});

test("keeps no more requests in flight than it may", async () => {
  const server = await serverThat((response) => setTimeout(() => sendJson(response, chatAnswer(["x"])), 2));
  const generator = client(server, { concurrency: 4 });
  await Promise.all(Array.from({ length: 40 }, (_, seed) => generator.generate(state, 1, sampling, seed)));
  expect(server.requests).toHaveLength(40);
  expect(server.mostAtOnce()).toBeLessThanOrEqual(4);
  expect(generator.usage()).toEqual({ requests: 40, promptTokens: 280, completionTokens: 120 });
});

test("shares out tokens so that their sum is exact and longer texts get no fewer", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.array(fc.string(), { minLength: 1, maxLength: 20 }), (sum, texts) => {
      const counts = share(sum, texts);
      expect(counts.reduce((a, b) => a + b, 0)).toBe(sum);
      const byLength = texts.map((text, place) => [text.length, counts[place]!] as const);
      for (const [length, count] of byLength) {
        for (const [other, fewer] of byLength)
          if (other < length) expect(fewer).toBeLessThanOrEqual(count + 1);
      }
    }),
  );
});
