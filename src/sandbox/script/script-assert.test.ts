// How JavaScript tests are split, and what is refused because the program would decide it.
import { describe, expect, test } from "vitest";
import { InputError } from "../../core/errors.ts";
import { parseScriptAssert } from "./script-assert.ts";
import { parseScriptLiteral } from "./script-literal.ts";
import { scriptText } from "./script-value.ts";

describe("tests", () => {
  test.each([
    ["assert.deepStrictEqual(f([1, 2]), { a: [1] });", "f([1, 2])", "{ a: [1] }", "deep-strict"],
    ["assert.deepEqual([1], f('a,b', /[,)]/g), 'message')", "f('a,b', /[,)]/g)", "[1]", "deep-loose"],
    ["expect(await f(x => x === 1)).toEqual([1])", "await f(x => x === 1)", "[1]", "deep"],
    ["assert(f(`a)`) === -0)", "f(`a)`)", "-0", "identical"],
    ["console.assert(f(1) == 'x', 'why')", "f(1)", '"x"', "loose"],
    ["assert(!f(1, { b: 2 }))", "f(1, { b: 2 })", "false", "truthy"],
    ["assert.strictEqual(new Stack(3).size(), 3)", "new Stack(3).size()", "3", "strict"],
    ["assert.equal(constructor(toString), 1)", "constructor(toString)", "1", "loose"],
    ["assert.equal(f(1).length, 2n)", "f(1).length", "2n", "loose"],
    ["expect(new Set().has(1) ? 1 : f(2)).toBeNaN()", "new Set().has(1) ? 1 : f(2)", "NaN", "strict"],
  ])("%s", (text, call, expected, comparison) => {
    const parsed = parseScriptAssert(text);
    expect([parsed.call, scriptText(parsed.expected), parsed.comparison]).toEqual([
      call,
      expected,
      comparison,
    ]);
  });

  test.each([
    ["assert.strictEqual(f(1), g(1))", /neither side is a JavaScript literal/],
    ["assert.strictEqual(1, 1)", /calls nothing/],
    ["assert.strictEqual(f(1), [1])", /never identical/],
    ["assert.strictEqual(isEqual(f(1), 3), true)", /plain call of the program's own/],
    ["assert(f(1) > 3)", /plain call/],
    ["assert(f(1).includes(2))", /plain call/],
    ["assert(Object.is(f(1), 2))", /plain call/],
    ["assert(f(1) === 3 && f(2) === 4)", /test/],
    ["assert(f(1) === 3 || true)", /only one comparison|comparison/],
    ["assert.equal((f(1) === 3) + 0, 1)", /compares inside the call/],
    ["assert.equal(f(1), 1); assert.equal(f(2), 2)", /more than one statement/],
    ["expect(f(1)).not.toBe(2)", /one matcher/],
    ["expect(f(1)).toBeGreaterThan(2)", /can't be judged/],
    ["assert.throws(() => f(1))", /a test is one of/],
    ["assert.equal(f(`$" + "{1}`), 1)", /substitution/],
    ["assert.equal(f(1, 1)", /not closed|a test is one of/],
    ["f(1) === 2", /a test is one of/],
    ["assert(f(1) === NaN)", /nothing is === NaN/],
    ["assert.deepEqual(f(1), {...x})", /neither side/],
    ["assert.deepEqual(f(1), { __proto__: null })", /neither side/],
  ])("refuses %s", (text, why) => {
    expect(() => parseScriptAssert(text, "jobs:1")).toThrow(InputError);
    expect(() => parseScriptAssert(text, "jobs:1")).toThrow(why);
  });
});

test.each([
  ["0x1F", "31"],
  ["1_000.5e-1", "100.05"],
  ["0b101n", "5n"],
  ["-0xffn", "-255n"],
  ["{ 1: 'a', 0x10: \"b\", c: undefined }", '{ "1": "a", "16": "b", c: undefined }'],
  ["new Set([1, 1, NaN, NaN])", "new Set([1, NaN])"],
  ["new Map([[1, 2], [1, 3]])", "new Map([[1, 3]])"],
  ["'\\u{1f600}\\x41\\\n'", '"😀A"'],
  ["/* c */ [ (1), ]", "[1]"],
])("reads the literal %s", (text, shown) => {
  expect(scriptText(parseScriptLiteral(text))).toBe(shown);
});

test.each([
  "08",
  "1__0",
  "1n.5",
  "[1,,2]",
  "'a",
  "`$" + "{1}`",
  "new Date(1)",
  "-'a'",
  "x",
  "1 2",
  "constructor",
])("refuses the literal %s", (text) => {
  expect(() => parseScriptLiteral(text)).toThrow(/./);
});
