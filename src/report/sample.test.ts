import { expect, test } from "vitest";
import { browserProblems, sampleProblems } from "./sample.ts";

const ids = Array.from({ length: 300 }, (_, index) => `p${index}`);

test("the sample keeps the given order, repeats with its seed and differs with another", () => {
  const sample = sampleProblems(ids, 1);
  expect(sample).toHaveLength(browserProblems);
  expect(sample).toEqual(ids.filter((id) => sample.includes(id)));
  expect(sampleProblems(ids, 1)).toEqual(sample);
  expect(sampleProblems(ids, 2)).not.toEqual(sample);
  expect(sampleProblems(ids.slice(0, 7), 1)).toEqual(ids.slice(0, 7));
});
