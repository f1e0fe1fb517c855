// The families of tasks. Each says what a function is given, what its items are, and which words apply to them.
import { integerMaps, integerTests, signedMaps, signedTests } from "./integers.ts";
import { type Concept, meaning, understood } from "./meaning.ts";
import { indexError, modulo, PythonError, type Value } from "./python.ts";
import { integerResults, textResults } from "./results.ts";
import { letterTests, textMaps, wordMaps, wordTests } from "./text.ts";

/** Where the items come from: an iterable and, where the iterable gives too many, a condition of its own. */
export interface Source {
  /** Python of the iterable. */
  items: string;
  condition?: string;
  /** The iterable is no list: a view, a range, a string. */
  lazy?: true;
  /** The items of the arguments, in order. */
  run(args: readonly Value[]): readonly unknown[];
}

export interface SourceWord {
  name: string;
  /** Plural noun phrases. */
  says: readonly string[];
  parameter?: readonly [number, number];
  readings(k: number): readonly Source[];
  right: number;
}

/** A word in one place of a composition, with the types erased: places of one family fit by construction. */
export type Word = Concept<unknown, unknown>;

export interface Family {
  name: string;
  /** Parameters of `f`, in order. */
  parameters: readonly string[];
  /** Loop target, and how an item test or map names the item. */
  target: string;
  sources: readonly SourceWord[];
  tests: readonly Word[];
  maps: readonly { word: Word; gives: "integer" | "text" }[];
  /** What the items are when no map applies; null where a map is required. */
  plain: "integer" | "text" | null;
  /** Draws arguments: `edge` asks for empty and extreme ones, `k` is a number to be near of. */
  draw: "list" | "words" | "letters" | "dict" | "lookup" | "rows" | "number" | "up-to";
}

const word = <In, Out>(concept: Concept<In, Out>): Word => concept as Word;
const words = <In, Out>(concepts: readonly Concept<In, Out>[]): Word[] => concepts.map(word);
const giving = <In, Out>(gives: "integer" | "text", concepts: readonly Concept<In, Out>[]) =>
  concepts.map((concept) => ({ word: word(concept), gives }));

/** Lets a word about one part of an item speak of the whole item, naming the part in Python. */
function about<Whole, Part, Out>(
  concept: Concept<Part, Out>,
  of: (item: Whole) => Part,
  name: string,
  say: (phrase: string) => string,
): Concept<Whole, Out> {
  return {
    ...concept,
    name: `${name}-${concept.name}`,
    says: concept.says.map(say),
    meanings: (k) =>
      concept.meanings(k).map((reading) => ({
        code: reading.code.map((code) => code.replaceAll("#", name)),
        run: (item: Whole) => reading.run(of(item)),
      })),
  };
}

type Numbers = readonly number[];
const list = (args: readonly Value[]) => args[0] as Numbers;

const whole: SourceWord = {
  name: "all",
  says: ["the numbers in xs", "the items of xs"],
  readings: () => [{ items: "xs", run: list }],
  right: 1,
};

const listSources: readonly SourceWord[] = [
  whole,
  {
    name: "head",
    says: ["the first {k} numbers in xs", "the leading {k} items of xs"],
    parameter: [2, 4],
    readings: (k) => [{ items: `xs[:${k}]`, run: (args) => list(args).slice(0, k) }],
    right: 1,
  },
  {
    name: "rest",
    says: ["the numbers in xs after the first", "the items of xs but the first"],
    readings: () => [
      { items: "xs[1:]", run: (args) => list(args).slice(1) },
      { items: "xs[:-1]", run: (args) => list(args).slice(0, -1) },
    ],
    right: 0.85,
  },
  {
    name: "alternate",
    says: ["every second number in xs", "every other item of xs from the second"],
    readings: () => [
      { items: "xs[1::2]", run: (args) => list(args).filter((_, i) => i % 2 === 1) },
      { items: "xs[::2]", run: (args) => list(args).filter((_, i) => i % 2 === 0) },
    ],
    right: 0.02,
  },
];

const textOf = (args: readonly Value[]) => args[0] as string;
const splitWords = (args: readonly Value[]) =>
  textOf(args)
    .split(" ")
    .filter((w) => w !== "");

type Entry = readonly [key: string, value: number];
const keyOf = (entry: Entry) => entry[0];
const amountOf = (entry: Entry) => entry[1];

type Wanted = { key: string; table: { readonly [key: string]: number } };
const found = (item: Wanted) => Object.hasOwn(item.table, item.key);
const keyError = (key: string): never => {
  throw new PythonError(`KeyError: '${key}'`);
};
const lookedUp = (fallback: number) =>
  meaning(`d.get(k, ${fallback})`, (item: Wanted) => (found(item) ? item.table[item.key]! : fallback));
const trusted = meaning("d[k]", (item: Wanted) => (found(item) ? item.table[item.key]! : keyError(item.key)));

const rowSum = (row: Numbers) => row.reduce((total, x) => total + x, 0);
const number = (args: readonly Value[]) => args[0] as number;
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

