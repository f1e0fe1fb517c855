// μCode and its ablations, each against a direct transcription of its definition.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isPublic,
  isRight,
  rolloutsFrom,
  rolloutsOf,
  roundOf,
  rowsOf,
  type Sample,
  scored,
  scoresOf,
  turnOf,
  type Written,
  writtenAs,
  writtenBy,
} from "../../test/fixtures/random-rollouts.ts";
import { localSearchExpert } from "./experts.ts";
import type { Round } from "./relabel.ts";

type Targets = (sample: Sample, i: number, t: number) => readonly string[];

function writes(name: string, targets: Targets) {
  fc.assert(
    fc.property(rolloutsOf, scoresOf, (rollouts, scores) => {
      const round = roundOf(rollouts, scores);
      expect(writtenBy(name, round)).toEqual(writtenAs(round, targets));
    }),
  );
}

/** argmax over D(x) of β_O · R + β_L · R_φ, the earliest of equals (Eq. 4). */
function argmax({ all, score }: Sample, oracle: number, learned: number): string {
  const values = all.map((text) => oracle * (isRight(text) ? 1 : 0) + learned * score(text));
  return all[values.indexOf(Math.max(...values))]!;
}
const targetsOf = (name: string, ...rounds: Round[]) =>
  rowsOf(name, ...rounds).map(({ completion }) => completion[0]!.content);

describe("μCode (Eq. 4 and 5)", () => {
  test.each([
    ["mucode", 1.0, 0.1],
    ["mucode-ov", 1, 0],
    ["mucode-lv", 0, 1],
  ])("%s: {(s_t, argmax over D(x) of %d R + %d R_φ)}, every state", (name, oracle, learned) => {
    writes(name, (sample) => [argmax(sample, oracle, learned)]);
  });

  test("lets a verifier that is sure enough overrule the oracle, as the equation says (unlike defect D2)", () => {
    const answer = { publicPassed: true, count: 1 };
    const answers = [
      { ...answer, completion: "right", correct: true, score: 0 },
      { ...answer, completion: "wrong", correct: false, score: 10.1 },
    ];
    expect(localSearchExpert(answers, { oracle: 1, learned: 0.1 }).completion).toBe("wrong");
  });

  test("relabels problems that nobody solved with the verifier's favourite", () => {
    expect(targetsOf("mucode", roundOf(rolloutsFrom([["1", "3"]]), [0.1, 0.2]))).toEqual(["3", "3"]);
  });

  test("relabels all iterations so far together", () => {
    const rollouts = rolloutsFrom([["1"], ["2"], ["4"]]);
    expect(targetsOf("mucode", roundOf(rollouts, [0]))).toEqual(["4"]);
    expect(rowsOf("mucode", roundOf(rollouts, [0]))[0]!.weight).toBe(3);
  });
});

describe("problems that nobody solved", () => {
  test("mucode-drop: μCode's examples where some y in D(x) has R(y) = 1, else none", () => {
    writes("mucode-drop", (sample) => (sample.all.some(isRight) ? [argmax(sample, 1, 0.1)] : []));
  });

  test("mucode-public: besides where y* passes the public tests", () => {
    writes("mucode-public", (sample) => {
      const best = argmax(sample, 1, 0.1);
      return sample.all.some(isRight) || isPublic(best) ? [best] : [];
    });
  });
});

describe("mucode-official (defects D2 to D6)", () => {
  const targets: Targets = ({ ends, score }, i) => {
    // D4: a right rollout keeps its own program.
    if (isRight(ends[i]!)) return [ends[i]!];
    // D3: of the others the three with the highest final score, the earlier of equals.
    const ahead = ends.filter(
      (end, j) =>
        !isRight(end) && (score(end) > score(ends[i]!) || (score(end) === score(ends[i]!) && j < i)),
    );
    if (ahead.length >= 3) return [];
    // D5: among the final answers; D2: the label decides, then the score.
    const best = ends.reduce((a, b) => {
      if (isRight(a) !== isRight(b)) return isRight(a) ? a : b;
      return score(b) > score(a) ? b : a;
    });
    return [best];
  };

  test("one iteration, by its definition", () => {
    writes("mucode-official", targets);
  });

  test("D6: each iteration as its own verifier labelled it", () => {
    fc.assert(
      fc.property(rolloutsOf, scoresOf, rolloutsOf, scoresOf, (first, scores, second, newer) => {
        const rounds = [roundOf(first, scores), roundOf(second, newer)];
        const sum: Written = {};
        for (const round of rounds)
          for (const [key, weight] of Object.entries(writtenAs(round, targets)))
            sum[key] = (sum[key] ?? 0) + weight;
        expect(writtenBy("mucode-official", ...rounds)).toEqual(sum);
      }),
    );
  });

  test("D2: no score lets a wrong answer win over a right one", () => {
    const rollouts = rolloutsFrom([["4"], ["1"]]);
    expect(targetsOf("mucode-official", roundOf(rollouts, [0, 1000]))).toEqual(["4"]);
    expect(targetsOf("mucode", roundOf(rollouts, [0, 1000]))).toEqual(["1"]);
  });

  test("D5: an answer in the middle of a rollout is no candidate", () => {
    const rollouts = [{ ...rolloutsFrom([["1"]])[0]!, turns: [turnOf("8", 1), turnOf("1", 2)] }];
    expect(scored(rollouts, [5, 0]).map(({ completion }) => completion)).toEqual(["8", "1"]);
    expect(targetsOf("mucode-official", roundOf(rollouts, [5, 0]))).toEqual(["1", "1"]);
  });
});

test("mucode-dense: right where something is, else what passes most tests, the earliest of equals", () => {
  const worth = (text: string) =>
    (isRight(text) ? 1 : 0) + (0.1 * ((isPublic(text) ? 1 : 0) + (isRight(text) ? 1 : 0))) / 2;
  writes("mucode-dense", ({ all }) => [
    all.reduce((best, text) => (worth(text) > worth(best) ? text : best)),
  ]);
  const rollouts = rolloutsFrom([["1", "2"], ["3"]]);
  expect(targetsOf("mucode-dense", roundOf(rollouts, [9, 0, 5]))).toEqual(["2", "2"]);
});
