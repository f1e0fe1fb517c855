// What reviewers and the rebuttal asked about the verifier: its favourites, its age, and what it is worth.
import {
  answerPassesPublic,
  answerTestsPassed,
  bestTestsPassed,
  favouritePassesPublic,
  favouriteTestsPassed,
  unsolvedProblems,
} from "./favourite-readings.ts";
import { accuracy, distinctTargets, examples, targetsRight, verifierAuc } from "./reading.ts";
import { marks, type Study, system } from "./study.ts";

const wrongFavourites = ["mucode", "mucode-drop", "mucode-public", "rft-relabelled"];

export const favourites: Study = {
  name: "favourites",
  question:
    "Is it harmful to imitate the verifier's favourite of a problem that nobody solved? (reviewer QsKU)",
  systems: ["base", ...wrongFavourites].map((recipe) => system(recipe)),
  notes: [
    "mucode imitates the favourite, mucode-drop leaves such problems out, mucode-public keeps those whose favourite passes the public tests; rft-relabelled leaves them out too, and imitates every right answer instead of one.",
    "No answer to an unsolved problem is right, so precision there is the share of tests that the favourite passes, beside that of the average answer.",
  ],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    const readings = [single, greedy, best];
    return {
      tables: [
        { title: `Greedy and best of ${candidates}`, columns: readings },
        {
          title: "What was learned from",
          systems: wrongFavourites,
          columns: [targetsRight, examples, distinctTargets],
        },
        {
          title: "The verifier on training problems that nobody solved",
          systems: ["mucode"],
          columns: [
            unsolvedProblems,
            favouritePassesPublic,
            answerPassesPublic,
            favouriteTestsPassed,
            answerTestsPassed,
            bestTestsPassed,
          ],
        },
      ],
      contrasts: [
        ...["mucode-drop", "mucode-public", "rft-relabelled"].flatMap((other) =>
          readings.map((reading) => ({
            name: `mucode − ${other}, ${reading.label}`,
            a: ["mucode", reading] as const,
            b: [other, reading] as const,
          })),
        ),
        {
          name: "unsolved: favourite − average answer, public tests",
          a: ["mucode", favouritePassesPublic],
          b: ["mucode", answerPassesPublic],
        },
        {
          name: "unsolved: favourite − average answer, tests passed",
          a: ["mucode", favouriteTestsPassed],
          b: ["mucode", answerTestsPassed],
        },
      ],
      figure: marks(
        "Accuracy by what is done with unsolved problems",
        ["base", ...wrongFavourites],
        readings,
      ),
    };
  },
};

export const stale: Study = {
  name: "stale",
  question: "Does the verifier have to be trained anew each iteration? (rebuttal d)",
  systems: [
    { name: "fresh", recipe: "mucode", iterations: 2, iteration: 2 },
    {
      name: "stale",
      recipe: "mucode",
      iterations: 2,
      iteration: 2,
      settings: { verifier: { refresh: false } },
    },
  ],
  measurements: {
    stale: { selectors: ["verifier", "public+verifier"], verifier: "base", systems: ["fresh"] },
  },
  notes: [
    "“fresh” is μCode after two iterations with a verifier trained anew in each; “stale” keeps the first one, for its targets and its choices.",
    "Columns with “first verifier” let the first iteration's verifier choose among the same generator's candidates, as the rebuttal does.",
  ],
  content({ turns, candidates }) {
    const greedy = accuracy("greedy", turns);
    const own = (mode: "verifier" | "public+verifier") => accuracy(mode, turns);
    const first = (mode: "verifier" | "public+verifier") => {
      const { label } = own(mode);
      return accuracy(mode, turns, { in: "stale", label: `${label}, first verifier` });
    };
    const [learned, both] = [own("verifier"), own("public+verifier")];
    const [staleLearned, staleBoth] = [first("verifier"), first("public+verifier")];
    return {
      tables: [
        {
          title: `A verifier trained anew, or once: best of ${candidates}`,
          columns: [greedy, learned, both, verifierAuc()],
        },
        {
          title: "The same generator, chosen for by either verifier",
          systems: ["fresh"],
          columns: [learned, staleLearned, both, staleBoth],
          paper: {
            source: "rebuttal d, Llama-3.2-1B: MBPP / HumanEval",
            columns: ["BoN, newest verifier", "BoN, first verifier"],
            rows: { fresh: ["48.1 / 44.5", "46.8 / 42.5"] },
          },
        },
      ],
      contrasts: [
        {
          name: "choices: newest − first verifier, PT+LV",
          a: ["fresh", both],
          b: ["fresh", staleBoth],
          paper: "+1.3 / +2.0",
        },
        { name: "choices: newest − first verifier, LV", a: ["fresh", learned], b: ["fresh", staleLearned] },
        { name: "training: fresh − stale, greedy", a: ["fresh", greedy], b: ["stale", greedy] },
        { name: "training: fresh − stale, PT+LV", a: ["fresh", both], b: ["stale", both] },
      ],
      figure: marks("Accuracy with fresh and stale verifiers", ["fresh", "stale"], [greedy, learned, both]),
    };
  },
};

const scorers = ["mucode-ov", "mucode-dense", "mucode-lv", "mucode"];

export const dense: Study = {
  name: "dense",
  question: "Is the learned verifier better than the fraction of tests passed? (never compared in the paper)",
  systems: ["base", ...scorers].map((recipe) => system(recipe)),
  notes: [
    "As the score of Eq. 4: mucode-dense takes the fraction of public and private tests passed, mucode the learned verifier, mucode-ov neither, mucode-lv the learned verifier alone.",
    "As the selector: at inference only public tests may be looked at. Pocket has one of them, so the fraction passed is what PT looks at; PT+LV lets the verifier break its ties.",
  ],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const [publicTests, learned, both] = (["public", "verifier", "public+verifier"] as const).map((name) =>
      accuracy(name, turns),
    );
    const shown = [single, greedy, publicTests!, learned!, both!];
    return {
      tables: [
        { title: `Greedy, and best of ${candidates} by selector`, columns: shown },
        {
          title: "What was learned from",
          systems: scorers,
          columns: [targetsRight, examples, distinctTargets],
        },
      ],
      contrasts: [
        ...["mucode-dense", "mucode-ov"].flatMap((other) =>
          [single, greedy, both!].map((reading) => ({
            name: `mucode − ${other}, ${reading.label}`,
            a: ["mucode", reading] as const,
            b: [other, reading] as const,
          })),
        ),
        {
          name: "mucode-dense − mucode-ov, greedy T1",
          a: ["mucode-dense", single],
          b: ["mucode-ov", single],
        },
        ...["base", "mucode"].flatMap((name) => [
          { name: `${name}: LV − PT`, a: [name, learned!] as const, b: [name, publicTests!] as const },
          { name: `${name}: PT+LV − PT`, a: [name, both!] as const, b: [name, publicTests!] as const },
        ]),
      ],
      figure: marks("Accuracy by what scores", ["base", ...scorers], shown),
    };
  },
};
