// The figures of the paper. They print few numbers; those of the rebuttal's tables stand beside ours.
import { accuracy, exactBestOf, verifierAuc, verifierAucOverall } from "./reading.ts";
import { lines, type Study, system } from "./study.ts";

const turnNumbers = [1, 2, 3, 4, 5, 6];
const widths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const names = ["base", "rft", "mucode"];
const systems = names.map((recipe) => system(recipe, 2));

export const turns: Study = {
  name: "turns",
  question: "Does it go on improving in more turns than it was trained with? (paper, Figure 2; rebuttal a)",
  systems,
  measurements: { turns: { turns: 6, selectors: ["public+verifier"] } },
  content({ candidates }) {
    const within = (mode: "greedy" | "public+verifier") =>
      turnNumbers.map((turn) => accuracy(mode, turn, { in: "turns" }));
    const [greedy, best] = [within("greedy"), within("public+verifier")];
    const series = (readings: typeof greedy) =>
      lines(
        names,
        readings.map((reading, index) => [index + 1, reading]),
      );
    return {
      tables: [
        { title: "Greedy within t turns", columns: greedy },
        {
          title: `Best of ${candidates}, PT+LV, within t turns`,
          columns: best,
          paper: {
            source: "rebuttal a, Llama-3.2-1B on MBPP",
            columns: turnNumbers.map((turn) => `T${turn}`),
            rows: {
              base: ["39.2", "41.5", "43.1", "44.0", "45.0", "45.5"],
              rft: ["39.4", "40.9", "41.4", "41.9", "42.2", "42.7"],
              mucode: ["38.1", "43.9", "46.6", "48.8", "50.1", "50.9"],
            },
          },
        },
      ],
      contrasts: [
        ...(
          [
            ["base", "+6.3"],
            ["rft", "+3.3"],
            ["mucode", "+12.8"],
          ] as const
        ).flatMap(([name, gain]) => [
          {
            name: `${name}: T6 − T1, greedy`,
            a: [name, greedy[5]!] as const,
            b: [name, greedy[0]!] as const,
          },
          {
            name: `${name}: T6 − T1, PT+LV`,
            a: [name, best[5]!] as const,
            b: [name, best[0]!] as const,
            paper: gain,
          },
          { name: `${name}: T6 − T3, PT+LV`, a: [name, best[5]!] as const, b: [name, best[2]!] as const },
        ]),
        { name: "μCode − RFT, PT+LV T6", a: ["mucode", best[5]!], b: ["rft", best[5]!], paper: "+8.2" },
        { name: "μCode − base, PT+LV T6", a: ["mucode", best[5]!], b: ["base", best[5]!], paper: "+5.4" },
      ],
      figure: {
        title: "Accuracy within 1 to 6 turns, trained with the configuration's",
        kind: "lines",
        x: "turns",
        panels: [
          { title: "greedy", series: series(greedy) },
          { title: `best of ${candidates}, PT+LV`, series: series(best) },
        ],
      },
    };
  },
};

export const testless: Study = {
  name: "testless",
  question: "Can it find out by feedback what the prompt keeps from it? (paper, Figure 2: POMDP; rebuttal b)",
  systems: [...systems.slice(0, 2), system("rft-relabelled", 2), ...systems.slice(2)],
  measurements: { testless: { turns: 6, selectors: ["public+verifier"], testless: true } },
  notes: [
    "All systems were trained with the public test in the prompt; it is left out for this measurement alone.",
  ],
  content({ candidates, turns: limit }) {
    const within = (mode: "greedy" | "public+verifier") =>
      turnNumbers.map((turn) => accuracy(mode, turn, { in: "testless" }));
    const [greedy, best] = [within("greedy"), within("public+verifier")];
    const told = accuracy("public+verifier", limit, { label: `PT+LV T${limit}, told` });
    const shown = ["base", "rft", "rft-relabelled", "mucode"];
    const series = (readings: typeof greedy) =>
      lines(
        shown,
        readings.map((reading, index) => [index + 1, reading]),
      );
    return {
      tables: [
        { title: "Greedy within t turns, tests not in the prompt", columns: greedy },
        {
          title: `Best of ${candidates}, PT+LV, tests not in the prompt; last, with them`,
          columns: [...best, told],
          paper: {
            source: "rebuttal b, Llama-3.2-1B on testless MBPP",
            columns: ["T1", "T2", "T3"],
            rows: {
              base: ["24.3", "29.4", "32.6"],
              rft: ["25.2", "30.3", "32.3"],
              "rft-relabelled": ["22.8", "26.8", "27.4"],
              mucode: ["27.3", "37.2", "41.5"],
            },
          },
        },
      ],
      contrasts: [
        ...(
          [
            ["base", undefined],
            ["rft", undefined],
            ["rft-relabelled", undefined],
            ["mucode", "+15.9 (Figure 2)"],
          ] as const
        ).map(([name, paper]) => ({
          name: `${name}: T6 − T1, PT+LV`,
          a: [name, best[5]!] as const,
          b: [name, best[0]!] as const,
          ...(paper !== undefined && { paper }),
        })),
        { name: "μCode − RFT, PT+LV T3", a: ["mucode", best[2]!], b: ["rft", best[2]!], paper: "+9.2" },
        { name: "μCode − base, PT+LV T3", a: ["mucode", best[2]!], b: ["base", best[2]!], paper: "+8.9" },
        ...shown.map((name) => ({
          name: `${name}: testless − told, PT+LV T${limit}`,
          a: [name, best[limit - 1] ?? best.at(-1)!] as const,
          b: [name, told] as const,
        })),
      ],
      figure: {
        title: "Accuracy within 1 to 6 turns, tests not in the prompt",
        kind: "lines",
        x: "turns",
        panels: [
          { title: "greedy", series: series(greedy) },
          { title: `best of ${candidates}, PT+LV`, series: series(best) },
        ],
      },
    };
  },
};

