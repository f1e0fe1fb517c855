// The verifier client: the `/classify` route of our engine and of vLLM, without the activation function, so
// that the score is the raw logit R_φ(x, y) of the paper's Eq. 2 and 3.
import { WorkError } from "../core/errors.ts";
import type { Message } from "../core/problem.ts";
import type { Verifier } from "./model.ts";
import type { Usage } from "./openai.ts";
import { type ConnectionOptions, connect, excerpt, type ModelServer } from "./server.ts";
import { sharingRequests } from "./sharing.ts";

export interface VerifierClient extends Verifier {
  usage(): Usage;
  close(): Promise<void>;
}

interface Answer {
  data?: { probs?: unknown[] }[];
  usage?: { prompt_tokens?: unknown } | null;
}

export function classifyVerifier(server: ModelServer, options?: ConnectionOptions): VerifierClient {
  const connection = connect(server, options);
  const total: Usage = { requests: 0, promptTokens: 0, completionTokens: 0 };

  async function ask(messages: readonly Message[]): Promise<number> {
    const body = { model: server.model, messages, use_activation: false };
    const answer = (await connection.post("/classify", body)) as Answer;
    const score = readScore(answer);
    total.requests++;
    const promptTokens = answer.usage?.prompt_tokens;
    if (typeof promptTokens === "number") total.promptTokens += promptTokens;
    return score;
  }

  return { score: sharingRequests(ask), usage: () => ({ ...total }), close: () => connection.close() };
}

function readScore(answer: Answer): number {
  const scores = answer?.data?.length === 1 ? answer.data[0]?.probs : undefined;
  const score = scores?.length === 1 ? scores[0] : undefined;
  if (typeof score === "number" && Number.isFinite(score)) return score;
  const seen = excerpt(JSON.stringify(answer) ?? "");
  throw new WorkError(
    `classify: expected one finite number in data[0].probs (a model with one label), got ${seen}`,
  );
}
