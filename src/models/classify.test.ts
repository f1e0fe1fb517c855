// The verifier client: raw scores, one request for identical inputs in flight, and refusal of what is no score.
import { afterEach, expect, test } from "vitest";
import { type Answer, type FixtureServer, sendJson, startServer } from "../../test/fixtures/model-server.ts";
import type { Message } from "../core/problem.ts";
import { classifyVerifier } from "./classify.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function verifierOf(
  answer: Answer,
): Promise<{ server: FixtureServer; verifier: ReturnType<typeof classifyVerifier> }> {
  const server = await startServer(answer);
  const verifier = classifyVerifier(server, { backoffMs: 1, attempts: 3 });
  closing.push(verifier.close, server.close);
  return { server, verifier };
}

const input = (program: string): Message[] => [
  { role: "user", content: "Write f." },
  { role: "assistant", content: program },
];
const scored = (score: unknown) => ({
  data: [{ index: 0, probs: [score], num_classes: 1 }],
  usage: { prompt_tokens: 5 },
});

test("asks for the raw score of the whole dialogue", async () => {
  const { server, verifier } = await verifierOf((response) => sendJson(response, scored(-3.25)));
  await expect(verifier.score(input("a"))).resolves.toBe(-3.25);
  expect(server.paths).toEqual(["/classify"]);
  expect(server.requests[0]).toEqual({ model: "fixture", messages: input("a"), use_activation: false });
  expect(verifier.usage()).toEqual({ requests: 1, promptTokens: 5, completionTokens: 0 });
});

test("shares one request between identical inputs in flight, and asks again later", async () => {
  const { server, verifier } = await verifierOf((response) =>
    setTimeout(() => sendJson(response, scored(1)), 5),
  );
  const scores = await Promise.all(["a", "b", "a", "a"].map((program) => verifier.score(input(program))));
  expect(scores).toEqual([1, 1, 1, 1]);
  expect(server.requests).toHaveLength(2);
  await verifier.score(input("a"));
  expect(server.requests).toHaveLength(3);
});

test("a failure reaches everyone who shared the request, and is not remembered", async () => {
  const { verifier } = await verifierOf((response, _body, arrival) =>
    arrival === 0 ? sendJson(response, { error: { message: "bad" } }, 400) : sendJson(response, scored(2)),
  );
  const both = await Promise.allSettled([verifier.score(input("a")), verifier.score(input("a"))]);
  expect(both.map((one) => one.status)).toEqual(["rejected", "rejected"]);
  await expect(verifier.score(input("a"))).resolves.toBe(2);
});

test.each([
  ["no number", scored(null)],
  ["two labels", { data: [{ probs: [0.1, 0.9] }] }],
  ["no result", { data: [] }],
  ["two results", { data: [{ probs: [1] }, { probs: [1] }] }],
  ["nothing known", { label: "good" }],
  ["null for the whole", null],
  ["null for the list", { data: null }],
  ["null for the result", { data: [null] }],
  ["null for the labels", { data: [{ probs: null }] }],
  ["a text for the score", scored("1")],
])("refuses an answer with %s", async (_name, answer) => {
  const { verifier } = await verifierOf((response) => sendJson(response, answer));
  await expect(verifier.score(input("a"))).rejects.toThrow("classify: expected one finite number");
});

test.each([null, { prompt_tokens: "5" }, { prompt_tokens: null }, "five"])(
  "counts no tokens where usage is %j",
  async (usage) => {
    const { verifier } = await verifierOf((response) => sendJson(response, { ...scored(1), usage }));
    await expect(verifier.score(input("a"))).resolves.toBe(1);
    expect(verifier.usage()).toEqual({ requests: 1, promptTokens: 0, completionTokens: 0 });
  },
);

test("refuses NaN, which is not JSON", async () => {
  const { verifier } = await verifierOf((response) => response.end('{"data": [{"probs": [NaN]}]}'));
  await expect(verifier.score(input("a"))).rejects.toThrow("the answer is not JSON");
});
