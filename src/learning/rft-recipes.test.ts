// Rejection-sampling fine-tuning and its relatives, each against a direct transcription of its definition.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isRight,
  rolloutsFrom,
  rolloutsOf,
  roundOf,
  rowsOf,
  runSeed,
  type Sample,
  sampleOf,
  scoresOf,
  writtenAs,
  writtenBy,
} from "../../test/fixtures/random-rollouts.ts";
import { deriveSeed, drawIndex, randomStream } from "../core/seed.ts";

function writes(name: string, targets: (sample: Sample, i: number, t: number) => readonly string[]) {
  fc.assert(
    fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
      const round = roundOf(rollouts, scores);
      expect(writtenBy(name, round)).toEqual(writtenAs(round, targets));
    }),
  );
}

test("base writes nothing", () => {
  writes("base", () => []);
});

test("star: {(s_1, y_1) : R(y_1) = 1}", () => {
  writes("star", ({ texts }, i, t) => (t === 0 && isRight(texts[i]![0]!) ? [texts[i]![0]!] : []));
});

test("rft: {(s_t, y_t) : R(y_end) = 1}", () => {
  writes("rft", ({ texts, ends }, i, t) => (isRight(ends[i]!) ? [texts[i]![t]!] : []));
});

test("rft-official: {(s_t, y_end) : R(y_end) = 1}", () => {
  writes("rft-official", ({ ends }, i) => (isRight(ends[i]!) ? [ends[i]!] : []));
});

test("rft-relabelled: {(s_t, y) : y drawn from the distinct right answers of D(x)}", () => {
  writes("rft-relabelled", ({ all }, i, t) => {
    const right = [...new Set(all.filter(isRight))];
    const random = randomStream(deriveSeed(runSeed, "target", "p", i, t));
    return right.length === 0 ? [] : [right[drawIndex(random, right.length)]!];
  });
});

test("relabel-first: {(s_1, y) : y drawn as by rft-relabelled} ∪ {(s_t, y_t) : t > 1, R(y_end) = 1}", () => {
  writes("relabel-first", ({ all, texts, ends }, i, t) => {
    if (t > 0) return isRight(ends[i]!) ? [texts[i]![t]!] : [];
    const right = [...new Set(all.filter(isRight))];
    const random = randomStream(deriveSeed(runSeed, "target", "p", i, t));
    return right.length === 0 ? [] : [right[drawIndex(random, right.length)]!];
  });
});

describe.each([3, 6])("rft-lv-%i", (limit) => {
  const name = `rft-lv-${limit}`;

  test("{(s_t, y_t) : fewer than K rollouts end better, or as well and earlier}", () => {
    writes(name, ({ texts, ends, score }, i, t) => {
      const ahead = ends.filter(
        (end, j) => score(end) > score(ends[i]!) || (score(end) === score(ends[i]!) && j < i),
      );
      return ahead.length < limit ? [texts[i]![t]!] : [];
    });
  });

  test("keeps rollouts whether they ended right or not, of all iterations together", () => {
    const rollouts = rolloutsFrom(Array.from({ length: 9 }, (_, digit) => [String(digit)]));
    const round = roundOf(rollouts, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const kept = rowsOf(name, round).map(({ completion }) => completion[0]!.content);
    expect(kept).toEqual(sampleOf(round).ends.slice(-limit));
  });
});

test("a rollout whose prompt outgrew the context has no state, and takes no place among the best", () => {
  const rollouts = rolloutsFrom([[], ["1"], ["2"], ["3"]]);
  // The empty one would score 0, above all others.
  expect(rowsOf("rft-lv-3", roundOf(rollouts, [-1, -2, -3]))).toHaveLength(3);
});
