// Words about integers: which are kept, what becomes of each. Shared by lists, digits, values and ranges.
import { type Concept, meaning, understood } from "./meaning.ts";
import { floorDivide, modulo } from "./python.ts";

export type IntegerTest = Concept<number, boolean>;
export type IntegerMap = Concept<number, number>;

const even = meaning(["# % 2 == 0", "not # % 2"], (x: number) => modulo(x, 2) === 0);
const odd = meaning(["# % 2 == 1", "# % 2"], (x: number) => modulo(x, 2) === 1);
const above = (k: number) => meaning(`# > ${k}`, (x: number) => x > k);
const atLeast = (k: number) => meaning(`# >= ${k}`, (x: number) => x >= k);
const below = (k: number) => meaning(`# < ${k}`, (x: number) => x < k);
const atMost = (k: number) => meaning(`# <= ${k}`, (x: number) => x <= k);

/** Each phrase completes "those …" and follows a plural noun. */
export const integerTests: readonly IntegerTest[] = [
  { name: "even", says: ["that are even", "divisible by 2"], meanings: () => [even, odd], right: understood },
  {
    name: "odd",
    says: ["that are odd", "not divisible by 2"],
    meanings: () => [odd, even],
    right: understood,
  },
  {
    name: "above",
    says: ["above {k}", "greater than {k}"],
    parameter: [2, 7],
    meanings: (k) => [above(k), atLeast(k)],
    right: 0.95,
  },
  {
    name: "below",
    says: ["below {k}", "less than {k}"],
    parameter: [3, 8],
    meanings: (k) => [below(k), atMost(k)],
    right: 0.95,
  },
  {
    name: "at-least",
    says: ["of at least {k}", "not under {k}"],
    parameter: [2, 7],
    meanings: (k) => [atLeast(k), above(k)],
    right: 0.02,
  },
  {
    name: "at-most",
    says: ["of at most {k}", "not over {k}"],
    parameter: [3, 8],
    meanings: (k) => [atMost(k), below(k)],
    right: 0.02,
  },
  {
    name: "between",
    says: ["from {k} to {m}", "between {k} and {m}"],
    parameter: [1, 4],
    meanings: (k) => [
      meaning(`${k} <= # <= ${k + 4}`, (x) => x >= k && x <= k + 4),
      meaning(`${k} < # < ${k + 4}`, (x) => x > k && x < k + 4),
      meaning(`${k} <= # < ${k + 4}`, (x) => x >= k && x < k + 4),
    ],
    right: 0.5,
  },
  {
    name: "multiple",
    says: ["that are multiples of {k}", "divisible by {k}"],
    parameter: [3, 5],
    meanings: (k) => [
      meaning([`# % ${k} == 0`, `not # % ${k}`], (x) => modulo(x, k) === 0),
      meaning(`# // ${k} == 0`, (x) => floorDivide(x, k) === 0),
    ],
    right: 0.95,
  },
  {
    name: "big",
    says: ["that are big", "that are large"],
    meanings: () => [above(2), above(4), above(6)],
    drawn: true,
    right: 0.5,
  },
  {
    name: "special",
    says: ["that are special", "that are marked"],
    meanings: () => [even, odd, below(5)],
    drawn: true,
    right: 0.5,
  },
];

/** Tests that need negative numbers to mean something. */
export const signedTests: readonly IntegerTest[] = [
  {
    name: "positive",
    says: ["that are positive", "on the plus side"],
    meanings: () => [above(0), atLeast(0)],
    right: 0.9,
  },
  {
    name: "negative",
    says: ["that are negative", "on the minus side"],
    meanings: () => [below(0), atMost(0)],
    right: 0.9,
  },
  {
    name: "one-digit",
    says: ["with one digit", "of a single digit"],
    meanings: () => [
      meaning(["abs(#) < 10", "-10 < # < 10"], (x) => Math.abs(x) < 10),
      meaning("# < 10", (x) => x < 10),
      meaning("0 <= # < 10", (x) => x >= 0 && x < 10),
    ],
    right: 0.02,
  },
  {
    name: "far",
    says: ["more than {k} from zero", "further than {k} from 0"],
    parameter: [2, 6],
    meanings: (k) => [meaning(`abs(#) > ${k}`, (x) => Math.abs(x) > k), above(k)],
    right: 0.02,
  },
  {
    name: "not-zero",
    says: ["that are not zero", "other than 0"],
    meanings: () => [meaning(["# != 0", "#"], (x) => x !== 0), above(0)],
    right: 0.02,
  },
];

