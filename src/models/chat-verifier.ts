// A verifier without training: a chat model is asked whether an answer is right, and the odds of its yes are the score.
// For models that only hosted servers have, and as the starting point that a trained verifier must beat.
import { WorkError } from "../core/errors.ts";
import type { Message } from "../core/problem.ts";
import type { VerifierClient } from "./classify.ts";
import type { Usage } from "./openai.ts";
import { type ConnectionOptions, connect, excerpt, type ModelServer } from "./server.ts";
import { sharingRequests } from "./sharing.ts";

interface Alternative {
  token?: unknown;
  logprob?: unknown;
}

interface Answer {
  choices?: { logprobs?: { content?: { top_logprobs?: Alternative[] }[] | null } | null }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
}

/** The most alternatives that hosted servers give. */
const alternatives = 20;

const question =
  "Would the program in this answer pass every test of the problem, hidden ones included? Answer with one word, Yes or No.";

/**
 * Scores are log p(yes) − log p(no) of the first token, words of any case and spacing counted together, and so logits as
 * a trained verifier's. Where the server lists one of the two alone, the other counts as likely as the least likely listed
 * one; where it lists neither, the score is 0.
 *
 * @throws WorkError where the server gives no log-probabilities
 */
export function chatVerifier(server: ModelServer, options?: ConnectionOptions): VerifierClient {
  const connection = connect(server, options);
  const total: Usage = { requests: 0, promptTokens: 0, completionTokens: 0 };

  async function ask(input: readonly Message[]): Promise<number> {
    const answer = (await connection.post("/v1/chat/completions", {
      model: server.model,
      messages: [{ role: "user", content: questionOf(input) }],
      max_tokens: 1,
      temperature: 0,
      logprobs: true,
      top_logprobs: alternatives,
    })) as Answer;
    const score = readOdds(answer);
    total.requests++;
    const { prompt_tokens: prompt, completion_tokens: completion } = answer.usage ?? {};
    if (typeof prompt === "number") total.promptTokens += prompt;
    if (typeof completion === "number") total.completionTokens += completion;
    return score;
  }

  return { score: sharingRequests(ask), usage: () => ({ ...total }), close: () => connection.close() };
}

/** Problem and answer as they are, so that a problem's own words don't read as an instruction to the verifier. */
function questionOf(input: readonly Message[]): string {
  const text = (role: Message["role"]) =>
    input.flatMap((message) => (message.role === role ? [message.content] : [])).join("\n\n");
  return `Problem:\n\n${text("user")}\n\nAnswer:\n\n${text("assistant")}\n\n${question}`;
}

function readOdds(answer: Answer): number {
  const listed = answer?.choices?.[0]?.logprobs?.content?.[0]?.top_logprobs;
  const known = Array.isArray(listed) ? listed.filter(isAlternative) : [];
  if (known.length === 0)
    throw new WorkError(
      `chat completions: a chat verifier needs "logprobs" with "top_logprobs", which this server does not give; the answer was ${excerpt(JSON.stringify(answer) ?? "")}`,
    );
  const least = Math.min(...known.map(({ logprob }) => logprob));
  const mass = (word: string) =>
    known.reduce((sum, { token, logprob }) => sum + (wordOf(token) === word ? Math.exp(logprob) : 0), 0);
  const [yes, no] = [mass("yes"), mass("no")];
  if (yes === 0 && no === 0) return 0;
  return Math.log(yes || Math.exp(least)) - Math.log(no || Math.exp(least));
}

const isAlternative = (one: Alternative): one is { token: string; logprob: number } =>
  typeof one?.token === "string" && typeof one.logprob === "number" && Number.isFinite(one.logprob);

const wordOf = (token: string) => token.replace(/[^\p{L}]/gu, "").toLowerCase();
