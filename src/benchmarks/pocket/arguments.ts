// Draws arguments for `f`. Typical ones are short; edge ones are empty, single, equal, negative or missing:
// where careless programs fail.
import { drawIndex } from "../../core/seed.ts";
import type { Family } from "./families.ts";
import type { Value } from "./python.ts";
import { pick } from "./task.ts";

type Random = () => number;

const vocabulary = [
  "a",
  "I",
  "at",
  "Ed",
  "ox",
  "be",
  "Eve",
  "cat",
  "Dog",
  "ant",
  "OWL",
  "bob",
  "sun",
  "Ada",
  "tree",
  "Ice",
  "noon",
  "Fig",
  "under",
  "Apple",
];
const keys = ["a", "b", "cat", "Dog", "eel", "ox", "Ivy", "noon", "Ape", "fox"];
const characters = ["a", "E", "b", "T", "u", "x", "O", "k", "G", "i", "3", "7", " ", "c"];

function times<Item>(count: number, draw: () => Item): Item[] {
  return Array.from({ length: count }, draw);
}

function between(low: number, high: number, random: Random): number {
  return low + drawIndex(random, high - low + 1);
}

/** An integer that tells readings apart: often at the number `near` of the task or one beside it. */
function integer(near: number, random: Random, edge: boolean): number {
  const kind = random();
  if (kind < (edge ? 0.3 : 0.1)) return near + between(-1, 1, random);
  if (kind < (edge ? 0.45 : 0.15)) return 0;
  if (kind < (edge ? 0.75 : 0.3)) return -between(1, 12, random);
  return kind < 0.9 ? between(1, 9, random) : between(10, 20, random);
}

function integers(near: number, random: Random, edge: boolean): number[] {
  if (edge && random() < 0.3) return [];
  const drawn = times(edge ? between(1, 4, random) : between(3, 4, random), () =>
    integer(near, random, edge),
  );
  return random() < (edge ? 0.4 : 0.15) ? [...drawn, drawn[0]!] : drawn;
}

function table(near: number, random: Random, edge: boolean): { [key: string]: number } {
  if (edge && random() < 0.3) return {};
  return Object.fromEntries(
    times(edge ? between(1, 3, random) : between(2, 3, random), () => [
      pick(keys, random),
      integer(near, random, edge),
    ]),
  );
}

function lookup(near: number, random: Random, edge: boolean): Value[] {
  const d = table(near, random, edge && random() < 0.4);
  const present = Object.keys(d);
  const missing = edge ? 0.5 : 0.12;
  const key = () => (present.length === 0 || random() < missing ? pick(keys, random) : pick(present, random));
  return [d, edge && random() < 0.2 ? [] : times(between(2, 3, random), key)];
}

const draws: Record<Family["draw"], (near: number, random: Random, edge: boolean) => Value[]> = {
  list: (near, random, edge) => [integers(near, random, edge)],
  words: (_, random, edge) => [
    edge && random() < 0.3
      ? ""
      : times(edge ? between(1, 3, random) : between(2, 3, random), () => pick(vocabulary, random)).join(" "),
  ],
  letters: (_, random, edge) => [
    edge && random() < 0.3
      ? ""
      : times(edge ? between(1, 6, random) : between(4, 6, random), () => pick(characters, random)).join(""),
  ],
  dict: (near, random, edge) => [table(near, random, edge)],
  lookup,
  rows: (near, random, edge) => [
    edge && random() < 0.15
      ? []
      : times(between(2, 3, random), () =>
          random() < (edge ? 0.4 : 0.1)
            ? []
            : times(between(1, 3, random), () => integer(near, random, edge)),
        ),
  ],
  number: (_, random, edge) => [
    edge ? pick([0, 10, 33, 100, 505, between(1, 99, random)], random) : between(100, 9999, random),
  ],
  "up-to": (near, random, edge) => [
    edge ? pick([0, 1, 2, near, near + 1, between(0, 9, random)], random) : between(4, 20, random),
  ],
};

/** The arguments of one call, in the order of the family's parameters. */
export function drawArguments(family: Family, near: number, edge: boolean, random: Random): Value[] {
  return draws[family.draw](near, random, edge);
}
