import { describe, expect, test } from "vitest";
import { checkStatements, docstringAsserts } from "./docstring-tests.ts";

const check = (...body: string[]) =>
  ["def check(area):", ...body.map((line) => `    ${line}`), "check(area)", ""].join("\n");

describe("the asserts of an example test", () => {
  test("are taken in order, without their indentation", () => {
    const text = check("assert area(2) == 4", "", 'assert area(3) == 9, "three"');
    expect(docstringAsserts(text, "area")).toEqual(["assert area(2) == 4", 'assert area(3) == 9, "three"']);
  });

  test("go over several lines where a bracket is open, whatever stands in texts and comments", () => {
    const text = check(
      "assert area([",
      "    [1, 2],  # a ) here",
      '    ["(", 4]',
      "]) == 4",
      "assert area(1) == 1",
    );
    expect(docstringAsserts(text, "area")).toEqual([
      'assert area([\n        [1, 2],  # a ) here\n        ["(", 4]\n    ]) == 4',
      "assert area(1) == 1",
    ]);
  });

  test.each([
    ["assert True"],
    ['assert True, "area(1) would be tested here"'],
    ["# assert area(1) == 1"],
    ["assert areas(1) == 1"],
    ["import random"],
    ["print"],
    ["assertion(area)"],
  ])("are not %s, which says nothing of the program", (line) => {
    expect(docstringAsserts(check(line, "assert area(2) == 4"), "area")).toEqual(["assert area(2) == 4"]);
  });

  test("begin with `def check`: what stands before is the program's own rest", () => {
    const text = `    def check(s):\n        assert area(0)\n    return check(1)\n${check("assert area(2) == 4")}`;
    expect(docstringAsserts(text, "area")).toEqual(["assert area(2) == 4"]);
  });

  test("end with the function", () => {
    expect(docstringAsserts(`${check("assert area(2) == 4")}assert area(7) == 1\n`, "area")).toHaveLength(1);
    expect(docstringAsserts("", "area")).toEqual([]);
    expect(checkStatements(check("# nothing"))).toEqual([]);
  });
});
