import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findInterpreter } from "./interpreter.ts";
import { parseLiteral } from "./python-literal.ts";
import { equalityKey, equalValues, type PyValue, pythonText } from "./python-value.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const number: fc.Arbitrary<PyValue> = fc.oneof(
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map((value): PyValue => ({ kind: "int", value })),
  fc.integer({ min: -3, max: 3 }).map((value): PyValue => ({ kind: "int", value: BigInt(value) })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value): PyValue => ({ kind: "float", value })),
  fc.integer({ min: -3, max: 3 }).map((value): PyValue => ({ kind: "float", value: value / 2 })),
);
const hashable: fc.Arbitrary<PyValue> = fc.oneof(
  number,
  text.map((value): PyValue => ({ kind: "str", value })),
  fc
    .uint8Array({ maxLength: 6 })
    .map((bytes): PyValue => ({ kind: "bytes", value: Buffer.from(bytes).toString("latin1") })),
  fc.boolean().map((value): PyValue => ({ kind: "bool", value })),
  fc.constant<PyValue>({ kind: "none" }),
);
const { value: anyValue } = fc.letrec<{ value: PyValue; key: PyValue }>((tie) => ({
  key: fc.oneof(
    hashable,
    fc.array(hashable, { maxLength: 3 }).map((items): PyValue => ({ kind: "tuple", items })),
  ),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    hashable,
    fc
      .tuple(fc.constantFrom("list" as const, "tuple" as const), fc.array(tie("value"), { maxLength: 4 }))
      .map(([kind, items]): PyValue => ({ kind, items })),
    fc.array(tie("key"), { maxLength: 4 }).map((items): PyValue => ({ kind: "set", items })),
    fc
      .array(fc.tuple(tie("key"), tie("value")), { maxLength: 3 })
      .map((entries): PyValue => ({ kind: "dict", entries })),
  ),
}));

/** One Python process evaluates a whole property: an array of expressions in, an array of results out. */
async function inPython(body: string, input: unknown): Promise<unknown[]> {
  const { path } = await findInterpreter();
  const script = `import json, sys\nrows = json.load(sys.stdin)\n${body}`;
  return JSON.parse(
    execFileSync(path, ["-X", "utf8", "-c", script], { input: JSON.stringify(input), encoding: "utf8" }),
  );
}

