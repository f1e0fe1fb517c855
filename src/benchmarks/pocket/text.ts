// Words about strings: which words or letters are kept, what becomes of each.
import { type Concept, meaning, understood } from "./meaning.ts";
import { PythonError } from "./python.ts";

export type TextTest = Concept<string, boolean>;
export type TextMap = Concept<string, string>;

const vowels = "aeiou";
const longer = (k: number) => meaning(`len(#) > ${k}`, (w: string) => w.length > k);
const longEnough = (k: number) => meaning(`len(#) >= ${k}`, (w: string) => w.length >= k);
const isLetter = (c: string) => /^[A-Za-z]+$/.test(c);
const isUpper = (c: string) => c !== c.toLowerCase();

/** Tests of words. Each phrase completes "those …". */
export const wordTests: readonly TextTest[] = [
  {
    name: "longer",
    says: ["longer than {k}", "of more than {k} letters"],
    parameter: [2, 3],
    meanings: (k) => [longer(k), longEnough(k)],
    right: 0.9,
  },
  {
    name: "long-enough",
    says: ["of at least {k} letters", "not shorter than {k}"],
    parameter: [3, 4],
    meanings: (k) => [longEnough(k), longer(k)],
    right: 0.02,
  },
  {
    name: "even-length",
    says: ["of even length", "with an even number of letters"],
    meanings: () => [
      meaning("len(#) % 2 == 0", (w) => w.length % 2 === 0),
      meaning("len(#) % 2 == 1", (w) => w.length % 2 === 1),
    ],
    right: understood,
  },
  {
    name: "vowel-start",
    says: ["starting with a vowel", "that begin with a vowel"],
    meanings: () => [
      meaning("#[0].lower() in 'aeiou'", (w) => vowels.includes(w[0]!.toLowerCase())),
      meaning("#[0] in 'aeiou'", (w) => vowels.includes(w[0]!)),
    ],
    right: 0.02,
  },
  {
    name: "has-a",
    says: ["that contain an a", "with an a in any case"],
    meanings: () => [
      meaning("'a' in #.lower()", (w) => w.toLowerCase().includes("a")),
      meaning("'a' in #", (w) => w.includes("a")),
    ],
    right: 0.02,
  },
  {
    name: "capital",
    says: ["starting with a capital", "that begin in upper case"],
    meanings: () => [
      meaning("#[0].isupper()", (w) => isUpper(w[0]!)),
      meaning("#.isupper()", (w) => w === w.toUpperCase() && isUpper(w)),
    ],
    right: 0.75,
  },
  {
    name: "mirror",
    says: ["that read the same backwards", "that are palindromes"],
    meanings: () => [
      meaning("# == #[::-1]", (w) => w === [...w].reverse().join("")),
      meaning("#[0] == #[-1]", (w) => w[0] === w.at(-1)),
    ],
    right: 0.5,
  },
  {
    name: "short",
    says: ["that are short", "that are brief"],
    meanings: () => [2, 3, 4].map((k) => meaning(`len(#) < ${k}`, (w: string) => w.length < k)),
    drawn: true,
    right: 0.5,
  },
];

/** Tests of single letters. */
export const letterTests: readonly TextTest[] = [
  {
    name: "vowel",
    says: ["that are vowels", "among the vowels"],
    meanings: () => [
      meaning("#.lower() in 'aeiou'", (c) => vowels.includes(c.toLowerCase())),
      meaning("# in 'aeiou'", (c) => vowels.includes(c)),
    ],
    right: 0.02,
  },
  {
    name: "letter",
    says: ["that are letters", "from the alphabet"],
    meanings: () => [
      meaning("#.isalpha()", isLetter),
      meaning("#.isalnum()", (c) => /^[A-Za-z0-9]$/.test(c)),
    ],
    right: 0.9,
  },
  {
    name: "upper",
    says: ["in upper case", "that are capitals"],
    meanings: () => [meaning("#.isupper()", isUpper)],
    right: 1,
  },
  {
    name: "digit",
    says: ["that are digits", "between 0 and 9"],
    meanings: () => [
      meaning("#.isdigit()", (c) => /^[0-9]$/.test(c)),
      meaning("#.isalnum()", (c) => /^[A-Za-z0-9]$/.test(c)),
    ],
    right: 0.9,
  },
  {
    name: "not-space",
    says: ["that are not spaces", "other than blanks"],
    meanings: () => [meaning("# != ' '", (c) => c !== " "), meaning("#.isalpha()", isLetter)],
    right: 0.7,
  },
  {
    name: "early",
    says: ["early in the alphabet", "from the early letters"],
    meanings: () =>
      ["d", "f", "h"].map((last) => meaning(`#.lower() < '${last}'`, (c: string) => c.toLowerCase() < last)),
    drawn: true,
    right: 0.5,
  },
];

