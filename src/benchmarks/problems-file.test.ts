import { describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import { parseProblems } from "./problems-file.ts";

const row = (change: object = {}) =>
  JSON.stringify({
    id: "p/1",
    split: "train",
    prompt: "double x",
    tests: { public: ["assert f(1) == 2"], private: ["assert f(2) == 4"] },
    ...change,
  });

test("reads both styles of tests", () => {
  const stdio = row({
    id: "p/2",
    tests: { public: [{ input: "1\n", output: "2\n" }], private: [{ input: "0\n", output: "0\n" }] },
  });
  const [first, second] = parseProblems(`${row()}\n\n${stdio}\n`, "p.jsonl");
  expect(first!.publicTests).toEqual({ style: "function", asserts: ["assert f(1) == 2"] });
  expect(second!.publicTests).toEqual({ style: "stdio", cases: [{ input: "1\n", output: "2\n" }] });
});

describe("one clear line for", () => {
  test.each([
    ["a cut line", '{"id": "p', /^p\.jsonl:1: is not JSON/],
    ["a missing field", row({ prompt: undefined }), /^p\.jsonl:1: field "prompt"/],
    ["an empty prompt", row({ prompt: "" }), /field "prompt": Too small/],
    [
      "no public test",
      row({ tests: { public: [], private: ["assert f(1) == 1"] } }),
      /field "tests.public": expected a list of asserts/,
    ],
    [
      "tests of a wrong type",
      row({ tests: { public: "assert f(1) == 1", private: ["assert f(1) == 1"] } }),
      /field "tests.public"/,
    ],
    ["an unknown field", row({ answer: 1 }), /unknown field "answer"/],
    [
      "a misspelt field within tests",
      row({ tests: { public: ["assert f(1) == 1"], privat: ["assert f(1) == 1"] } }),
      /^p\.jsonl:1: unknown field "tests\.privat"$/,
    ],
    [
      "tests of two kinds",
      row({ tests: { public: [{ input: "1", output: "1" }], private: ["assert f(1) == 1"] } }),
      /field "tests\.private": asserts here and input and output in tests\.public; a problem's tests/,
    ],
    ["an unknown split", row({ split: "dev" }), /field "split"/],
    ["the same id twice", `${row()}\n${row()}`, /^p\.jsonl:2: field "id": "p\/1" stands in line 1 too/],
    ["a list instead of an object", "[1]", /must be a JSON object/],
    ["an empty file", "\n", /^p\.jsonl:1: holds no record/],
  ])("%s", (_name, text, expected) => {
    let said = "";
    try {
      parseProblems(text, "p.jsonl");
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      said = (error as Error).message;
    }
    expect(said).toMatch(expected);
    expect(said).not.toContain("\n");
  });
});
