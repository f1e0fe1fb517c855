import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numberTolerance, sameOutput, sameToken } from "./output.ts";

const rules = ["text", "lines", "tokens"] as const;
const word = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(..."ab01.-+eE_x") });
const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
const blank = fc.constantFrom("", " ", "  ", "\t", " \r");
const text = (rows: string[][]) => rows.map((row) => row.join(" ")).join("\n");

describe("an output", () => {
  test.each<[string, string, string, { text: boolean; lines: boolean; tokens: boolean }]>([
    ["is itself", "1 2\n3", "1 2\n3", { text: true, lines: true, tokens: true }],
    ["may end lines with blanks", "1 2\n3", "1 2 \t\r\n3\r\n", { text: true, lines: true, tokens: true }],
    ["may end with empty lines or none", "1\n", "1\n\n \n", { text: true, lines: true, tokens: true }],
    ["may hold a near number", "0.333333333", "0.33333334", { text: false, lines: true, tokens: true }],
    ["may be indented elsewise", "1 2\n3", " 1  2\n3", { text: false, lines: false, tokens: true }],
    ["may break lines elsewise", "1 2\n3", "1\n2 3", { text: false, lines: false, tokens: true }],
    [
      "may hold empty lines elsewhere",
      "\n\n? 1\n\n! 2",
      "? 1\n! 2",
      { text: false, lines: false, tokens: true },
    ],
    ["may not lack a word", "1 2 3", "1 2", { text: false, lines: false, tokens: false }],
    ["may not have one more", "1 2", "1 2 3", { text: false, lines: false, tokens: false }],
    ["may not join words", "1 2", "12", { text: false, lines: false, tokens: false }],
    ["may not swap words", "1 2", "2 1", { text: false, lines: false, tokens: false }],
    ["keeps its case", "YES", "Yes", { text: false, lines: false, tokens: false }],
    [
      "may not end with other white space",
      "1",
      "1\u00a0\ufeff\u2003\x85",
      { text: false, lines: false, tokens: false },
    ],
    ["may end with form feeds", "1", "1\f\v\n", { text: true, lines: true, tokens: true }],
    [
      "may not be spaced by other white space",
      "1 2",
      "1\u00a02",
      { text: false, lines: false, tokens: false },
    ],
    ["may not be empty", "0.0", "", { text: false, lines: false, tokens: false }],
  ])("%s", (_what, expected, actual, verdicts) => {
    for (const rule of rules)
      expect([rule, sameOutput(expected, actual, rule)]).toEqual([rule, verdicts[rule]]);
    expect(sameOutput(expected, actual)).toBe(verdicts.lines);
  });

  test("does not depend on white space at line ends and the end, by any rule", () => {
    fc.assert(
      fc.property(lines, fc.array(blank, { minLength: 8, maxLength: 8 }), (rows, blanks) => {
        const padded =
          rows.map((row, at) => row.join(" ") + blanks[at]).join("\n") + "\n".repeat(blanks.length);
        for (const rule of rules) expect(sameOutput(text(rows), padded, rule)).toBe(true);
      }),
    );
  });

  test("by tokens is its words in order, however they are spaced", () => {
    const spaces = fc.array(fc.constantFrom(" ", "\n", "\t ", "\r\n\n"), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(lines, spaces, (rows, between) => {
        const words = rows.flat();
        const spaced = words.map((one, at) => between[at] + one).join("");
        expect(sameOutput(text(rows), spaced, "tokens")).toBe(true);
      }),
    );
  });

  test("that is right by a rule is right by every wider one", () => {
    fc.assert(
      fc.property(lines, lines, fc.boolean(), (one, other, same) => {
        const actual = text(same ? one : other);
        const verdicts = rules.map((rule) => Number(sameOutput(text(one), actual, rule)));
        expect(verdicts).toEqual([...verdicts].sort());
      }),
    );
  });

  test("with another word is wrong, unless the two are near numbers", () => {
    fc.assert(
      fc.property(lines, fc.nat(), word, (rows, place, other) => {
        const words = rows.flat();
        fc.pre(words.length > 0);
        const index = place % words.length;
        const changed = words.with(index, other);
        expect(sameOutput(words.join(" "), changed.join(" "), "tokens")).toBe(
          sameToken(words[index]!, other),
        );
      }),
    );
  });
});

describe("a token", () => {
  const fraction = fc.double({ min: -1e12, max: 1e12, noNaN: true });

  test("that is expected as a fraction is near within one part in a million, or one millionth below one", () => {
    fc.assert(
      fc.property(
        fraction,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.boolean(),
        (value, share, up) => {
          const expected = value.toFixed(12);
          const most = numberTolerance * Math.max(1, Math.abs(Number(expected)));
          const at = (distance: number) => (Number(expected) + (up ? distance : -distance)).toFixed(12);
          expect(sameToken(expected, at(most * share))).toBe(true);
          expect(sameToken(expected, at(most * (1.01 + share)))).toBe(false);
          expect(sameToken(expected, at(most * 1e6))).toBe(false);
        },
      ),
    );
  });

  test("that is expected as an integer is exact", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (expected, actual) => {
        expect(sameToken(`${expected}`, `${actual}`)).toBe(expected === actual);
        expect(sameToken(`${expected}`, `${expected}.0`)).toBe(false);
      }),
    );
  });

  test.each([
    ["2.50", "2.5"],
    ["3.0", "3"],
    ["1e-3", "0.001"],
    [".5", "+0.5"],
    ["1E5", "100000.04"],
    ["-0.0", "0"],
    ["nan", "nan"],
    ["1e999", "1e999"],
  ])("%s may be written %s", (expected, actual) => expect(sameToken(expected, actual)).toBe(true));

  test.each([
    ["1.0", "inf"],
    ["1e308", "1e309"],
    ["1e999", "1e998"],
    ["inf", "1e999"],
    ["0.0", "nan"],
    ["0.0", ""],
    ["0.5", "0x0.8"],
    ["1000.0", "1_000"],
    ["1.0", "1.0.0"],
    ["1.0", "1.0abc"],
    ["1.2.3", "1.2.30"],
    ["1.0", "１"],
    ["0.5", "1/2"],
    ["e", "E"],
    ["10", "10.0"],
    ["1000000000", "1000000001"],
  ])("%s may not be written %s", (expected, actual) => expect(sameToken(expected, actual)).toBe(false));
});

test("a long word that is no number is found to be none at once", () => {
  const began = performance.now();
  for (const word of [`${"1".repeat(250_000)}x`, `1.${"1".repeat(250_000)}x`, `1e${"1".repeat(250_000)}x`])
    expect(sameToken("1.5", word)).toBe(false);
  expect(sameOutput("1.5", `1${" ".repeat(250_000)}x`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(3000);
});
