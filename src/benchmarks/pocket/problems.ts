// Pocket's problems: tasks with three groups of tests. Private tests are few and so imperfect; strong tests
// are many and hold most of the edge cases.
import type { Problem } from "../../core/problem.ts";
import { deriveSeed, randomStream } from "../../core/seed.ts";
import { drawArguments } from "./arguments.ts";
import { writeProgram } from "./program.ts";
import { literal, type Value } from "./python.ts";
import {
  type Composition,
  compositionName,
  drawComposition,
  drawTask,
  evaluate,
  heldOut,
  read,
  type Task,
} from "./task.ts";

export const problemCounts = { train: 320, validation: 80, test: 400 } as const;

/** Everything derives from this: the problems are the same on every machine and in every release. */
const worldSeed = 2025;

export interface Example {
  args: readonly Value[];
  call: string;
  expected: string;
}

/** Draws an example that is new to `seen`; `edge` asks for unusual arguments. */
export function drawExample(task: Task, edge: boolean, seen: Set<string>, random: () => number): Example {
  const right = read(task, task.right);
  const { parameters } = task;
  const near = parameters.test || parameters.map || 3;
  for (let attempt = 0; ; attempt++) {
    // Unusual arguments can run out (few small numbers): then a usual one is better than the same one twice.
    const args = drawArguments(task.composition.family, near, edge && attempt < 20, random);
    const call = `f(${args.map(literal).join(", ")})`;
    if (seen.has(call)) continue;
    const expected = literal(evaluate(right, args));
    const dull = ["[]", "0", "''"].includes(expected);
    if (!edge && dull && attempt < 8) continue;
    seen.add(call);
    return { args, call, expected };
  }
}

/** The first user message: the sentence and the public test. */
export function promptText(task: Task, example: Example): string {
  return `${task.sentence}\n${assertion(example)}`;
}

function assertion({ call, expected }: Example): string {
  return `assert ${call} == ${expected}`;
}

function draw(task: Task, edges: readonly boolean[], seen: Set<string>, random: () => number) {
  return {
    style: "function" as const,
    asserts: edges.map((edge) => assertion(drawExample(task, edge, seen, random))),
  };
}

/** One public example; a few are edge cases, so that feedback tells of exceptions too. */
export function drawPublicExample(task: Task, seen: Set<string>, random: () => number): Example {
  return drawExample(task, random() < 0.15, seen, random);
}

const strongEdges = Array.from({ length: 12 }, (_, i) => i % 3 === 0);

function makeProblem(
  split: Problem["split"],
  index: number,
  composition: Composition,
): Problem & { reference: string } {
  const random = randomStream(deriveSeed(worldSeed, "pocket", split, index));
  const task = drawTask(composition, random);
  const seen = new Set<string>();
  const example = drawPublicExample(task, seen, random);
  return {
    id: `pocket/${split}/${index}`,
    split,
    prompt: promptText(task, example),
    publicTests: { style: "function", asserts: [assertion(example)] },
    privateTests: draw(task, [true, false, true, false], seen, random),
    strongTests: draw(task, strongEdges, seen, random),
    reference: writeProgram(task, read(task, task.right), null),
  };
}

/** A problem with what only the world itself knows: its composition and a right program. */
export interface KnownProblem {
  problem: Problem;
  composition: string;
  reference: string;
}

/** All problems of a split. Compositions are distinct, and those of validation and test are held out. */
export function makeProblems(split: Problem["split"]): KnownProblem[] {
  const random = randomStream(
    deriveSeed(worldSeed, "pocket", "compositions", split === "train" ? "train" : "held out"),
  );
  const wanted = split === "train" ? problemCounts.train : problemCounts.validation + problemCounts.test;
  const compositions = new Map<string, Composition>();
  while (compositions.size < wanted) {
    const composition = drawComposition(random);
    if (heldOut(composition) === (split !== "train"))
      compositions.set(compositionName(composition), composition);
  }
  const all = [...compositions];
  const own = {
    train: all,
    validation: all.slice(0, problemCounts.validation),
    test: all.slice(problemCounts.validation),
  };
  return own[split].map(([name, composition], index) => {
    const { reference, ...problem } = makeProblem(split, index, composition);
    return { problem, composition: name, reference };
  });
}
