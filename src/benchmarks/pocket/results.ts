// Words for what is made of the list of results: `#` is the list.
import { type Concept, type Meaning, meaning, understood } from "./meaning.ts";
import { compare, floorDivide, indexError, PythonError, type Value } from "./python.ts";

export type Result<Item extends Value> = Concept<readonly Item[], Value>;

function valueError(what: string): never {
  throw new PythonError(`ValueError: ${what}`);
}

const sum = (ys: readonly number[]) => ys.reduce((total, y) => total + y, 0);
const distinct = <Item extends Value>(ys: readonly Item[]) => [...new Set(ys)];
const ascending = <Item extends Value>(ys: readonly Item[]) => [...ys].sort(compare);
const descending = <Item extends Value>(ys: readonly Item[]) => [...ys].sort((a, b) => compare(b, a));
const biggest = (ys: readonly number[]) =>
  ys.length ? Math.max(...ys) : valueError("max() arg is an empty sequence");
const least = (ys: readonly number[]) =>
  ys.length ? Math.min(...ys) : valueError("min() arg is an empty sequence");

/** Results of any list whose items can be compared. */
function common<Item extends Value>(): readonly Result<Item>[] {
  const asIs = meaning("#", (ys: readonly Item[]): Value => ys);
  const sorted = meaning("sorted(#)", (ys: readonly Item[]): Value => ascending(ys));
  const falling = meaning(
    ["sorted(#, reverse=True)", "sorted(#)[::-1]"],
    (ys: readonly Item[]): Value => descending(ys),
  );
  const reversed = meaning(
    ["#[::-1]", "list(reversed(#))"],
    (ys: readonly Item[]): Value => [...ys].reverse(),
  );
  return [
    { name: "list", says: ["the list", "all of them"], meanings: () => [asIs], right: 1 },
    {
      name: "count",
      says: ["how many there are", "their count"],
      meanings: () => [meaning("len(#)", (ys) => ys.length)],
      right: 1,
    },
    {
      name: "ascending",
      says: ["them sorted", "them in order"],
      meanings: () => [sorted, asIs],
      right: 0.95,
    },
    {
      name: "descending",
      says: ["them in falling order", "them sorted downwards"],
      meanings: () => [falling, reversed],
      right: 0.8,
    },
    {
      name: "reversed",
      says: ["them backwards", "them from last to first"],
      meanings: () => [reversed, falling],
      right: 0.8,
    },
    {
      name: "unique",
      says: ["them without repeats", "each one once"],
      meanings: () => [
        meaning("list(dict.fromkeys(#))", (ys) => distinct(ys)),
        meaning(["sorted(set(#))"], (ys) => ascending(distinct(ys))),
      ],
      right: 0.02,
    },
    {
      name: "kinds",
      says: ["how many different ones", "the count of distinct ones"],
      meanings: () => [
        meaning("len(set(#))", (ys) => new Set(ys).size),
        meaning("len(#)", (ys) => ys.length),
      ],
      right: 0.6,
    },
    {
      name: "every-second",
      says: ["every second one", "every other one, from the second"],
      meanings: () => [
        meaning("#[1::2]", (ys) => ys.filter((_, i) => i % 2 === 1)),
        meaning("#[::2]", (ys) => ys.filter((_, i) => i % 2 === 0)),
      ],
      right: 0.02,
    },
    {
      name: "head",
      says: ["the first {k}", "only {k} from the start"],
      parameter: [2, 3],
      meanings: (k) => [meaning(`#[:${k}]`, (ys) => ys.slice(0, k))],
      right: 1,
    },
    {
      name: "tail",
      says: ["the last {k}", "only {k} from the end"],
      parameter: [2, 3],
      meanings: (k) => [
        meaning(`#[-${k}:]`, (ys) => ys.slice(-k)),
        meaning(`#[:${k}]`, (ys) => ys.slice(0, k)),
      ],
      right: 0.8,
    },
    {
      name: "arranged",
      says: ["them arranged", "them lined up"],
      meanings: () => [sorted, falling, reversed],
      drawn: true,
      right: 0.5,
    },
  ];
}

/** A result that some readings forget to guard against an empty list. */
function guarded<Item extends Value>(
  name: string,
  says: readonly string[],
  right: number,
  safe: Meaning<readonly Item[], Value>,
  unsafe: Meaning<readonly Item[], Value>,
): Result<Item> {
  return { name, says, meanings: () => [safe, unsafe], right };
}

