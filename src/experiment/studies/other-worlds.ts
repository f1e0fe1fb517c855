// Tables of the paper that need more than Pocket: other base models, and harder problems.
import { sourcesOf } from "../benchmark-choice.ts";
import { accuracy } from "./reading.ts";
import { marks, type Study, system } from "./study.ts";

export const models: Study = {
  name: "models",
  question: "Does it hold for another base model? (paper, Table 4)",
  systems: ["base", "rft", "mucode"].map((recipe) => system(recipe, 2)),
  lacks: ({ model }) =>
    model === "pocket"
      ? "needs another base model than Pocket's: give a configuration with one, such as --config configs/paper/qwen-2.5-1.5b-mbpp.yaml, and run it once for each model"
      : null,
  content({ turns, candidates }) {
    const greedy = accuracy("greedy", turns);
    const best = accuracy("public+verifier", turns, { label: `PT+LV of ${candidates} T${turns}` });
    return {
      tables: [
        {
          title: `Greedy and best of ${candidates}`,
          columns: [greedy, best],
          paper: {
            source: "Table 4, Qwen-2.5-1.5B-Instruct: MBPP / HumanEval",
            columns: ["N=1", "BoN N=5"],
            rows: {
              base: ["53.8 / 64.5", "60.9 / 70.3"],
              rft: ["57.0 / 66.6", "58.0 / 71.3"],
              mucode: ["59.0 / 70.5", "63.1 / 74.0"],
            },
          },
        },
      ],
      contrasts: [
        { name: "μCode − RFT, greedy", a: ["mucode", greedy], b: ["rft", greedy], paper: "+2.0 / +3.9" },
        { name: "μCode − RFT, PT+LV", a: ["mucode", best], b: ["rft", best], paper: "+5.1 / +2.7" },
        { name: "μCode − base, PT+LV", a: ["mucode", best], b: ["base", best], paper: "+2.2 / +3.7" },
      ],
      figure: marks("Accuracy by system", ["base", "rft", "mucode"], [greedy, best]),
    };
  },
};

export const codeContests: Study = {
  name: "codecontests",
  question:
    "Does it hold on harder problems, which read stdin and write stdout? (paper, Table 1; rebuttal e)",
  // The paper's one iteration for CodeContests.
  systems: ["base", "rft", "mucode"].map((recipe) => system(recipe)),
  lacks: ({ benchmark, model }) =>
    model === "pocket" || !sourcesOf(benchmark).test.startsWith("codecontests")
      ? "needs CodeContests and a model for it: give a configuration with both, such as --config configs/paper/llama-3.1-8b-codecontests.yaml"
      : null,
  content({ turns, candidates }) {
    const greedy = accuracy("greedy", turns, { tests: "private" });
    const best = accuracy("public+verifier", turns, {
      tests: "private",
      label: `PT+LV of ${candidates} T${turns}, private`,
    });
    return {
      tables: [
        {
          title: `Greedy and best of ${candidates}`,
          columns: [greedy, best],
          paper: {
            source: "Table 1, Llama-3.1-8B",
            columns: ["N=1", "BoN N=5"],
            rows: { base: [4.8, 13.8], rft: [7.2, 14.9], mucode: [7.9, 16.3] },
          },
        },
      ],
      contrasts: [
        { name: "μCode − RFT, greedy", a: ["mucode", greedy], b: ["rft", greedy], paper: "+0.7" },
        { name: "μCode − RFT, PT+LV", a: ["mucode", best], b: ["rft", best], paper: "+1.4" },
      ],
      figure: marks("Accuracy by system", ["base", "rft", "mucode"], [greedy, best]),
    };
  },
};
