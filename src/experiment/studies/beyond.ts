// Past the paper: what keeps turns after the first worth their price, as it was found on problems that no other study uses.
import { accuracy, targetsRight } from "./reading.ts";
import { marks, type Study, type StudySystem, system } from "./study.ts";

const redrawing = { evaluation: { repeats: "redrawn" } };
const redrawn = (recipe: string): StudySystem => ({
  ...system(recipe, 1, `${recipe}, redrawn`),
  settings: redrawing,
});

const winner = "relabel-first, redrawn";
const rivals = ["mucode", "rft-relabelled"];
const trained = [...rivals, "relabel-first"];
const names = ["base", ...trained, ...trained.map((recipe) => `${recipe}, redrawn`)];

export const beyond: Study = {
  name: "beyond",
  question: "What beats both μCode and Multi-STaR²? (past the paper)",
  systems: [system("base"), ...trained.map((recipe) => system(recipe)), ...trained.map(redrawn)],
  notes: [
    "“redrawn”: a program that failed in the same conversation is drawn anew, up to 8 times (evaluation.repeats); their tokens are counted. relabel-first relabels first turns as Multi-STaR² does, and keeps later ones as RFT does, as they were written in rollouts that ended right.",
    "Chosen on 400 compositions that are in none of the splits, seed 1 and 2; this page is the first that the test problems were used for.",
  ],
  content({ turns, candidates }) {
    const single = accuracy("greedy", 1);
    const greedy = accuracy("greedy", turns);
    const public_ = accuracy("public", turns, { label: `PT of ${candidates} T${turns}` });
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    const measured = [single, accuracy("greedy", 2), greedy, public_, best];
    const against = (a: string, b: string) =>
      [single, greedy, best].map((reading) => ({
        name: `${a} − ${b}, ${reading.label}`,
        a: [a, reading] as const,
        b: [b, reading] as const,
      }));
    return {
      tables: [
        { title: `Greedy and best of ${candidates}`, columns: measured },
        { title: "What was learned from", systems: trained, columns: [targetsRight] },
      ],
      contrasts: [
        ...rivals.flatMap((rival) => against(winner, rival)),
        ...rivals.flatMap((rival) => against(winner, `${rival}, redrawn`)),
        ...trained.flatMap((recipe) => against(`${recipe}, redrawn`, recipe).slice(1)),
        ...against("relabel-first", "rft-relabelled"),
      ],
      figure: marks("Accuracy with and without repeated programs", names, [single, greedy, best]),
    };
  },
};
