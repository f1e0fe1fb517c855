import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { parseAssert, satisfies } from "./assert.ts";
import { type PyValue, pythonText } from "./python-value.ts";

describe("a test is split into the call and the value", () => {
  test.each([
    ["assert f(1) == 2", "f(1)", "2", "equal"],
    ["assert f('a == b', \"#\", [1, 2])==[(1, 'x')]", "f('a == b', \"#\", [1, 2])", "[(1, 'x')]", "equal"],
    ["  assert f(x=1) == -1.5  # why", "f(x=1)", "-1.5", "equal"],
    ["assert f(1) == 2, 'message, with == in it'", "f(1)", "2", "equal"],
    ["assert (f(1) == 2)", "f(1)", "2", "equal"],
    ["assert 2 == f(1)", "f(1)", "2", "equal"],
    ["assert(f(1)) == (2)", "(f(1))", "2", "equal"],
    ["assert sorted(f([3, 1]))[0] + 1 == 2", "sorted(f([3, 1]))[0] + 1", "2", "equal"],
    ["assert f(lambda x: x == 2) == 3", "f(lambda x: x == 2)", "3", "equal"],
    ["assert f(1) is None", "f(1)", "None", "identical"],
    ["assert f(1) is True", "f(1)", "True", "identical"],
    ["assert f(1) == True", "f(1)", "True", "equal"],
    ["assert Solution().valid('x') == False", "Solution().valid('x')", "False", "equal"],
    ["assert f(1)", "f(1)", "True", "truthy"],
    ["assert not f(1)", "f(1)", "False", "truthy"],
    ["assert not (f(1))", "f(1)", "False", "truthy"],
    ["assert f('''a\n'b''') == 'c'", "f('''a\n'b''')", "'c'", "equal"],
  ])("%j", (source, call, expected, comparison) => {
    const parsed = parseAssert(source);
    expect([parsed.call, pythonText(parsed.expected), parsed.comparison]).toEqual([
      call,
      expected,
      comparison,
    ]);
  });

  test.each([
    ["f(1) == 2", /begins with `assert`/],
    ["asserted(1)", /begins with `assert`/],
    ["assert f(1) == g(1)", /neither side/],
    ["assert f(1) == [1] * 3", /neither side/],
    ["assert f(1) != 2", /must be ==/],
    ["assert f(1) < 2", /must be ==/],
    ["assert f(1) == 2 and f(2) == 3", /only one comparison/],
    ["assert not f(1) == 2", /only one comparison/],
    ["assert f(1) is not None", /only one comparison/],
    ["assert (f(1), 2)", /tuple/],
    ["assert 1 == 1", /calls nothing/],
    ["assert abs(f(1) - 2.5) < 1e-6", /must be ==/],
    ["assert math.isclose(f(1), 2.5)", /plain call/],
    ["assert isclose(f(1), 2.5)", /plain call/],
    ["assert all(f(x) for x in [1])", /plain call/],
    ["assert (f(1) == 2) == True", /plain call/],
    ["assert len([f(1) == 2]) == 1", /compares inside/],
    ["assert f(1) == 2; import os", /more than one statement/],
    ["assert f(1) == 2\nprint(1)", /more than one statement/],
    ["assert f(1)) == 2", /closes nothing/],
    ["assert f((1) == 2", /not closed/],
    ["assert f('a) == 2", /not closed/],
    ["assert", /asserts nothing/],
    ["assert f(1) is 5", /None, True and False/],
  ])("%j is refused, by its name", (source, reason) => {
    expect(() => parseAssert(source, "tests.jsonl:3")).toThrow(InputError);
    expect(() => parseAssert(source, "tests.jsonl:3")).toThrow(reason);
    expect(() => parseAssert(source, "tests.jsonl:3")).toThrow(/^tests\.jsonl:3: cannot judge/);
  });
});

test("identity distinguishes what equality does not", () => {
  const one: PyValue = { kind: "int", value: 1n };
  expect(satisfies(parseAssert("assert f(1) == True"), one)).toBe(true);
  expect(satisfies(parseAssert("assert f(1) is True"), one)).toBe(false);
});

test.each<[PyValue, boolean]>([
  [{ kind: "none" }, false],
  [{ kind: "float", value: -0 }, false],
  [{ kind: "float", value: Number.NaN }, true],
  [{ kind: "str", value: "" }, false],
  [{ kind: "dict", entries: [] }, false],
  [{ kind: "opaque", type: "T" }, true],
])("the truth of %j is %s", (value, truth) => {
  expect(satisfies(parseAssert("assert f(1)"), value)).toBe(truth);
  expect(satisfies(parseAssert("assert not f(1)"), value)).toBe(!truth);
});
