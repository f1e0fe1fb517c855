import { expect, test } from "vitest";
import type { Message } from "../core/problem.ts";
import type { Generator } from "../models/model.ts";
import { distinctAttempts } from "./distinct-attempts.ts";

/** A program for each letter; whole messages as they are. */
const asProgram = (text: string) => (text.length === 1 ? `x = "${text}"` : text);

const said = (...answers: string[]): Message[] => [
  { role: "user", content: "x" },
  ...answers.flatMap((content): Message[] => [
    { role: "assistant", content: asProgram(content) },
    { role: "user", content: "feedback" },
  ]),
];

interface Asked {
  n: number;
  temperature: number;
  seed: number;
}

/** Gives these texts in turn, and notes what it was asked. */
function scripted(...texts: string[]): Generator & { asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    async generate(_, n, { temperature }, seed) {
      asked.push({ n, temperature, seed });
      return Array.from({ length: n }, (_, index) => ({
        text: asProgram(texts[index % texts.length]!),
        finish: "stop",
        tokens: { prompt: 1, completion: 1 },
      }));
    },
  };
}

const sampling = { temperature: 0, topP: 1, maxTokens: 9 };
const texts = async (generator: Generator, state: Message[], n: number) =>
  (await generator.generate(state, n, sampling, 7)).map(({ text }) => /^x = "(.)"$/.exec(text)?.[1] ?? text);

test("what is new is left alone, and nothing more is drawn", async () => {
  const fresh = scripted("d");
  const generator = distinctAttempts(scripted("a", "b"), fresh, 0.8);
  expect(await texts(generator, said(), 2)).toEqual(["a", "b"]);
  expect(await texts(generator, said("c"), 2)).toEqual(["a", "b"]);
  expect(fresh.asked).toEqual([]);
});

test("a program that the conversation holds is replaced by draws that it doesn't hold, in their order", async () => {
  const fresh = scripted("a", "d", "b", "e", "f");
  const generator = distinctAttempts(scripted("a", "c", "b"), fresh, 0.8);
  expect(await texts(generator, said("a", "b"), 3)).toEqual(["d", "c", "e"]);
  expect(fresh.asked).toEqual([{ n: 8, temperature: 0.8, seed: expect.any(Number) }]);
  expect(fresh.asked[0]!.seed).not.toBe(7);
});

test("equal programs in other words are the same program", async () => {
  const generator = distinctAttempts(scripted("Now so:\n```python\nx = 1\n```"), scripted("x = 2"), 0.8);
  expect(await texts(generator, said("```python\nx = 1\n```"), 1)).toEqual(["x = 2"]);
});

test("where all draws repeat as well, the repeated one stays", async () => {
  const generator = distinctAttempts(scripted("a"), scripted("a"), 0.8);
  expect(await texts(generator, said("a"), 2)).toEqual(["a", "a"]);
});

test("draws are as warm as the search's own", async () => {
  const fresh = scripted("b");
  const warm = { ...sampling, temperature: 0.3 };
  await distinctAttempts(scripted("a"), fresh, 0.8).generate(said("a"), 1, warm, 7);
  expect(fresh.asked[0]!.temperature).toBe(0.3);
});
