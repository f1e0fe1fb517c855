// μCode-R: μCode's examples and Multi-STaR²'s together, or as many as μCode's drawn from both.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isRight,
  rolloutsFrom,
  rolloutsOf,
  roundOf,
  rowsOf,
  runSeed,
  scoresOf,
  type Written,
  writtenAs,
  writtenBy,
} from "../../test/fixtures/random-rollouts.ts";
import { deriveSeed, drawIndex, randomStream } from "../core/seed.ts";

test("mucode-r: the union of both recipes' examples, each with its weight", () => {
  fc.assert(
    fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
      const round = roundOf(rollouts, scores);
      const union: Written = {};
      for (const part of ["mucode", "rft-relabelled"])
        for (const [key, weight] of Object.entries(writtenBy(part, round)))
          union[key] = (union[key] ?? 0) + weight;
      expect(writtenBy("mucode-r", round)).toEqual(union);
    }),
  );
});

describe.each([25, 50, 75])("mucode-r-%i", (percent) => {
  const name = `mucode-r-${percent}`;

  test("one example a state: y* with that probability and where no right answer is known, else a right one", () => {
    fc.assert(
      fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
        const round = roundOf(rollouts, scores);
        const definition = writtenAs(round, ({ all, score }, i, t) => {
          const values = all.map((text) => (isRight(text) ? 1 : 0) + 0.1 * score(text));
          const best = all[values.indexOf(Math.max(...values))]!;
          const right = [...new Set(all.filter(isRight))];
          if (right.length === 0) return [best];
          const random = randomStream(deriveSeed(runSeed, "target", "p", i, t));
          const drawn = right[drawIndex(random, right.length)]!;
          return [random() < percent / 100 ? best : drawn];
        });
        expect(writtenBy(name, round)).toEqual(definition);
      }),
    );
  });

  test("draws about that share, and more of it than a smaller one", () => {
    // The verifier's favourite is wrong, so that the two kinds of examples can be told apart.
    const round = roundOf(rolloutsFrom(Array.from({ length: 2000 }, () => ["4", "1"])), [0, 100]);
    const share = (of: string) => {
      const rows = rowsOf(of, round);
      const weight = (wanted: (text: string) => boolean) =>
        rows
          .filter(({ completion }) => wanted(completion[0]!.content))
          .reduce((sum, row) => sum + row.weight, 0);
      expect(weight(() => true)).toBe(4000);
      return weight((text) => text === "1") / 4000;
    };
    // Within five standard errors.
    expect(Math.abs(share(name) - percent / 100)).toBeLessThan(0.04);
    if (percent > 25) expect(share(name)).toBeGreaterThan(share(`mucode-r-${percent - 25}`));
  });
});
