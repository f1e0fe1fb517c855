// The tables of the paper. Its numbers are facts of arXiv:2502.20380v2, quoted where they are set beside ours.
import { accuracy, distinctTargets, examples, targetsRight } from "./reading.ts";
import { marks, type Study, system } from "./study.ts";

/** Algorithm 1 with M = 2, the paper's setting for MBPP and HumanEval. */
const paperSystems = (...recipes: readonly string[]) => recipes.map((recipe) => system(recipe, 2));

export const main: Study = {
  name: "main",
  question: "Does μCode beat RFT and the instruct model, greedy and with best of N? (paper, Table 1)",
  systems: [system("base"), system("star"), ...paperSystems("rft", "mucode")],
  notes: ["RFT and μCode with two iterations, of which validation selects one; STaR with one."],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const singleBest = accuracy("public+verifier", 1, { label: `PT+LV of ${candidates} T1` });
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    return {
      tables: [
        {
          title: "Single-turn (T1) and multi-turn, greedy and with best of N",
          columns: [single, greedy, singleBest, best],
          paper: {
            source: "Table 1, Llama-3.2-1B: MBPP / HumanEval",
            columns: ["T1, N=1", "T3, N=1", "T3, BoN 5"],
            rows: {
              base: ["35.1 / 25.6", "35.1 / 31.1", "47.3 / 35.7"],
              star: ["35.7 / 34.1", "", ""],
              rft: ["", "31.1 / 31.7", "46.7 / 34.1"],
              mucode: ["", "37.9 / 35.4", "51.1 / 41.5"],
            },
          },
        },
        {
          title: "The paper's measure: public and private tests",
          columns: [
            accuracy("greedy", 1, { tests: "private" }),
            accuracy("greedy", turns, { tests: "private" }),
            accuracy("public+verifier", 1, { tests: "private" }),
            accuracy("public+verifier", turns, { tests: "private" }),
          ],
        },
      ],
      contrasts: [
        {
          name: "μCode − RFT, greedy",
          a: ["mucode", greedy],
          b: ["rft", greedy],
          paper: "+6.8 / +3.7",
        },
        { name: "μCode − RFT, PT+LV", a: ["mucode", best], b: ["rft", best], paper: "+4.4 / +7.4" },
        {
          name: "μCode − base, greedy",
          a: ["mucode", greedy],
          b: ["base", greedy],
          paper: "+2.8 / +4.3",
        },
        { name: "μCode − base, PT+LV", a: ["mucode", best], b: ["base", best], paper: "+3.8 / +5.8" },
        { name: "RFT − base, greedy", a: ["rft", greedy], b: ["base", greedy], paper: "−4.0 / +0.6" },
        { name: "STaR − base, greedy T1", a: ["star", single], b: ["base", single], paper: "+0.6 / +8.5" },
        { name: "μCode − RFT, greedy T1", a: ["mucode", single], b: ["rft", single] },
        { name: "μCode − STaR, greedy T1", a: ["mucode", single], b: ["star", single] },
      ],
      figure: marks(
        "Accuracy by system",
        ["base", "star", "rft", "mucode"],
        [single, greedy, singleBest, best],
      ),
    };
  },
};

const imitated = [
  "base",
  "rft",
  "rft-lv-3",
  "rft-lv-6",
  "mucode-ov",
  "mucode-lv",
  "mucode",
  "rft-relabelled",
  "rft-official",
  "mucode-official",
];

export const imitation: Study = {
  name: "imitation",
  question: "Whom should the generator imitate? (paper, Table 2; rebuttal c; the official scripts)",
  systems: imitated.map((recipe) => system(recipe)),
  notes: [
    "One iteration each: all recipes then learn from the same rollouts and the same verifier, and differ in what they imitate alone.",
    "The paper's numbers are after two iterations.",
  ],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    const against = (recipe: string, paper?: string) => ({
      name: `μCode − ${recipe}, PT+LV`,
      a: ["mucode", best] as const,
      b: [recipe, best] as const,
      ...(paper !== undefined && { paper }),
    });
    return {
      tables: [
        {
          title: `Greedy and best of ${candidates}`,
          columns: [single, greedy, best],
          paper: {
            source: "Table 2, Llama-3.2-1B, multi-turn best of 5: MBPP / HumanEval",
            columns: ["BoN N=5"],
            rows: {
              base: ["47.3 / 35.7"],
              rft: ["46.7 / 36.5"],
              "rft-lv-3": ["49.0 / 38.9"],
              "mucode-ov": ["48.2 / 38.0"],
              "mucode-lv": ["48.5 / 39.1"],
              mucode: ["51.1 / 41.5"],
            },
          },
        },
        { title: "What was learned from", columns: [targetsRight, examples, distinctTargets] },
      ],
      contrasts: [
        against("base", "+3.8 / +5.8"),
        against("rft", "+4.4 / +5.0"),
        against("rft-lv-3", "+2.1 / +2.6"),
        against("mucode-ov", "+2.9 / +3.5"),
        against("mucode-lv", "+2.6 / +2.4"),
        against("rft-relabelled"),
        against("mucode-official"),
        {
          name: "rft-lv-3 − rft, PT+LV",
          a: ["rft-lv-3", best],
          b: ["rft", best],
          paper: "+2.3 / +2.4",
        },
        { name: "rft-lv-6 − rft, PT+LV", a: ["rft-lv-6", best], b: ["rft", best] },
        { name: "rft-official − rft, PT+LV", a: ["rft-official", best], b: ["rft", best] },
      ],
      figure: marks("Accuracy by what is imitated", imitated, [single, greedy, best]),
    };
  },
};