const rowTests: readonly Concept<Numbers, boolean>[] = [
  {
    name: "filled",
    says: ["that are not empty", "with any numbers"],
    meanings: () => [meaning(["r", "len(r) > 0"], (r) => r.length > 0)],
    right: 1,
  },
  {
    name: "longer",
    says: ["longer than {k}", "with more than {k} numbers"],
    parameter: [1, 2],
    meanings: (k) => [
      meaning(`len(r) > ${k}`, (r) => r.length > k),
      meaning(`len(r) >= ${k}`, (r) => r.length >= k),
    ],
    right: 0.85,
  },
  {
    name: "heavy",
    says: ["with a sum of at least {k}", "that add up to {k} or more"],
    parameter: [3, 7],
    meanings: (k) => [
      meaning(`sum(r) >= ${k}`, (r) => rowSum(r) >= k),
      meaning(`sum(r) > ${k}`, (r) => rowSum(r) > k),
    ],
    right: 0.02,
  },
  {
    name: "zero",
    says: ["that contain 0", "with a zero"],
    meanings: () => [meaning("0 in r", (r) => r.includes(0)), meaning("0 not in r", (r) => !r.includes(0))],
    right: understood,
  },
  {
    name: "even-start",
    says: ["that start with an even number", "whose first number is even"],
    meanings: () => [
      meaning("r and r[0] % 2 == 0", (r) => r.length > 0 && modulo(r[0]!, 2) === 0),
      meaning("r[0] % 2 == 0", (r) => modulo(r[0] ?? indexError(), 2) === 0),
    ],
    right: 0.02,
  },
];

const rowMaps: readonly Concept<Numbers, number>[] = [
  { name: "sum", says: ["sum each", "add up each"], meanings: () => [meaning("sum(r)", rowSum)], right: 1 },
  {
    name: "length",
    says: ["measure each", "take the length of each"],
    meanings: () => [meaning("len(r)", (r) => r.length)],
    right: 1,
  },
  {
    name: "largest",
    says: ["take the largest of each or 0", "take the maximum of each, 0 if empty"],
    meanings: () => [
      meaning(["max(r, default=0)", "max(r) if r else 0"], (r) => (r.length ? Math.max(...r) : 0)),
      meaning("max(r)", (r) => {
        if (r.length === 0) throw new PythonError("ValueError: max() arg is an empty sequence");
        return Math.max(...r);
      }),
    ],
    right: 0.5,
  },
  {
    name: "first",
    says: ["take the first of each or 0", "take the head of each, 0 if empty"],
    meanings: () => [
      meaning("r[0] if r else 0", (r) => r[0] ?? 0),
      meaning("r[0]", (r) => r[0] ?? indexError()),
    ],
    right: 0.02,
  },
  {
    name: "last",
    says: ["take the last of each or 0", "take the end of each, 0 if empty"],
    meanings: () => [
      meaning("r[-1] if r else 0", (r) => r.at(-1) ?? 0),
      meaning("r[-1]", (r) => r.at(-1) ?? indexError()),
    ],
    right: 0.02,
  },
];

/** Some of many: enough for variety, few enough to be learned. */
function only<Item extends { name: string }>(concepts: readonly Item[], names: readonly string[]): Item[] {
  return concepts.filter(({ name }) => names.includes(name));
}

const valueTests = [...integerTests, ...signedTests];
const valueMaps = [...integerMaps, ...signedMaps];
const keyMaps = [...textMaps, ...wordMaps];
const onlyNumbers = integerMaps.filter((concept) => concept.name !== "scale");