describe("literals against real Python", () => {
  test("what we write, Python reads as the same value and writes as we do", async () => {
    const values = fc.sample(anyValue, { numRuns: 600, seed: 7 });
    const ours = values.map((value) => pythonText(value));
    const theirs = (await inPython("print(json.dumps([repr(eval(row)) for row in rows]))", ours)) as string[];
    for (const [index, value] of values.entries()) {
      expect(equalityKey(parseLiteral(ours[index]!)), ours[index]!).toBe(equalityKey(value));
      expect(equalityKey(parseLiteral(theirs[index]!)), theirs[index]!).toBe(equalityKey(value));
    }
    // As text too, but for sets and dictionaries, whose duplicates Python drops, and for newer Unicode than Python knows.
    const comparable = [...ours.keys()].filter((index) => !/[{\u0250-\uffff]|set\(/.test(ours[index]!));
    expect(comparable.length).toBeGreaterThan(100);
    expect(comparable.map((index) => ours[index])).toEqual(comparable.map((index) => theirs[index]));
  });

  test("two values are equal exactly where Python says so", async () => {
    const small = fc.sample(anyValue, { numRuns: 250, seed: 11 });
    const pairs = small.flatMap((left, i) => small.slice(i, i + 8).map((right) => [left, right] as const));
    const numbers = fc.sample(fc.tuple(number, number), { numRuns: 600, seed: 13 });
    const all = [...pairs, ...numbers];
    const rows = all.map(([left, right]) => `(${pythonText(left)}) == (${pythonText(right)})`);
    const theirs = await inPython("print(json.dumps([eval(row) for row in rows]))", rows);
    expect(all.map(([left, right]) => equalValues(left, right))).toEqual(theirs);
    expect(theirs.filter(Boolean).length).toBeGreaterThan(200);
  });

  test("every notation is read as Python reads it", async () => {
    const rows = [
      "1_000",
      "0x_FF",
      "0o17",
      "0b1010",
      "00",
      "-0",
      "+5",
      "--5",
      "1.",
      ".5",
      "1e5",
      "1_0.0_1e-1_0",
      "1E+3",
      "3j",
      "1+2j",
      "-1.5-2J",
      "'a' \"b\" r'\\n' u'c'",
      "'\\x41\\101\\u00e9\\U0001F600\\q\\\n'",
      "b'\\x00\\377a' b\"z\"",
      "rb'\\x00'",
      "'''a\n'b''' '!'",
      '"""x"y"""',
      "(1)",
      "(1,)",
      "()",
      "1, 2",
      "1,",
      "[1, [2], ]",
      "{}",
      "set()",
      "{1, 1.0, True}",
      "{'a': 1, 'a': 2,}",
      "{1: [], (1, 'x'): {2}}",
      "[ # one\n 1,\n\n 2 ]",
      "None",
      "[True, False]",
      "1e400",
      "'\\\\'",
    ];
    const theirs = (await inPython("print(json.dumps([repr(eval(row)) for row in rows]))", rows)) as string[];
    for (const [index, row] of rows.entries()) {
      const known = theirs[index]!.replaceAll("inf", "1e999");
      expect(equalityKey(parseLiteral(row)), row).toBe(equalityKey(parseLiteral(known)));
      expect(equalityKey(parseLiteral(row))).toBeDefined();
    }
  });
});

test.each([
  "",
  "x",
  "f(1)",
  "[1",
  "1 2",
  "007",
  "1__0",
  "0x",
  "'a",
  "b'é'",
  "'a' b'b'",
  "[1] * 3",
  "1 + 1",
  "{[1]: 2}",
  "{1: 2, 3}",
  "{[]}",
  "lambda: 1",
  "f'a'",
  "set([1])",
  "-'a'",
  "1if",
  "'\\x4'",
  "...",
  "True.real",
  "[,]",
  "(,)",
  "'\\N{DASH}'",
  "[".repeat(300) + "]".repeat(300),
])("refuses %j", (source) => {
  expect(() => parseLiteral(source)).toThrow(/./);
});

test("equality holds between a fraction and a float, never for a NaN or an object", () => {
  const half: PyValue = { kind: "ratio", numerator: 1n, denominator: 2n };
  expect(equalValues(half, { kind: "float", value: 0.5 })).toBe(true);
  expect(equalValues({ kind: "ratio", numerator: 2n, denominator: 1n }, parseLiteral("2"))).toBe(true);
  expect(equalValues({ kind: "float", value: 0.1 }, { kind: "ratio", numerator: 1n, denominator: 10n })).toBe(
    false,
  );
  const nan: PyValue = { kind: "list", items: [{ kind: "float", value: Number.NaN }] };
  expect(equalValues(nan, nan)).toBe(false);
  const object: PyValue = { kind: "opaque", type: "T" };
  expect(equalValues(object, object)).toBe(false);
});

test("a ratio that is not in lowest terms, as no Fraction of Python's is, equals no number", () => {
  const half: PyValue = { kind: "ratio", numerator: 2n, denominator: 4n };
  expect(equalValues(half, { kind: "float", value: 0.5 })).toBe(false);
});

test("equal values are those of one key, also inside containers", () => {
  const leaf: fc.Arbitrary<PyValue> = fc.oneof(
    fc.constantFrom<PyValue>(
      { kind: "none" },
      { kind: "bool", value: true },
      { kind: "ratio", numerator: 1n, denominator: 1n },
      { kind: "ratio", numerator: 1n, denominator: 2n },
      { kind: "float", value: 1 },
      { kind: "float", value: 0.5 },
      { kind: "float", value: Number.NaN },
      { kind: "complex", real: 1, imaginary: 0 },
      { kind: "opaque", type: "T" },
    ),
    fc.integer({ min: 0, max: 2 }).map((value): PyValue => ({ kind: "int", value: BigInt(value) })),
    fc.constantFrom("", "a").map((value): PyValue => ({ kind: "str", value })),
  );
  const { value } = fc.letrec<{ value: PyValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc
        .tuple(
          fc.constantFrom("list" as const, "tuple" as const, "set" as const),
          fc.array(tie("value"), { maxLength: 3 }),
        )
        .map(([kind, items]): PyValue => ({ kind, items })),
      fc
        .array(fc.tuple(leaf, tie("value")), { maxLength: 2 })
        .map((entries): PyValue => ({ kind: "dict", entries })),
    ),
  }));
  fc.assert(
    fc.property(value, value, (left, right) => {
      for (const other of [left, right]) {
        const key = equalityKey(left);
        const byKey = key !== undefined && key === equalityKey(other);
        expect(equalValues(left, other)).toBe(byKey);
      }
    }),
  );
});

test("long texts are cut, and a character is never cut in two", () => {
  const long: PyValue = {
    kind: "list",
    items: Array.from({ length: 1e5 }, (_, i) => ({ kind: "int", value: BigInt(i) })),
  };
  expect(pythonText(long, 40)).toHaveLength(40);
  expect(pythonText({ kind: "str", value: "😀".repeat(100) }, 40)).toMatch(/^'(😀)+…(😀)+'$/u);
  expect(pythonText({ kind: "int", value: 1n << 4_000_000n }, 200)).toMatch(/^<int of 400000\d bits>$/);
});