export const selectors: Study = {
  name: "selectors",
  question: "Which selector should choose among the candidates of a turn? (paper, Table 3)",
  systems: paperSystems("base", "rft", "mucode"),
  content({ turns, candidates }) {
    const [random, learned, publicTests, both, oracle] = (
      ["random", "verifier", "public", "public+verifier", "oracle"] as const
    ).map((name) => accuracy(name, turns));
    const shown = [random!, learned!, publicTests!, both!];
    return {
      tables: [
        {
          title: `Best of ${candidates} within ${turns} turns, by selector`,
          columns: [...shown, oracle!],
          paper: {
            source: "Table 3, Llama-3.2-1B: MBPP / HumanEval",
            columns: ["random", "LV", "PT", "PT+LV"],
            rows: {
              base: ["31.7 / 24.6", "30.3 / 29.4", "46.4 / 33.4", "47.3 / 35.7"],
              rft: ["31.1 / 27.4", "33.2 / 29.6", "46.8 / 36.8", "46.7 / 36.5"],
              mucode: ["37.5 / 31.5", "43.3 / 36.5", "49.4 / 39.7", "51.1 / 41.5"],
            },
          },
        },
        {
          title: `Best of ${candidates} at turn 1, by selector`,
          columns: (["random", "verifier", "public", "public+verifier", "oracle"] as const).map((name) =>
            accuracy(name, 1),
          ),
        },
      ],
      contrasts: (
        [
          ["base", "+0.9 / +2.3", "+17.0 / +6.3", "−1.4 / +4.8"],
          ["rft", "−0.1 / −0.3", "+13.5 / +6.9", "+2.1 / +2.2"],
          ["mucode", "+1.7 / +1.8", "+7.8 / +5.0", "+5.8 / +5.0"],
        ] as const
      ).flatMap(([name, overPublic, overLearned, overRandom]) => [
        {
          name: `${name}: PT+LV − PT`,
          a: [name, both!] as const,
          b: [name, publicTests!] as const,
          paper: overPublic,
        },
        {
          name: `${name}: PT+LV − LV`,
          a: [name, both!] as const,
          b: [name, learned!] as const,
          paper: overLearned,
        },
        {
          name: `${name}: LV − random`,
          a: [name, learned!] as const,
          b: [name, random!] as const,
          paper: overRandom,
        },
      ]),
      figure: marks(`Best of ${candidates} within ${turns} turns`, ["base", "rft", "mucode"], shown),
    };
  },
};

export const strongTests: Study = {
  name: "strong-tests",
  question: "Does the order of the methods hold under stronger tests? (paper, Table 5)",
  systems: paperSystems("base", "rft", "mucode"),
  notes: [
    "The paper compares sets of problems (MBPP has 500, MBPP+ 378); here both columns judge the same answers to the same problems.",
  ],
  content({ turns, candidates }) {
    const read = (tests: "private" | "strong") => ({
      greedy: accuracy("greedy", turns, { tests, label: `greedy T${turns}, ${tests}` }),
      best: accuracy("public+verifier", turns, {
        tests,
        label: `PT+LV of ${candidates} T${turns}, ${tests}`,
      }),
    });
    const [weak, strong] = [read("private"), read("strong")];
    return {
      tables: [
        {
          title: "Right by public and private tests, and by the strong tests too",
          columns: [weak.greedy, strong.greedy, weak.best, strong.best],
          paper: {
            source: "Table 1 (MBPP) and Table 5 (MBPP+), Llama-3.2-1B",
            columns: ["MBPP N=1", "MBPP+ N=1", "MBPP BoN N=5", "MBPP+ BoN N=5"],
            rows: {
              base: [35.1, 43.2, 47.3, 49.9],
              rft: [31.1, 44.3, 46.7, "50.0"],
              mucode: [37.9, 48.7, 51.1, 55.1],
            },
          },
        },
      ],
      contrasts: [
        {
          name: "μCode − RFT, greedy, private",
          a: ["mucode", weak.greedy],
          b: ["rft", weak.greedy],
          paper: "+6.8",
        },
        {
          name: "μCode − RFT, greedy, strong",
          a: ["mucode", strong.greedy],
          b: ["rft", strong.greedy],
          paper: "+4.4",
        },
        {
          name: "μCode − RFT, PT+LV, private",
          a: ["mucode", weak.best],
          b: ["rft", weak.best],
          paper: "+4.4",
        },
        {
          name: "μCode − RFT, PT+LV, strong",
          a: ["mucode", strong.best],
          b: ["rft", strong.best],
          paper: "+5.1",
        },
        ...["base", "rft", "mucode"].map((name) => ({
          name: `${name}: private − strong, PT+LV`,
          a: [name, weak.best] as const,
          b: [name, strong.best] as const,
        })),
      ],
      figure: marks(
        "Accuracy by the tests that decide",
        ["base", "rft", "mucode"],
        [weak.greedy, strong.greedy, weak.best, strong.best],
      ),
    };
  },
};