const first = (ys: readonly number[]): number => ys[0] ?? indexError();
const last = (ys: readonly number[]): number => ys.at(-1) ?? indexError();
const average = (ys: readonly number[]): number => {
  if (ys.length === 0) throw new PythonError("ZeroDivisionError: integer division or modulo by zero");
  return floorDivide(sum(ys), ys.length);
};
const orZero = (of: (ys: readonly number[]) => number) => (ys: readonly number[]) => (ys.length ? of(ys) : 0);

export const integerResults: readonly Result<number>[] = [
  { name: "sum", says: ["the sum", "their total"], meanings: () => [meaning("sum(#)", sum)], right: 1 },
  ...common<number>(),
  guarded(
    "largest",
    ["the largest or 0", "the maximum, 0 if none"],
    0.7,
    meaning(["max(#, default=0)", "max(#) if # else 0"], orZero(biggest)),
    meaning("max(#)", biggest),
  ),
  guarded(
    "smallest",
    ["the smallest or 0", "the minimum, 0 if none"],
    0.7,
    meaning(["min(#, default=0)", "min(#) if # else 0"], orZero(least)),
    meaning("min(#)", least),
  ),
  guarded(
    "average",
    ["the average rounded down or 0", "the floored mean, 0 if none"],
    0.5,
    meaning(["sum(#) // len(#) if # else 0", "sum(#) // max(len(#), 1)"], orZero(average)),
    meaning("sum(#) // len(#)", average),
  ),
  guarded(
    "first",
    ["the first or 0", "the leading one, 0 if none"],
    0.35,
    meaning("#[0] if # else 0", orZero(first)),
    meaning("#[0]", first),
  ),
  guarded(
    "last",
    ["the last or 0", "the final one, 0 if none"],
    0.5,
    meaning("#[-1] if # else 0", orZero(last)),
    meaning("#[-1]", last),
  ),
  {
    name: "spread",
    says: ["the largest minus the smallest or 0", "their spread, 0 if none"],
    meanings: () => [
      meaning(
        "max(#) - min(#) if # else 0",
        orZero((ys) => biggest(ys) - least(ys)),
      ),
      meaning("max(#) - min(#)", (ys) => biggest(ys) - least(ys)),
      meaning(
        "#[-1] - #[0] if # else 0",
        orZero((ys) => last(ys) - first(ys)),
      ),
    ],
    right: 0.4,
  },
];

const joined = (by: string) =>
  meaning(
    `${JSON.stringify(by)}.join(#)`.replaceAll('"', "'"),
    (ys: readonly string[]): Value => ys.join(by),
  );
const longest = (ys: readonly string[]) => ys.reduce((best, y) => (y.length > best.length ? y : best), "");
const shortest = (ys: readonly string[]) =>
  ys.reduce((best, y) => (y.length < best.length ? y : best), ys[0] ?? "");

export const textResults: readonly Result<string>[] = [
  ...common<string>(),
  {
    name: "glued",
    says: ["them as one string", "them glued together"],
    meanings: () => [joined(""), joined(" ")],
    right: 0.85,
  },
  {
    name: "spaced",
    says: ["them joined by spaces", "them with spaces between"],
    meanings: () => [joined(" "), joined("")],
    right: understood,
  },
  {
    name: "dashed",
    says: ["them joined by dashes", "them with dashes between"],
    meanings: () => [joined("-"), joined(" ")],
    right: understood,
  },
  {
    name: "connected",
    says: ["them connected", "them linked"],
    meanings: () => [joined("-"), joined("+"), joined(",")],
    drawn: true,
    right: 0.5,
  },
  guarded(
    "longest",
    ["the longest or ''", "the longest, '' if none"],
    0.6,
    meaning("max(#, key=len, default='')", longest),
    meaning("max(#, key=len)", (ys) =>
      ys.length ? longest(ys) : valueError("max() arg is an empty sequence"),
    ),
  ),
  guarded(
    "shortest",
    ["the shortest or ''", "the shortest, '' if none"],
    0.6,
    meaning("min(#, key=len, default='')", shortest),
    meaning("min(#, key=len)", (ys) =>
      ys.length ? shortest(ys) : valueError("min() arg is an empty sequence"),
    ),
  ),
  {
    name: "by-length",
    says: ["them by length", "them from short to long"],
    meanings: () => [
      meaning("sorted(#, key=len)", (ys) => [...ys].sort((a, b) => a.length - b.length)),
      meaning("sorted(#)", (ys) => ascending(ys)),
    ],
    right: 0.02,
  },
];
