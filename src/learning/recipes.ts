// The named methods. To add one, write a value. Their definitions as formulas: docs/reference/recipes.md.
import {
  anyRightAnswer,
  type ExpertWeights,
  endedRight,
  finalAnswer,
  highestScored,
  isSolved,
  localSearchExpert,
  mostTestsExpert,
  officialExpert,
  ownAnswer,
} from "./experts.ts";
import type { Recipe, StateContext } from "./recipe.ts";

const base: Recipe = {
  name: "base",
  summary: "The base model as it is; nothing is trained but the verifier.",
  keeps: "no state",
  imitates: "nobody",
  source: "paper, Table 1: Instruct",
  kept: "none",
  usesScores: false,
  target: () => null,
};

const star: Recipe = {
  name: "star",
  summary: "Single-turn STaR (RFT): first answers that were right, as they were written.",
  keeps: "the first state of a rollout, where its first answer is right",
  imitates: "that answer",
  source: "paper, Table 1: Single-turn RFT",
  kept: "right rollouts",
  firstTurns: true,
  usesScores: false,
  target: ({ rollout, turn }) =>
    turn === 0 && rollout.turns[0]!.correct ? rollout.turns[0]!.completion : null,
};

const rft: Recipe = {
  name: "rft",
  summary: "Multi-STaR (RFT): every turn of a rollout that ended right, as it was written.",
  keeps: "every state of a rollout that ended right",
  imitates: "the answer given there, wrong ones on the way included",
  source: "paper, Tables 1 and 2: RFT; rebuttal: Multi-STaR",
  kept: "right rollouts",
  usesScores: false,
  target: (state) => (endedRight(state.rollout) ? ownAnswer(state) : null),
};

const rftOfficial: Recipe = {
  name: "rft-official",
  summary:
    "RFT as the official script does it: every state of a rollout that ended right, answered by its end.",
  keeps: "every state of a rollout that ended right",
  imitates: "the final answer of the same rollout",
  source: "official code, rft.sh --relabel_only (defect D7)",
  kept: "right rollouts",
  usesScores: false,
  target: ({ rollout }) => (endedRight(rollout) ? finalAnswer(rollout) : null),
};

const rftRelabelled: Recipe = {
  name: "rft-relabelled",
  summary: "Multi-STaR²: every state of a solved problem, answered by one of its right programs at random.",
  keeps: "every state of a problem with a right answer",
  imitates: "a right answer to the problem, drawn for each state among the distinct ones",
  source: "rebuttal, table b: Multi-STaR²",
  kept: "solved problems",
  usesScores: false,
  target: anyRightAnswer,
};

const relabelFirst: Recipe = {
  name: "relabel-first",
  summary:
    "First answers relabelled as in Multi-STaR²; later ones as in RFT, as written where the rollout ended right.",
  keeps: "the first state of every rollout of a solved problem, and later ones of rollouts that ended right",
  imitates:
    "in the first state a right answer, drawn among the distinct ones; in later ones the answer given there",
  source: "past the paper: docs/results/beyond.md",
  kept: "solved problems",
  usesScores: false,
  target: (state) => {
    if (state.turn === 0) return anyRightAnswer(state);
    return endedRight(state.rollout) ? ownAnswer(state) : null;
  },
};

/** RFT with a learned verifier: the K best rollouts of a problem instead of those that ended right. */
const rftLearned = (limit: number, source: string): Recipe => ({
  name: `rft-lv-${limit}`,
  summary: `RFT(LV): every turn of the ${limit} rollouts that the verifier scores highest, as it was written.`,
  keeps: `every state of the problem's ${limit} rollouts whose final answers score highest`,
  imitates: "the answer given there",
  source,
  kept: { best: limit },
  usesScores: true,
  target: (state) => (highestScored(state.rollouts, limit).includes(state.rollout) ? ownAnswer(state) : null),
});

/** Eq. 4's weights in the paper. */
const paperWeights: ExpertWeights = { oracle: 1.0, learned: 0.1 };
const favourite = ({ answers }: StateContext) => localSearchExpert(answers, paperWeights);

const mucode: Recipe = {
  name: "mucode",
  summary: "μCode: every state, answered by the local-search expert (Eq. 4, β_O = 1.0, β_L = 0.1).",
  keeps: "every state, those of problems that nobody solved included",
  imitates: "the problem's answer with the highest 1.0 · R + 0.1 · R_φ",
  source: "paper, Algorithm 1, Eq. 4 and 5; Table 1",
  kept: "all",
  usesScores: true,
  target: (state) => favourite(state).completion,
};

