import { expect, test } from "vitest";
import type { Message } from "../core/problem.ts";
import { codeOnly } from "./code-only.ts";

test("a verifier of code reads the program of the answer, and the prompt as it is", async () => {
  const read: (readonly Message[])[] = [];
  const verifier = codeOnly({
    async score(input) {
      read.push(input);
      return 3;
    },
  });
  const prompt: Message = { role: "user", content: "Write f.\n```python\nassert f() == 1\n```" };
  const answer = (content: string): Message[] => [prompt, { role: "assistant", content }];
  expect(await verifier.score(answer("So:\n```python\ndef f():\n    return 1\n```\nDone."))).toBe(3);
  await verifier.score(answer("I don't know."));
  expect(read).toEqual([answer("def f():\n    return 1"), answer("")]);
});
