import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { checkNames, checkNesting, parseAssert, satisfies } from "./assert.ts";
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
    ["assert ( ((f(1)) == 2) )", "(f(1))", "2", "equal"],
    [`assert ${"(".repeat(150)}f(1) == 2${")".repeat(150)}`, "f(1)", "2", "equal"],
    ["assert f(1) == --2", "f(1)", "2", "equal"],
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
    ["assert not (f(1) < 3)", /only a plain call can be denied/],
    [`assert f(1) == ${"-".repeat(100_000)}1`, /signs in a row/],
    [`assert f(1) == ${"[".repeat(100_000)}${"]".repeat(100_000)}`, /nested deeper than 200/],
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

test.each([
  `assert f(1) == ${"-".repeat(100_000)}1`,
  `assert f(1) == ${"- ".repeat(100_000)}1`,
  `assert ${"(".repeat(20_000)}f(1)${")".repeat(20_000)}`,
  `assert f(${"[".repeat(201)}${"]".repeat(201)}) == 1`,
  `assert ${"not ".repeat(300)}f(1)`,
])("what is nested too deeply for any reader is refused in one short line", (source) => {
  expect(() => checkNesting(source, "tests.jsonl:3")).toThrow(
    /^tests\.jsonl:3: cannot judge ".{1,210}": nested deeper than 200$/,
  );
});

test("what only looks deep is not refused", () => {
  checkNesting(`assert f("${"(".repeat(1000)}") == [${"(1), ".repeat(1000)}]`, "test");
  checkNesting(`assert f(1) == ${"1 - ".repeat(1000)}1`, "test");
});

test.each([
  ["f(2) == pi * 4", "f and pi"],
  ["pi * 4 == f(2)", "pi and f"],
  ["f(2) == pytest.approx(2.5)", "f and pytest"],
  ["math.isclose(f(2), pi * 4)", "f and pi"],
  ["abs(f(2) - wanted) < eps", "f and wanted"],
  ["f(2) == g(1)", "f and g"],
  ["set(f(2)) == {x for x in g(1)}", "f and g"],
  ['f(2) == f"{secret}"', "f and secret"],
  ["Solution().run(2) == string", "Solution and string"],
])("a second name of the program stands on the expected side: %j", (text, names) => {
  const [one, other] = names.split(" and ");
  expect(() => checkNames(`assert ${text}`, "", "x.jsonl:1")).toThrow(
    `x.jsonl:1: cannot judge ${JSON.stringify(`assert ${text}`)}: it takes both ${one} and ${other} from the program`,
  );
});

test.each([
  ["f(2) == f(1)"],
  ["f(g(1)) == h * 0 + 1", "h = 1"],
  ["math.isclose(f(2), math.pi * 4, rel_tol=1e-9)"],
  ["cmath.isclose(f(2), 1j)"],
  ["np.allclose(f(root, EMPTY), [1])"],
  ["isclose(f(2), inf), message"],
  ["sorted(f(2), key=lambda row: row[0]) == [y for y in range(3)]"],
  ["Solution().run(Tree(1)).left.value != 3"],
  ["all(f(n) == n for n in range(3))"],
  ["f(2) + g(1) == 3"],
  ["f(2) == pi * 4", "from math import *"],
  ["f(2) == pi * 4", "from math import pi"],
  ["root.left.v == height(root)", "root = Node(1)"],
])("one name of the program, and what it is given, is what a test is about: %j %j", (text, rest = "") => {
  expect(() => checkNames(`assert ${text}`, rest, "x")).not.toThrow();
});
