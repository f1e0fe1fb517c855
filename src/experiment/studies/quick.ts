// The first look: three recipes against the base model, one iteration each, on all of Pocket.
import {
  accuracy,
  distinctTargets,
  examples,
  solvedProblems,
  targetsRight,
  verifierAuc,
  verifierAucOverall,
} from "./reading.ts";
import { lines, type Study, system } from "./study.ts";

const systems = ["base", "rft", "rft-relabelled", "mucode"];

export const quick: Study = {
  name: "quick",
  question: "What do RFT, Multi-STaR² and μCode win over the base model in one iteration?",
  systems: systems.map((recipe) => system(recipe)),
  // Where its runs have been since before there were other studies.
  folder: "runs/study-quick",
  content({ turns, candidates }) {
    const turn = (t: number) => ({
      greedy: accuracy("greedy", t),
      best: accuracy("public+verifier", t, { label: `PT+LV of ${candidates} T${t}` }),
    });
    const all = Array.from({ length: turns }, (_, index) => turn(index + 1));
    const selectors = (["random", "public", "verifier", "public+verifier", "oracle"] as const).map((name) =>
      accuracy(name, 1),
    );
    const { greedy, best } = turn(1);
    const [, publicTests, learned, both] = selectors;
    return {
      tables: [
        {
          title: `Greedy within t turns, and best of ${candidates}`,
          columns: [...all.map((one) => one.greedy), ...all.map((one) => one.best)],
        },
        { title: `Selectors, best of ${candidates} at turn 1`, columns: selectors },
        {
          title: "What was learned from",
          columns: [
            targetsRight,
            solvedProblems,
            examples,
            distinctTargets,
            verifierAuc(),
            verifierAucOverall,
          ],
        },
      ],
      contrasts: [
        { name: "μCode − base, greedy T1", a: ["mucode", greedy], b: ["base", greedy] },
        { name: "μCode − RFT, greedy T1", a: ["mucode", greedy], b: ["rft", greedy] },
        { name: "base: PT+LV − PT, T1", a: ["base", both!], b: ["base", publicTests!] },
        { name: "base: PT+LV − LV, T1", a: ["base", both!], b: ["base", learned!] },
        { name: "μCode: PT+LV − PT, T1", a: ["mucode", both!], b: ["mucode", publicTests!] },
        { name: "μCode: PT+LV − LV, T1", a: ["mucode", both!], b: ["mucode", learned!] },
        { name: "μCode − Multi-STaR², greedy T1", a: ["mucode", greedy], b: ["rft-relabelled", greedy] },
        { name: "μCode − Multi-STaR², PT+LV T1", a: ["mucode", best], b: ["rft-relabelled", best] },
        { name: "μCode − RFT, PT+LV T1", a: ["mucode", best], b: ["rft", best] },
      ],
      figure: {
        title: "Accuracy within t turns",
        kind: "lines",
        x: "turns",
        panels: [
          {
            title: "greedy",
            series: lines(
              systems,
              all.map((one, index) => [index + 1, one.greedy]),
            ),
          },
          {
            title: `best of ${candidates}, PT+LV`,
            series: lines(
              systems,
              all.map((one, index) => [index + 1, one.best]),
            ),
          },
        ],
      },
    };
  },
};
