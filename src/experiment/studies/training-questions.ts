// What the reviewers of the paper asked about training: its iterations, its data, and its cost.
import {
  gain,
  generatedTokens,
  perPoint,
  trainedTokens,
  trainingFlops,
  trainingSeconds,
} from "./cost-readings.ts";
import { accuracy, distinctTargets, examples, solvedProblems, targetsRight, verifierAuc } from "./reading.ts";
import { marks, type Study, type StudySystem, system } from "./study.ts";

const rounds = [1, 2, 3, 4, 5];
const iterated = ["rft", "mucode"];

export const iterations: Study = {
  name: "iterations",
  question: "Does more than one iteration help, and does validation choose well? (Algorithm 1; reviews)",
  systems: [
    system("base"),
    ...iterated.flatMap((recipe): StudySystem[] => [
      ...rounds.map((iteration) => ({ name: `${recipe} ${iteration}`, recipe, iterations: 5, iteration })),
      system(recipe, 5, `${recipe} selected`),
    ]),
  ],
  notes: [
    "“selected” is the iteration from 1 to 5 with the best greedy accuracy on the validation problems, the earlier one on a tie.",
    "In version 1 of the paper μCode fell from iteration 1 to 2 on MBPP and rose on HumanEval; RFT fell on both (reviews; no numbers).",
  ],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    const panel = (title: string, reading: typeof greedy) => ({
      title,
      series: iterated.map((recipe) => ({
        name: recipe,
        points: [
          { x: 0, system: "base", reading },
          ...rounds.map((round) => ({ x: round, system: `${recipe} ${round}`, reading })),
        ],
      })),
    });
    return {
      tables: [
        { title: "By iteration", columns: [single, greedy, best, verifierAuc()] },
        {
          title: "What was learned from, by iteration",
          columns: [targetsRight, solvedProblems, examples, distinctTargets],
        },
      ],
      contrasts: iterated.flatMap((recipe) => [
        ...rounds.slice(1).map((round) => ({
          name: `${recipe}: iteration ${round} − ${round - 1}, greedy`,
          a: [`${recipe} ${round}`, greedy] as const,
          b: [`${recipe} ${round - 1}`, greedy] as const,
          ...(round === 2 && {
            paper: recipe === "rft" ? "fell on both" : "fell on MBPP, rose on HumanEval",
          }),
        })),
        {
          name: `${recipe}: selected − iteration 1, greedy`,
          a: [`${recipe} selected`, greedy],
          b: [`${recipe} 1`, greedy],
        },
        {
          name: `${recipe}: selected − iteration 1, PT+LV`,
          a: [`${recipe} selected`, best],
          b: [`${recipe} 1`, best],
        },
      ]),
      figure: {
        title: "Accuracy by iteration",
        kind: "lines",
        x: "iteration",
        panels: [
          panel(`greedy T1`, single),
          panel(`greedy T${turns}`, greedy),
          panel(`best of ${candidates}, PT+LV, T${turns}`, best),
        ],
      },
    };
  },
};

const mixed = ["rft-relabelled", "mucode-r-25", "mucode-r-50", "mucode-r-75", "mucode", "mucode-r"];

export const mixing: Study = {
  name: "mixing",
  question: "Why was μCode-R, with more oracle data, worse than μCode? (reviewer 6VTR)",
  systems: ["base", ...mixed].map((recipe) => system(recipe)),
  notes: [
    "mucode-r holds the examples of mucode and of rft-relabelled, so about twice as many; mucode-r-25, -50 and -75 are as large as mucode, with 25, 50 and 75 of 100 examples mucode's.",
  ],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    const readings = [single, greedy, best];
    const against = (a: string, b: string, paper?: string) =>
      [single, best].map((reading) => ({
        name: `${a} − ${b}, ${reading.label}`,
        a: [a, reading] as const,
        b: [b, reading] as const,
        ...(paper !== undefined && { paper }),
      }));
    return {
      tables: [
        { title: `Greedy and best of ${candidates}`, columns: readings },
        {
          title: "What was learned from",
          systems: mixed,
          columns: [targetsRight, examples, distinctTargets],
        },
      ],
      contrasts: [
        ...against("mucode-r", "mucode", "below 0 (version 1's reviews, no numbers)"),
        ...against("mucode-r", "rft-relabelled"),
        ...against("mucode-r", "mucode-r-50"),
        ...against("mucode-r-50", "mucode"),
        ...against("mucode-r-50", "rft-relabelled"),
      ],
      figure: marks("Accuracy by the share of μCode's examples", ["base", ...mixed], readings),
    };
  },
};

const priced = ["star", "rft", "rft-relabelled", "mucode-ov", "mucode"];

export const cost: Study = {
  name: "cost",
  question: "What does a method cost in time, tokens and FLOPs, and what for each point? (reviewer vyX7)",
  systems: ["base", ...priced].map((recipe) => system(recipe)),
  notes: [
    "The cost of training alone: rollouts, fine-tuning, and the verifier with its scores where the recipe looks at them. Evaluation is not in it. Seconds are of the machine that made a phase, whatever else it did then.",
    "FLOPs are 2 a parameter for each token generated or read, and 6 for each trained on. A seed that gained nothing over the base model has no cost a point, so that column is too low where gains are small.",
  ],
  content({ turns, candidates }) {
    const greedy = accuracy("greedy", turns);
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    return {
      tables: [
        {
          title: "What training costs, each seed",
          systems: priced,
          columns: [trainingSeconds, generatedTokens, trainedTokens, trainingFlops],
        },
        {
          title: "Greedy accuracy, and its cost at turn 1",
          columns: [
            accuracy("greedy", 1),
            gain("greedy", 1),
            perPoint("seconds", "greedy", 1),
            perPoint("GFLOPs", "greedy", 1),
          ],
        },
        {
          title: `Best of ${candidates}, PT+LV, and its cost within ${turns} turns`,
          columns: [
            best,
            gain("public+verifier", turns),
            perPoint("seconds", "public+verifier", turns),
            perPoint("GFLOPs", "public+verifier", turns),
          ],
        },
      ],
      contrasts: ["star", "rft", "rft-relabelled", "mucode-ov"].flatMap((other) =>
        [greedy, best].map((reading) => ({
          name: `mucode − ${other}, ${reading.label}`,
          a: ["mucode", reading] as const,
          b: [other, reading] as const,
        })),
      ),
      figure: marks("Cost and accuracy", priced, [trainingFlops, greedy, best]),
    };
  },
};