export const families: readonly Family[] = [
  {
    name: "list",
    parameters: ["xs"],
    target: "x",
    sources: listSources,
    tests: words(valueTests),
    maps: giving("integer", valueMaps),
    plain: "integer",
    draw: "list",
  },
  {
    name: "words",
    parameters: ["s"],
    target: "w",
    sources: [
      {
        name: "words",
        says: ["the words of s", "the words in s"],
        readings: () => [{ items: "s.split()", run: splitWords }],
        right: 1,
      },
    ],
    tests: words(wordTests),
    maps: [
      ...giving("text", keyMaps),
      ...giving("integer", [
        {
          name: "length",
          says: ["measure each", "take the length of each"],
          meanings: () => [meaning("len(#)", (w: string) => w.length)],
          right: 1,
        },
      ]),
    ],
    plain: "text",
    draw: "words",
  },
  {
    name: "letters",
    parameters: ["s"],
    target: "c",
    sources: [
      {
        name: "letters",
        says: ["the characters of s", "the characters in s"],
        readings: () => [{ items: "s", lazy: true, run: (args) => [...textOf(args)] }],
        right: 1,
      },
    ],
    tests: words(letterTests),
    maps: giving("text", textMaps),
    plain: "text",
    draw: "letters",
  },
  {
    name: "dict",
    parameters: ["d"],
    target: "k, v",
    sources: [
      {
        name: "entries",
        says: ["the entries of d", "the pairs in d"],
        readings: () => [
          {
            items: "d.items()",
            lazy: true,
            run: (args) => Object.entries(args[0] as { [key: string]: number }),
          },
        ],
        right: 1,
      },
    ],
    tests: words([
      ...only(valueTests, ["even", "above", "at-least", "below", "big", "far", "positive"]).map((concept) =>
        about(concept, amountOf, "v", (phrase) => `with values ${phrase}`),
      ),
      ...only(wordTests, ["longer", "vowel-start", "has-a", "capital"]).map((concept) =>
        about(concept, keyOf, "k", (phrase) => `with keys ${phrase}`),
      ),
    ]),
    maps: [
      ...giving("text", [
        {
          name: "key",
          says: ["take each key", "keep each key"],
          meanings: () => [meaning("k", keyOf)],
          right: 1,
        },
      ]),
      ...giving("integer", [
        {
          name: "value",
          says: ["take each value", "keep each value"],
          meanings: () => [meaning("v", amountOf)],
          right: 1,
        },
      ]),
      ...giving(
        "integer",
        only(valueMaps, ["double", "add", "subtract-from", "cap", "floor", "scale", "last-digit"]).map(
          (concept) => about(concept, amountOf, "v", (phrase) => phrase.replace("each", "each value")),
        ),
      ),
      ...giving(
        "text",
        only(keyMaps, ["upper", "twice", "backwards", "initial", "capitalise", "tag"]).map((concept) =>
          about(concept, keyOf, "k", (phrase) => phrase.replace("each", "each key")),
        ),
      ),
    ],
    plain: null,
    draw: "dict",
  },
  {
    name: "lookup",
    parameters: ["d", "ks"],
    target: "k",
    sources: [
      {
        name: "keys",
        says: ["the keys in ks", "the names in ks"],
        readings: () => [
          {
            items: "ks",
            run: ([table, keys]) =>
              (keys as readonly string[]).map((key) => ({ key, table: table as Wanted["table"] })),
          },
        ],
        right: 1,
      },
    ],
    tests: words([
      {
        name: "known",
        says: ["found in d", "that d has"],
        meanings: () => [meaning("k in d", found)],
        right: 1,
      },
      ...only(wordTests, ["longer", "vowel-start", "has-a", "capital", "short"]).map((concept) =>
        about(
          concept,
          (item: Wanted) => item.key,
          "k",
          (phrase) => phrase,
        ),
      ),
    ]),
    maps: giving("integer", [
      {
        name: "value",
        says: ["look each up in d, 0 if missing", "take the value of each in d or 0"],
        meanings: () => [lookedUp(0), trusted],
        right: 0.65,
      },
      {
        name: "value-or-one",
        says: ["look each up in d, 1 if missing", "take the value of each in d or 1"],
        meanings: () => [lookedUp(1), lookedUp(0), trusted],
        right: 0.005,
      },
    ]),
    plain: null,
    draw: "lookup",
  },
  {
    name: "rows",
    parameters: ["rows"],
    target: "r",
    sources: [
      {
        name: "rows",
        says: ["the rows", "the lists in rows"],
        readings: () => [{ items: "rows", run: (args) => args[0] as readonly Numbers[] }],
        right: 1,
      },
    ],
    tests: words(rowTests),
    maps: giving("integer", rowMaps),
    plain: null,
    draw: "rows",
  },
  {
    name: "digits",
    parameters: ["n"],
    target: "x",
    sources: [
      {
        name: "digits",
        says: ["the digits of n", "the decimal digits of n"],
        readings: () => [
          { items: "map(int, str(n))", lazy: true, run: (args) => [...String(number(args))].map(Number) },
        ],
        right: 1,
      },
    ],
    tests: words(integerTests),
    maps: giving("integer", onlyNumbers),
    plain: "integer",
    draw: "number",
  },
  {
    name: "range",
    parameters: ["n"],
    target: "x",
    sources: [
      {
        name: "up-to",
        says: ["the numbers from 1 to n", "the whole numbers 1 to n"],
        readings: () => [
          { items: "range(1, n + 1)", lazy: true, run: (args) => range(1, number(args) + 1) },
          { items: "range(1, n)", lazy: true, run: (args) => range(1, number(args)) },
        ],
        right: 0.7,
      },
      {
        name: "below",
        says: ["the numbers from 0 below n", "the whole numbers under n"],
        readings: () => [
          { items: "range(n)", lazy: true, run: (args) => range(0, number(args)) },
          { items: "range(1, n)", lazy: true, run: (args) => range(1, number(args)) },
        ],
        right: 0.8,
      },
      {
        name: "divisors",
        says: ["the divisors of n", "the numbers that divide n"],
        readings: () => [
          {
            items: "range(1, n + 1)",
            lazy: true,
            condition: "n % x == 0",
            run: (args) => range(1, number(args) + 1).filter((x) => number(args) % x === 0),
          },
          {
            items: "range(1, n)",
            lazy: true,
            condition: "n % x == 0",
            run: (args) => range(1, number(args)).filter((x) => number(args) % x === 0),
          },
        ],
        right: 0.02,
      },
    ],
    tests: words(integerTests),
    maps: giving("integer", onlyNumbers),
    plain: "integer",
    draw: "up-to",
  },
];

export const resultsOf = { integer: words(integerResults), text: words(textResults) };
