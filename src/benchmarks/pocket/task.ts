// A task: a composition of words, with every free choice (parameters, drawn readings, phrases) made. What it
// asks, what it means, and how a composition decides which split it belongs to.
import { deriveSeed, drawIndex } from "../../core/seed.ts";
import { type Family, families, resultsOf, type Source, type SourceWord, type Word } from "./families.ts";
import type { Meaning } from "./meaning.ts";
import type { Value } from "./python.ts";

export const places = ["source", "test", "map", "result"] as const;
export type Place = (typeof places)[number];

export interface Composition {
  family: Family;
  source: SourceWord;
  test: Word | null;
  map: Word | null;
  result: Word;
}

/** Which reading a program takes of the word in each place: an index into its meanings. */
export type Reading = Readonly<Record<Place, number>>;

export interface Task {
  composition: Composition;
  parameters: Readonly<Record<Place, number>>;
  right: Reading;
  sentence: string;
}

type Random = () => number;

export function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[drawIndex(random, items.length)]!;
}

export function drawComposition(random: Random): Composition {
  const family = pick(families, random);
  const source = random() < 0.55 ? family.sources[0]! : pick(family.sources, random);
  const test = random() < 0.12 ? null : pick(family.tests, random);
  const unmapped = family.plain !== null && random() < (test === null ? 0.1 : 0.3);
  const mapped = unmapped ? null : pick(family.maps, random);
  const gives = mapped === null ? family.plain! : mapped.gives;
  return { family, source, test, map: mapped?.word ?? null, result: pick(resultsOf[gives], random) };
}

/** Names a composition: words without their parameters, so that no split sees another's under a new number. */
export function compositionName({ family, source, test, map, result }: Composition): string {
  return [family.name, source.name, test?.name ?? "-", map?.name ?? "-", result.name].join("/");
}

/** One composition in four is held out: it occurs in validation or test problems only. */
export function heldOut(composition: Composition): boolean {
  return deriveSeed(0, "pocket", "held out", compositionName(composition)) % 4 === 0;
}

type Chosen = Pick<Word, "says" | "parameter">;

function say(word: Chosen, k: number, random: Random): string {
  return pick(word.says, random)
    .replaceAll("{k}", String(k))
    .replaceAll("{m}", String(k + 4));
}

type Phrases = { from: string; kept: string | undefined; each: string | undefined; result: string };

const forms: readonly ((p: Phrases) => string)[] = [
  ({ from, kept, each, result }) =>
    `Take ${from}${kept ? ` ${kept}` : ""}${each ? `, ${each}` : ""} and return ${result}.`,
  ({ from, kept, each, result }) =>
    `Return ${result}: use ${from}${kept ? ` ${kept}` : ""}${each ? `, then ${each}` : ""}.`,
  ({ from, kept, each, result }) =>
    `${kept ? `From ${from} keep those ${kept}` : `Go through ${from}`}${each ? `, ${each}` : ""}, give ${result}.`,
  ({ from, kept, each, result }) =>
    `We have ${from}. ${kept ? `Only those ${kept} count. ` : ""}${each ? `First ${each}. ` : ""}Then give ${result}.`,
];

function readingsAt(composition: Composition, place: Place, k: number): readonly unknown[] {
  const word = composition[place];
  if (word === null) return [null];
  return "readings" in word ? word.readings(k) : word.meanings(k);
}

/** How many ways the word in a place can be read. */
export function readingCount(task: Pick<Task, "composition" | "parameters">, place: Place): number {
  return readingsAt(task.composition, place, task.parameters[place]).length;
}

export function drawTask(composition: Composition, random: Random): Task {
  const parameter = (word: Chosen | null) => {
    if (!word?.parameter) return 0;
    const [low, high] = word.parameter;
    return low + drawIndex(random, high - low + 1);
  };
  const { source, test, map, result } = composition;
  const parameters = {
    source: parameter(source),
    test: parameter(test),
    map: parameter(map),
    result: parameter(result),
  };
  const right = (place: Exclude<Place, "source">) =>
    composition[place]?.drawn ? drawIndex(random, readingCount({ composition, parameters }, place)) : 0;
  const phrases = {
    from: say(source, parameters.source, random),
    kept: test ? say(test, parameters.test, random) : undefined,
    each: map ? say(map, parameters.map, random) : undefined,
    result: say(result, parameters.result, random),
  };
  return {
    composition,
    parameters,
    right: { source: 0, test: right("test"), map: right("map"), result: right("result") },
    sentence: pick(forms, random)(phrases),
  };
}

/** A task as one reading takes it: the parts of a program. */
export interface Read {
  source: Source;
  test: Meaning<unknown, boolean> | null;
  map: Meaning<unknown, Value> | null;
  result: Meaning<readonly Value[], Value>;
}

export function read(task: Task, reading: Reading): Read {
  const at = (place: Place) => readingsAt(task.composition, place, task.parameters[place])[reading[place]];
  return {
    source: at("source") as Read["source"],
    test: at("test") as Read["test"],
    map: at("map") as Read["map"],
    result: at("result") as Read["result"],
  };
}

/** The list that a program of this reading makes of its items. Throws PythonError where it raises. */
export function itemsOf({ source, test, map }: Read, args: readonly Value[]): Value[] {
  const items: Value[] = [];
  for (const item of source.run(args)) {
    if (test === null || test.run(item)) items.push(map === null ? (item as Value) : map.run(item));
  }
  return items;
}

/** What a program of this reading returns. Throws PythonError where it raises. */
export function evaluate(meant: Read, args: readonly Value[]): Value {
  return meant.result.run(itemsOf(meant, args));
}
