// States as conversations: s_1 is the prompt; each failed turn appends the assistant's message and the
// feedback on it. Append-only, so that a model server's prefix cache stays warm.
import type { Message, Problem } from "./problem.ts";
import type { Turn } from "./rollout.ts";

/** The state before turn `turns.length + 1`: prompt, then (completion, feedback) of every turn so far. */
export function stateAfter(problem: Pick<Problem, "prompt">, turns: readonly Turn[]): Message[] {
  const messages: Message[] = [{ role: "user", content: problem.prompt }];
  for (const turn of turns) {
    messages.push({ role: "assistant", content: turn.completion });
    messages.push({ role: "user", content: turn.feedback ?? "" });
  }
  return messages;
}

/** What the verifier reads: the first prompt and one answer, never the history (paper, section 3.1). */
export function verifierInput(problem: Pick<Problem, "prompt">, completion: string): Message[] {
  return [
    { role: "user", content: problem.prompt },
    { role: "assistant", content: completion },
  ];
}
