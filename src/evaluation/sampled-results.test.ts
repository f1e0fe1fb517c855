// The numbers of an evaluation from its records, against the estimators that they are made of and by hand.
import { expect, test } from "vitest";
import type { FirstTurnSample, SampledEvaluation } from "./results.ts";
import { sampledResults } from "./sampled-results.ts";

const sample = (kind: "right" | "weak" | "wrong", score: number, cut = false): FirstTurnSample => ({
  publicPassed: kind !== "wrong",
  score,
  correct: kind !== "wrong",
  right: kind === "right",
  ...(cut && { cut: true as const }),
});
const end = (stopped: number | null, strong: boolean) => ({ stopped, strong, private: stopped !== null });
const records: SampledEvaluation[] = [
  {
    problem: "a",
    greedy: end(1, true),
    bestOfN: { public: end(2, true), verifier: end(null, false) },
    samples: [sample("wrong", 2, true), sample("right", 1)],
    tokens: { prompt: 10, completion: 5 },
  },
  {
    problem: "b",
    greedy: end(2, false),
    bestOfN: { public: end(1, false), verifier: end(1, false) },
    samples: [
      { ...sample("weak", 0), without: "program" },
      { ...sample("wrong", -1), without: "text" },
    ],
    tokens: { prompt: 20, completion: 7 },
  },
];
const options = {
  turns: 2,
  samples: 2,
  selectors: ["public", "verifier"] as const,
  strongTests: true,
  seed: 1,
};
const means = (estimates: { mean: number }[] | undefined) => estimates!.map(({ mean }) => mean);

test("searches by turn, samples by n, by all tests and by the private ones", () => {
  const results = sampledResults(records, options)!;
  expect(results).toMatchObject({
    problems: 2,
    cut: 1 / 4,
    withoutText: 1 / 4,
    withoutProgram: 1 / 4,
    tokens: { prompt: 30, completion: 12 },
  });
  const { strong, private: paper } = results;
  expect(means(strong.greedy)).toEqual([0.5, 0.5]);
  expect(means(paper!.greedy)).toEqual([0.5, 1]);
  expect(means(strong.search.public)).toEqual([0, 0.5]);
  expect(means(paper!.search.verifier)).toEqual([0.5, 0.5]);
  expect(Object.keys(strong.bestOfN)).toEqual(["public", "verifier"]);
  // One sample: 1/2 and 0, or 1/2 and 1/2. Two: public tests find both, the verifier that of b alone.
  expect(means(strong.bestOfN.public)).toEqual([0.25, 0.5]);
  expect(means(paper!.bestOfN.public)).toEqual([0.5, 1]);
  expect(means(paper!.bestOfN.verifier)).toEqual([0.5, 0.5]);
  expect(means(strong.passAtK)).toEqual([0.25, 0.5]);
  expect(means(paper!.passAtK)).toEqual([0.5, 1]);
  expect(results.verifier!.aucWithin!.mean).toBe(0);
});

test("one measure where no problem has strong tests, no verifier's quality without scores, nothing for nothing", () => {
  const unscored = records.map((one) => ({
    ...one,
    samples: one.samples.map(({ score: _, ...rest }) => rest),
  }));
  const results = sampledResults(unscored, { ...options, selectors: ["public"], strongTests: false })!;
  expect(results).toMatchObject({ private: null, verifier: null, selectors: ["public"] });
  expect(() => sampledResults(unscored, options)).toThrow('lacks "score"');
  expect(sampledResults([], options)).toBeNull();
});

const outgrown = { stopped: null, strong: false, private: false, outgrown: true };
const tooLong: SampledEvaluation = {
  problem: "long",
  greedy: outgrown,
  bestOfN: { public: outgrown, verifier: outgrown },
  samples: [],
  tokens: { prompt: 0, completion: 0 },
};

test("a prompt that outgrew the context is wrong for every turn, n and k, and is counted", () => {
  const [without, with_] = [records, [...records, tooLong]].map((some) => sampledResults(some, options)!);
  expect(without!.outgrown).toEqual({ prompts: 0, episodes: 0 });
  expect(with_).toMatchObject({ problems: 3, outgrown: { prompts: 1, episodes: 3 }, cut: 1 / 4 });
  for (const tests of ["strong", "private"] as const) {
    const [before, after] = [without![tests]!, with_![tests]!].map((accuracy) =>
      [
        accuracy.greedy,
        ...Object.values(accuracy.search),
        ...Object.values(accuracy.bestOfN),
        accuracy.passAtK,
      ].flat(),
    );
    for (const [index, { mean, problems }] of after!.entries()) {
      expect(mean).toBeCloseTo((before![index]!.mean * 2) / 3, 12);
      expect(problems).toBe(3);
    }
  }
  const nothing = sampledResults([tooLong], options)!;
  expect(nothing).toMatchObject({ cut: null, verifier: null, outgrown: { prompts: 1 } });
  expect(means(nothing.strong.passAtK)).toEqual([0, 0]);
});

test("other problems with too few samples are refused by name", () => {
  const solved = { ...tooLong, bestOfN: { ...tooLong.bestOfN, public: end(1, true) } };
  expect(() => sampledResults([solved], options)).toThrow('problem "long" has 0 samples');
});
