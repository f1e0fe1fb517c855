import { describe, expect, test } from "vitest";
import { count, duration, percentWithError } from "./format.ts";

describe("numbers for people", () => {
  test.each([
    [0, "0.0 s"],
    [0.04, "< 0.1 s"],
    [0.06, "0.1 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.6, "1 min"],
    [200, "3 min 20 s"],
    [3599.7, "1 h"],
    [7500, "2 h 5 min"],
  ])("%f seconds read %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  test.each([
    [0, "0"],
    [999, "999"],
    [1000, "1.00 k"],
    [12_345, "12.3 k"],
    [999_400, "999 k"],
    [999_600, "1.00 M"],
    [4.2e9, "4.20 G"],
    [4.2e13, "42000 G"],
  ])("%f counts read %s", (value, text) => expect(count(value)).toBe(text));

  test("one problem has no standard error, none has no mean", () => {
    expect(percentWithError({ mean: 0, se: 0, problems: 0 })).toBe("-");
    expect(percentWithError({ mean: 0.5, se: 0, problems: 1 })).toBe("50.0");
    expect(percentWithError({ mean: 0.4126, se: 0.0244, problems: 400 }, " ± ")).toBe("41.3 ± 2.4");
  });
});
