// A chat model as a verifier: what it is asked, and how its odds become a score.
import { afterEach, expect, test } from "vitest";
import { type Answer, sendJson, startServer } from "../../test/fixtures/model-server.ts";
import type { Message } from "../core/problem.ts";
import { chatVerifier } from "./chat-verifier.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function verifierOf(answer: Answer) {
  const server = await startServer(answer);
  const verifier = chatVerifier(server, { backoffMs: 1, attempts: 2 });
  closing.push(verifier.close, server.close);
  return { server, verifier };
}

const input = (program: string): Message[] => [
  { role: "user", content: "Write f." },
  { role: "assistant", content: program },
];

const listing = (...listed: [token: string, probability: number][]) => ({
  choices: [
    {
      message: { content: "x" },
      logprobs: {
        content: [
          {
            token: "x",
            top_logprobs: listed.map(([token, probability]) => ({ token, logprob: Math.log(probability) })),
          },
        ],
      },
    },
  ],
  usage: { prompt_tokens: 9, completion_tokens: 1 },
});

test("asks for one word about the problem and the answer, with the odds of all words", async () => {
  const { server, verifier } = await verifierOf((response) =>
    sendJson(response, listing(["Yes", 0.6], ["No", 0.3])),
  );
  await expect(verifier.score(input("f = 1"))).resolves.toBeCloseTo(Math.log(2), 12);
  const { messages, ...rest } = server.requests[0] as { messages: Message[] };
  expect(rest).toEqual({ model: "fixture", max_tokens: 1, temperature: 0, logprobs: true, top_logprobs: 20 });
  expect(messages).toHaveLength(1);
  expect(messages[0]!.content).toMatch(/^Problem:\n\nWrite f\.\n\nAnswer:\n\nf = 1\n\n.*Yes or No\.$/);
  expect(verifier.usage()).toEqual({ requests: 1, promptTokens: 9, completionTokens: 1 });
});

test.each([
  [
    "spellings of a word together",
    [
      ["Yes", 0.3],
      [" yes", 0.1],
      ["YES.", 0.1],
      ["no", 0.25],
    ],
    Math.log(2),
  ],
  [
    "a missing word as the least likely that is listed",
    [
      ["Yes", 0.9],
      ["Maybe", 0.01],
    ],
    Math.log(90),
  ],
  [
    "the other missing word likewise",
    [
      ["No", 0.8],
      ["Maybe", 0.1],
    ],
    -Math.log(8),
  ],
  [
    "neither word as even odds",
    [
      ["Maybe", 0.9],
      ["nope", 0.05],
    ],
    0,
  ],
] as const)("counts %s", async (_name, listed, score) => {
  const { verifier } = await verifierOf((response) =>
    sendJson(
      response,
      listing(...listed.map(([token, probability]) => [token, probability] as [string, number])),
    ),
  );
  await expect(verifier.score(input("a"))).resolves.toBeCloseTo(score, 12);
});

test.each([
  ["no logprobs", { choices: [{ message: { content: "Yes" } }] }],
  ["logprobs that are null", { choices: [{ message: { content: "Yes" }, logprobs: null }] }],
  ["an empty list", listing()],
  [
    "alternatives that are none",
    { choices: [{ logprobs: { content: [{ top_logprobs: [null, { token: 1 }] }] } }] },
  ],
  ["nothing known", { answer: "yes" }],
])("refuses %s, and says what it needs", async (_name, answer) => {
  const { verifier } = await verifierOf((response) => sendJson(response, answer));
  await expect(verifier.score(input("a"))).rejects.toThrow(
    /a chat verifier needs "logprobs" with "top_logprobs"/,
  );
});

test("asks once for equal inputs in flight", async () => {
  const { server, verifier } = await verifierOf((response) =>
    setTimeout(() => sendJson(response, listing(["Yes", 0.5], ["No", 0.5])), 5),
  );
  await Promise.all(["a", "b", "a"].map((program) => verifier.score(input(program))));
  expect(server.requests).toHaveLength(2);
});