/** Maps that suit words and letters alike. */
export const textMaps: readonly TextMap[] = [
  {
    name: "upper",
    says: ["make each upper case", "turn each into capitals"],
    meanings: () => [meaning("#.upper()", (w) => w.toUpperCase())],
    right: 1,
  },
  {
    name: "lower",
    says: ["make each lower case", "turn each into small letters"],
    meanings: () => [meaning("#.lower()", (w) => w.toLowerCase())],
    right: 1,
  },
  {
    name: "swap-case",
    says: ["swap the case of each", "flip the case of each"],
    meanings: () => [
      meaning("#.swapcase()", (w) =>
        [...w].map((c) => (isUpper(c) ? c.toLowerCase() : c.toUpperCase())).join(""),
      ),
      meaning("#.upper()", (w) => w.toUpperCase()),
    ],
    right: 0.02,
  },
  {
    name: "twice",
    says: ["write each twice", "repeat each"],
    meanings: () => [meaning(["# * 2", "# + #"], (w) => w + w)],
    right: 1,
  },
  {
    name: "tag",
    says: ["tag each", "mark each"],
    meanings: () => ["!", "?", "*"].map((sign) => meaning(`# + '${sign}'`, (w: string) => w + sign)),
    drawn: true,
    right: 0.5,
  },
];

/** Maps that need more than one letter to mean something. */
export const wordMaps: readonly TextMap[] = [
  {
    name: "backwards",
    says: ["spell each backwards", "turn each around"],
    meanings: () => [meaning(["#[::-1]", "''.join(reversed(#))"], (w) => [...w].reverse().join(""))],
    right: 1,
  },
  {
    name: "initial",
    says: ["take the first letter of each", "keep the initial of each"],
    meanings: () => [meaning("#[0]", (w) => w[0]!), meaning("#[:1].upper()", (w) => w[0]!.toUpperCase())],
    right: 0.9,
  },
  {
    name: "ending",
    says: ["take the last letter of each", "keep the final letter of each"],
    meanings: () => [meaning("#[-1]", (w) => w.at(-1)!), meaning("#[0]", (w) => w[0]!)],
    right: 0.85,
  },
  {
    name: "headless",
    says: ["drop the first letter of each", "cut the initial of each"],
    meanings: () => [meaning("#[1:]", (w) => w.slice(1)), meaning("#[:-1]", (w) => w.slice(0, -1))],
    right: 0.8,
  },
  {
    name: "third",
    says: ["take the third letter of each or ''", "keep letter 3 of each, '' if none"],
    meanings: () => [
      meaning("#[2:3]", (w) => w.slice(2, 3)),
      meaning("#[2]", (w) => w[2] ?? stringIndexError()),
      meaning("#[3:4]", (w) => w.slice(3, 4)),
    ],
    right: 0.02,
  },
  {
    name: "capitalise",
    says: ["capitalise only the first letter of each", "make only the initial of each upper case"],
    meanings: () => [
      meaning("#[0].upper() + #[1:]", (w) => w[0]!.toUpperCase() + w.slice(1)),
      meaning("#.capitalize()", (w) => w[0]!.toUpperCase() + w.slice(1).toLowerCase()),
    ],
    right: 0.02,
  },
];

function stringIndexError(): never {
  throw new PythonError("IndexError: string index out of range");
}
