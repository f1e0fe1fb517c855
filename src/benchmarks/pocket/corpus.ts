// What the base model reads: tasks with programs of a writer who errs honestly. It takes some words wrongly
// more often than not, cannot know a drawn meaning, forgets guards, slips in syntax and names, and mends only
// some of it after feedback. Held-out compositions never occur.
import { feedbackText } from "../../core/feedback.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Message } from "../../core/problem.ts";
import { deriveSeed, drawIndex, randomStream } from "../../core/seed.ts";
import type { Word } from "./families.ts";
import { drawPublicExample, type Example, promptText } from "./problems.ts";
import { answer, writeProgram } from "./program.ts";
import { literal, PythonError } from "./python.ts";
import { type Slipped, slipOfName, slipOfSyntax } from "./slips.ts";
import {
  compositionName,
  drawComposition,
  drawTask,
  heldOut,
  itemsOf,
  type Place,
  places,
  type Reading,
  read,
  readingCount,
  type Task,
} from "./task.ts";

type Random = () => number;

/** The writer's habits, as probabilities. */
export const habits = {
  /** A conversation of up to three turns rather than one answer. */
  dialogue: 0.6,
  syntaxSlip: 0.045,
  nameSlip: 0.03,
  /** Of a wrong reading, in the turn after it failed. */
  mend: 0.7,
  /** Of a deep misconception: a word that is read rightly in under a tenth of the answers. */
  mendDeep: 0.6,
  /** Of a blind spot: a word that is read rightly in under a hundredth. */
  mendBlind: 0.01,
  /** Of a slip, once the error is reported. */
  mendSlip: 0.9,
};

function drawnReading(task: Task, place: Place, random: Random): number {
  const word = task.composition[place];
  const count = readingCount(task, place);
  const right = task.right[place];
  if (word === null || count === 1 || random() < word.right) return right;
  const other = drawIndex(random, count - 1);
  return other < right ? other : other + 1;
}

function firstReading(task: Task, random: Random): Reading {
  return Object.fromEntries(places.map((place) => [place, drawnReading(task, place, random)])) as Record<
    Place,
    number
  >;
}

/** How often a wrong reading is mended once it has failed. */
function mending({ right }: Pick<Word, "right">): number {
  return right < 0.01 ? habits.mendBlind : right < 0.1 ? habits.mendDeep : habits.mend;
}

/** After a failure each wrong reading is mended, or taken anew. */
function nextReading(task: Task, before: Reading, random: Random): Reading {
  const next = (place: Place) => {
    const word = task.composition[place];
    if (word === null || before[place] === task.right[place]) return before[place];
    return random() < mending(word) ? task.right[place] : drawnReading(task, place, random);
  };
  return Object.fromEntries(places.map((place) => [place, next(place)])) as Record<Place, number>;
}

interface Attempt {
  reading: Reading;
  program: string;
  slip: Slipped | null;
}

function write(task: Task, reading: Reading, random: Random, careful: boolean): Attempt {
  const program = writeProgram(task, read(task, reading), random);
  const kind = careful ? 1 : random();
  const slip =
    kind < habits.syntaxSlip
      ? slipOfSyntax(program, random)
      : kind < habits.syntaxSlip + habits.nameSlip
        ? slipOfName(program)
        : null;
  return { reading, program: slip?.program ?? program, slip };
}

function outcomeOf(task: Task, attempt: Attempt, example: Example): Outcome {
  const failed = (
    verdict: Outcome["verdict"],
    failure: Omit<NonNullable<Outcome["failure"]>, "test">,
  ): Outcome => ({
    verdict,
    passed: 0,
    total: 1,
    failure: { test: 0, input: example.call, ...failure },
  });
  const { slip } = attempt;
  if (slip?.line !== undefined) return failed("unparsable", { error: slip.error, line: slip.line });
  try {
    const meant = read(task, attempt.reading);
    const items = itemsOf(meant, example.args);
    if (slip !== null) return failed("exception", { error: slip.error });
    const actual = literal(meant.result.run(items));
    if (actual === example.expected) return { verdict: "passed", passed: 1, total: 1 };
    return failed("wrong", { expected: example.expected, actual });
  } catch (error) {
    if (error instanceof PythonError) return failed("exception", { error: error.message });
    throw error;
  }
}

/** One document: a task, and the writer's turns until the public test passes or the turns are up. */
function conversation(task: Task, random: Random): Message[] {
  const example = drawPublicExample(task, new Set(), random);
  const turns = random() < habits.dialogue ? 3 : 1;
  const messages: Message[] = [{ role: "user", content: promptText(task, example) }];
  let attempt = write(task, firstReading(task, random), random, false);
  for (let turn = 1; ; turn++) {
    messages.push({ role: "assistant", content: answer(attempt.program) });
    const outcome = outcomeOf(task, attempt, example);
    if (outcome.verdict === "passed" || turn === turns) return messages;
    messages.push({ role: "user", content: feedbackText(outcome) });
    const mended = attempt.slip !== null && random() < habits.mendSlip;
    const reading = attempt.slip !== null ? attempt.reading : nextReading(task, attempt.reading, random);
    attempt = write(task, reading, random, mended);
  }
}

export interface Document {
  /** The name of the task's composition: for checks, not for the model. */
  composition: string;
  messages: Message[];
}

/** Documents for pretraining, in order; the first `n` do not depend on how many are asked for. */
export function* documents(count: number, seed: number): Generator<Document> {
  for (let index = 0; index < count; index++) {
    const random = randomStream(deriveSeed(seed, "pocket", "document", index));
    let composition = drawComposition(random);
    while (heldOut(composition)) composition = drawComposition(random);
    yield {
      composition: compositionName(composition),
      messages: conversation(drawTask(composition, random), random),
    };
  }
}