const minus = (k: number) => meaning(`# - ${k}`, (x: number) => x - k);
const capped = (k: number) => meaning([`min(#, ${k})`, `min(${k}, #)`], (x: number) => Math.min(x, k));
const raised = (k: number) => meaning([`max(#, ${k})`, `max(${k}, #)`], (x: number) => Math.max(x, k));

/** Each phrase is an imperative with "each" as its object. */
export const integerMaps: readonly IntegerMap[] = [
  {
    name: "double",
    says: ["double each", "multiply each by 2"],
    meanings: () => [meaning(["# * 2", "2 * #", "# + #"], (x) => x * 2)],
    right: 1,
  },
  {
    name: "square",
    says: ["square each", "multiply each by itself"],
    meanings: () => [meaning(["# * #", "# ** 2"], (x) => x * x), meaning("# * 2", (x) => x * 2)],
    right: 0.95,
  },
  {
    name: "add",
    says: ["add {k} to each", "increase each by {k}"],
    parameter: [1, 9],
    meanings: (k) => [meaning([`# + ${k}`, `${k} + #`], (x) => x + k)],
    right: 1,
  },
  {
    name: "subtract",
    says: ["subtract {k} from each", "decrease each by {k}"],
    parameter: [1, 9],
    meanings: (k) => [minus(k), meaning(`${k} - #`, (x) => k - x)],
    right: 0.95,
  },
  {
    name: "subtract-from",
    says: ["subtract each from {k}", "take each away from {k}"],
    parameter: [1, 9],
    meanings: (k) => [meaning(`${k} - #`, (x) => k - x), minus(k)],
    right: 0.005,
  },
  {
    name: "cap",
    says: ["cap each at {k}", "limit each to {k}"],
    parameter: [3, 7],
    meanings: (k) => [capped(k), raised(k)],
    right: 0.005,
  },
  {
    name: "floor",
    says: ["raise each to at least {k}", "lift each to {k} or more"],
    parameter: [2, 6],
    meanings: (k) => [raised(k), capped(k)],
    right: 0.02,
  },
  {
    name: "remainder",
    says: ["take each modulo {k}", "take the remainder of each by {k}"],
    parameter: [3, 7],
    meanings: (k) => [
      meaning(`# % ${k}`, (x) => modulo(x, k)),
      meaning(`# // ${k}`, (x) => floorDivide(x, k)),
    ],
    right: 0.95,
  },
  {
    name: "shift",
    says: ["shift each", "move each"],
    meanings: () => [1, 2, -1].map((k) => meaning(k > 0 ? `# + ${k}` : `# - ${-k}`, (x: number) => x + k)),
    drawn: true,
    right: 0.5,
  },
  {
    name: "scale",
    says: ["scale each", "stretch each"],
    meanings: () => [2, 3, 10].map((k) => meaning(`# * ${k}`, (x: number) => x * k)),
    drawn: true,
    right: 0.5,
  },
];

/** Maps that need negative numbers to mean something. */
export const signedMaps: readonly IntegerMap[] = [
  {
    name: "halve",
    says: ["halve each toward zero", "cut each in half toward 0"],
    meanings: () => [
      meaning("int(# / 2)", (x) => Math.trunc(x / 2)),
      meaning("# // 2", (x) => floorDivide(x, 2)),
    ],
    right: 0.02,
  },
  {
    name: "last-digit",
    says: ["take the last digit of each", "keep the final digit of each"],
    meanings: () => [
      meaning("abs(#) % 10", (x) => Math.abs(x) % 10),
      meaning("# % 10", (x) => modulo(x, 10)),
    ],
    right: 0.02,
  },
  {
    name: "negate",
    says: ["negate each", "flip the sign of each"],
    meanings: () => [meaning(["-#", "0 - #"], (x) => -x), meaning("abs(#)", (x) => Math.abs(x))],
    right: 0.85,
  },
  {
    name: "size",
    says: ["drop the sign of each", "take the size of each"],
    meanings: () => [meaning("abs(#)", (x) => Math.abs(x)), meaning("-#", (x) => -x)],
    right: 0.75,
  },
];