export const candidates: Study = {
  name: "candidates",
  question: "What is a larger N worth? (paper, Figure 3)",
  systems,
  measurements: { widths: { widths, selectors: ["public+verifier"] } },
  notes: [
    "At turn 1 best of n is computed exactly from the 11 samples of each problem (docs/reference/estimators.md). A multi-turn search goes on from what it chose, so each N needs a search of its own: all of them take their candidates from the same draws.",
  ],
  content({ turns: limit }) {
    const first = widths.map((n) => exactBestOf("public+verifier", n, "widths"));
    const last = widths.map((n) => accuracy("public+verifier", limit, { in: "widths", width: n }));
    const some = [1, 3, 5, 7, 9, 11];
    const at = <T>(readings: readonly T[], n: number) => readings[n - 1]!;
    const series = (readings: typeof first) =>
      lines(
        names,
        readings.map((reading, index) => [index + 1, reading]),
      );
    return {
      tables: [
        { title: "PT+LV of N at turn 1, exact", columns: some.map((n) => at(first, n)) },
        { title: `PT+LV of N within ${limit} turns, by search`, columns: some.map((n) => at(last, n)) },
      ],
      contrasts: [
        ...names.flatMap((name) => [
          {
            name: `${name}: N 11 − 5, T1`,
            a: [name, at(first, 11)] as const,
            b: [name, at(first, 5)] as const,
          },
          {
            name: `${name}: N 5 − 1, T${limit}`,
            a: [name, at(last, 5)] as const,
            b: [name, at(last, 1)] as const,
          },
          {
            name: `${name}: N 11 − 5, T${limit}`,
            a: [name, at(last, 11)] as const,
            b: [name, at(last, 5)] as const,
            paper: "MBPP rises, HumanEval is flat (Figure 3)",
          },
        ]),
        { name: `μCode − RFT, N 11, T${limit}`, a: ["mucode", at(last, 11)], b: ["rft", at(last, 11)] },
      ],
      figure: {
        title: "PT+LV by N",
        kind: "lines",
        x: "N",
        panels: [
          { title: "turn 1, exact", series: series(first) },
          { title: `within ${limit} turns, by search`, series: series(last) },
        ],
      },
    };
  },
};

export const losses: Study = {
  name: "losses",
  question: "Is Bradley-Terry the better loss of the verifier than BCE? (paper, Figure 4)",
  systems: [
    system("base", 1, "BT"),
    { ...system("base", 1, "BCE"), settings: { verifier: { loss: "bce" } } },
  ],
  measurements: { samples: { turns: 1, widths: [15], selectors: ["verifier"] } },
  notes: [
    "Both verifiers choose among the same 15 samples of the base model at turn 1; best of n is exact (docs/reference/estimators.md).",
  ],
  content() {
    const by = (selector: "verifier" | "public+verifier") =>
      widths.map((n) => exactBestOf(selector, n, "samples"));
    const [learned, both] = [by("verifier"), by("public+verifier")];
    const auc = verifierAuc("samples");
    const some = [1, 3, 5, 7, 9, 11];
    const series = (readings: typeof learned) =>
      lines(
        ["BT", "BCE"],
        readings.map((reading, index) => [index + 1, reading]),
      );
    const paper = "above 0 at every N (Figure 4, no numbers)";
    return {
      tables: [
        { title: "LV of N", columns: some.map((n) => learned[n - 1]!) },
        { title: "PT+LV of N", columns: some.map((n) => both[n - 1]!) },
        { title: "The verifier itself", columns: [auc, verifierAucOverall] },
      ],
      contrasts: [
        ...[3, 5, 11].flatMap((n) => [
          {
            name: `BT − BCE, LV of ${n}`,
            a: ["BT", learned[n - 1]!] as const,
            b: ["BCE", learned[n - 1]!] as const,
            paper,
          },
          {
            name: `BT − BCE, PT+LV of ${n}`,
            a: ["BT", both[n - 1]!] as const,
            b: ["BCE", both[n - 1]!] as const,
          },
        ]),
        { name: "BT − BCE, AUC in problem", a: ["BT", auc], b: ["BCE", auc] },
      ],
      figure: {
        title: "Best of N at turn 1, base model",
        kind: "lines",
        x: "N",
        panels: [
          { title: "LV", series: series(learned) },
          { title: "PT+LV", series: series(both) },
        ],
      },
    };
  },
};