const mucodeOracle: Recipe = {
  ...mucode,
  name: "mucode-ov",
  summary:
    "μCode with the oracle alone (Eq. 4, β_O = 1, β_L = 0): the earliest right answer, else the earliest.",
  imitates: "the problem's answer with the highest R, the earliest of equals",
  source: "paper, Table 2: μCode with OV",
  usesScores: false,
  target: ({ answers }) => localSearchExpert(answers, { oracle: 1, learned: 0 }).completion,
};

const mucodeLearned: Recipe = {
  ...mucode,
  name: "mucode-lv",
  summary: "μCode with the learned verifier alone (Eq. 4, β_O = 0, β_L = 1).",
  imitates: "the problem's answer with the highest R_φ, right or wrong",
  source: "paper, Table 2: μCode with LV",
  target: ({ answers }) => localSearchExpert(answers, { oracle: 0, learned: 1 }).completion,
};

const mucodeOfficial: Recipe = {
  name: "mucode-official",
  summary:
    "μCode as the official code does it: three failing rollouts a problem relabelled, old labels kept.",
  keeps:
    "every state of rollouts that ended right, and of each problem's three others with the highest scores",
  imitates:
    "a right rollout's own final answer; else the final answer that is right and scores highest, or scores highest; " +
    "iterations apart, each with its own verifier",
  source: "official code, create_merged_RS_data.py and mucode.sh (defects D2 to D6)",
  kept: "all",
  usesScores: true,
  keepsLabels: true,
  target: officialExpert,
};

const mucodeUnion: Recipe = {
  name: "mucode-r",
  summary: "μCode-R: the examples of μCode and those of Multi-STaR² together.",
  keeps: "every state; those of a problem with a right answer twice",
  imitates: "μCode's answer, and besides a right one as Multi-STaR² draws it",
  source: "reviews and rebuttal: μCode-R",
  kept: "all",
  answers: 2,
  usesScores: true,
  target: (state) =>
    [favourite(state).completion, anyRightAnswer(state)].flatMap((completion) =>
      completion === null ? [] : [{ completion, weight: 1 }],
    ),
};

/** μCode-R at the size of μCode: one example a state. All shares draw alike, so that they differ where they must. */
const mucodeMixed = (percent: number): Recipe => ({
  name: `mucode-r-${percent}`,
  summary: `μCode-R at μCode's size: each state's example is μCode's in ${percent} of 100 draws, else Multi-STaR²'s.`,
  keeps: "every state once",
  imitates: `μCode's answer with probability ${percent / 100} and where no right one is known, else a right one`,
  source: "reviewer 6VTR: why was μCode-R worse?",
  kept: "all",
  usesScores: true,
  target: (state) => {
    const right = anyRightAnswer(state);
    return right === null || state.random() < percent / 100 ? favourite(state).completion : right;
  },
});

const mucodeDrop: Recipe = {
  ...mucode,
  name: "mucode-drop",
  summary: "μCode without the problems that nobody solved.",
  keeps: "every state of a problem with a right answer",
  source: "reviewer QsKU: is a wrong favourite harmful?",
  kept: "solved problems",
  target: (state) => (isSolved(state) ? favourite(state).completion : null),
};

const mucodePublic: Recipe = {
  ...mucode,
  name: "mucode-public",
  summary: "μCode; of problems that nobody solved only those whose favourite passes the public tests.",
  keeps: "every state of a problem with a right answer, or whose favourite passes the public tests",
  source: "reviewer QsKU: is a wrong favourite harmful?",
  target: (state) => (isSolved(state) || favourite(state).publicPassed ? favourite(state).completion : null),
};

const mucodeDense: Recipe = {
  ...mucode,
  name: "mucode-dense",
  summary: "μCode with the fraction of tests passed in the verifier's place (Eq. 4, β_O = 1.0, β_L = 0.1).",
  imitates:
    "the problem's answer with the highest 1.0 · R + 0.1 · (fraction of public and private tests passed)",
  source: "open question: is a learned verifier better than a dense oracle?",
  usesScores: false,
  target: (state) => mostTestsExpert(state).completion,
};

export const recipes: readonly Recipe[] = [
  base,
  star,
  rft,
  rftOfficial,
  rftRelabelled,
  relabelFirst,
  rftLearned(3, "paper, Table 2: RFT with LV"),
  rftLearned(6, "rebuttal, table c: RFT(LV)"),
  mucodeOracle,
  mucodeLearned,
  mucode,
  mucodeOfficial,
  mucodeUnion,
  mucodeMixed(25),
  mucodeMixed(50),
  mucodeMixed(75),
  mucodeDrop,
  mucodePublic,
  mucodeDense,
];

export function findRecipe(name: string): Recipe | undefined {
  return recipes.find((recipe) => recipe.name === name);
}
