// A study makes what is missing and nothing else: across studies, settings and kills. The models, trainings and sandbox are
// scripted; phases, files and numbers are real.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../src/experiment/config-file.ts";
import { silent } from "../src/experiment/progress.ts";
import type { RunServices } from "../src/experiment/run.ts";
import { lockRun } from "../src/experiment/run-lock.ts";
import { favouriteTestsPassed, unsolvedProblems } from "../src/experiment/studies/favourite-readings.ts";
import { accuracy, exactBestOf, targetsRight } from "../src/experiment/studies/reading.ts";
import { runStudy, type StudyRun } from "../src/experiment/studies/run-study.ts";
import { marks, type Study, system } from "../src/experiment/studies/study.ts";
import type { ShownStudy } from "../src/report/index.ts";
import { type ScriptedServices, scriptedServices } from "./fixtures/scripted-run.ts";

let folder: string;
let model: string;
let scripted: ScriptedServices;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mucode-study-"));
  model = join(folder, "model");
  mkdirSync(model);
  for (const [name, text] of [
    ["config.json", "{}"],
    ["tokenizer.json", "{}"],
    ["tokenizer_config.json", '{"chat_template":"x"}'],
    // A header of two bytes, and no tensors.
    ["model.safetensors", `\u0002${"\0".repeat(7)}{}`],
  ] as const)
    writeFileSync(join(model, name), text);
  scripted = await scriptedServices();
});
afterAll(async () => {
  await scripted.close();
  rmSync(folder, { recursive: true, force: true });
});

const first: Study = {
  name: "first",
  question: "Does it work?",
  systems: [
    system("base"),
    system("mucode", 2),
    { name: "mucode 1", recipe: "mucode", iterations: 2, iteration: 1 },
    { ...system("mucode"), name: "kept", settings: { verifier: { refresh: false } } },
  ],
  content: () => ({
    tables: [
      {
        title: "all",
        columns: [accuracy("greedy", 2), targetsRight, unsolvedProblems, favouriteTestsPassed],
      },
    ],
    contrasts: [{ name: "d", a: ["mucode", accuracy("greedy", 2)], b: ["base", accuracy("greedy", 2)] }],
    figure: marks("f", ["base"], [accuracy("greedy", 2)]),
  }),
};

/** The same systems, measured further. */
const second: Study = {
  ...first,
  name: "second",
  systems: [system("base"), system("mucode", 2)],
  measurements: { wide: { turns: 3, widths: [1, 3, 4], selectors: ["public+verifier"] } },
  content: () => ({
    tables: [
      {
        title: "wide",
        columns: [
          accuracy("public+verifier", 2, { in: "wide", width: 3 }),
          accuracy("public+verifier", 3, { in: "wide", width: 4 }),
          exactBestOf("public+verifier", 4, "wide"),
          accuracy("public+verifier", 2),
          accuracy("public+verifier", 1, { in: "wide", width: 4 }),
        ],
      },
    ],
    contrasts: [],
    figure: marks("f", ["base"], [accuracy("greedy", 3, { in: "wide" })]),
  }),
};

const configOf = (name = "scripted") =>
  parseConfig(
    `
name: ${name}
model: ${model}
limit: { train: 5, validation: 2, test: 4 }
rollouts: { samples: 4, turns: 2 }
evaluation: { turns: 2, candidates: 3 }`,
    "study.yaml",
  );

function asked(study: Study, store: string, seeds = [1, 2]): StudyRun {
  const folders = { study: join(folder, store, study.name), phases: join(folder, store, "phases") };
  return { study, config: configOf(), seeds, folders, command: `npx mucode study ${study.name}` };
}

function services(changes: Partial<RunServices> = {}): RunServices {
  const { executor, sandbox } = scripted;
  return {
    executor,
    sandbox,
    progress: silent,
    slots: 2,
    environment: { code: "test", recipes: "recipes" },
    ...changes,
  };
}

const phasesIn = (store: string) => readdirSync(join(folder, store, "phases")).sort();
/** All but the clock. */
const numbers = (shown: ShownStudy) => ({
  ...shown,
  costs: shown.costs.map(({ seconds: _, ...cost }) => cost),
});

let calm: ShownStudy;
beforeAll(async () => {
  calm = await runStudy(asked(first, "calm"), services());
});

test("gives numbers of every system and seed", () => {
  const [table] = calm.tables;
  expect(table!.rows.map(({ system: name, iterations }) => [name, iterations.length])).toEqual([
    ["base", 2],
    ["mucode", 2],
    ["mucode 1", 2],
    ["kept", 2],
  ]);
  expect(table!.rows[2]!.iterations).toEqual([1, 1]);
  expect(table!.rows[0]!.cells.map((cell) => cell?.problems ?? null)).toEqual([4, null, null, null]);
  expect(table!.rows[1]!.cells[2]!.problems).toBe(5);
  expect(calm.problems).toEqual({ train: 5, validation: 2, test: 4 });
  expect(calm.contrasts[0]!.difference!.problems).toBe(4);
});

test("leaves ordinary run directories over one store of phases", () => {
  const place = join(folder, "calm", "first", "seed-2", "mucode", "iteration-2");
  expect(readFileSync(join(place, "evaluation.jsonl"), "utf8").trim().split("\n")).toHaveLength(4);
  const kept = join(folder, "calm", "first", "verifier.refresh=false", "seed-1", "metrics.json");
  expect(JSON.parse(readFileSync(kept, "utf8")).results.systems).toHaveLength(2);
  // The settings differ from iteration 2 on alone, which this variant doesn't reach: nothing was made twice.
  const kinds = phasesIn("calm").map((name) => name.split("-")[0]);
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  expect([count("finetune"), count("rollouts"), count("verifier")]).toEqual([4, 4, 4]);
  expect(calm.costs.find(({ kind }) => kind === "finetune")!.phases).toBe(4);
});

const idle = () => Promise.reject(new Error("asked to work"));

test("the same study again makes nothing, and another one of the same systems only measures", async () => {
  const nothing = { serve: idle, train: idle, close: async () => {} };
  const again = await runStudy(asked(first, "calm"), services({ executor: nothing }));
  expect(again).toEqual(calm);
  const before = phasesIn("calm");
  const measuring = { ...scripted.executor, train: idle };
  const { tables } = await runStudy(asked(second, "calm"), services({ executor: measuring }));
  const made = phasesIn("calm").filter((name) => !before.includes(name));
  expect(made.map((name) => name.split("-")[0])).toEqual(Array(4).fill("measurement"));
  for (const { cells } of tables[0]!.rows) {
    // N = 3 among several N is the run's own best of 3; N = 4 of 4 samples is the search's first turn.
    expect(cells[0]).toEqual(cells[3]);
    expect(cells[2]!.mean).toBeCloseTo(cells[4]!.mean, 12);
    expect(cells[1]!.mean).toBeGreaterThanOrEqual(cells[4]!.mean);
  }
});

test("where recipes change, states are relabelled again; where test problems change, they are only measured", async () => {
  const before = phasesIn("calm");
  const nothing = { serve: idle, train: idle, close: async () => {} };
  const changed = { executor: nothing, environment: { code: "test", recipes: "others" } };
  expect(numbers(await runStudy(asked(first, "calm"), services(changed)))).toEqual(numbers(calm));
  const relabelled = phasesIn("calm").filter((name) => !before.includes(name));
  expect(new Set(relabelled.map((name) => name.split("-")[0]))).toEqual(new Set(["relabel"]));
  const narrower = asked(first, "calm");
  const config = { ...narrower.config, limit: { ...narrower.config.limit, test: 3 } };
  const measuring = services({ executor: { ...scripted.executor, train: idle } });
  const others = {
    ...narrower,
    config,
    folders: { ...narrower.folders, study: join(folder, "calm", "narrower") },
  };
  const known = phasesIn("calm");
  await runStudy(others, measuring);
  const made = phasesIn("calm").filter((name) => !known.includes(name));
  expect(new Set(made.map((name) => name.split("-")[0]))).toEqual(new Set(["evaluation"]));
}, 30_000);

test("a search that redraws repeated programs is measured anew, and nothing is trained for it", async () => {
  const redrawing: Study = {
    ...second,
    name: "redrawing",
    systems: [{ ...system("mucode", 2), settings: { evaluation: { repeats: "redrawn" } } }],
    content: () => ({
      tables: [{ title: "all", columns: [accuracy("greedy", 2)] }],
      contrasts: [],
      figure: marks("f", ["mucode"], [accuracy("greedy", 2)]),
    }),
  };
  const known = phasesIn("calm");
  const measuring = services({ executor: { ...scripted.executor, train: idle } });
  await runStudy(asked(redrawing, "calm"), measuring);
  const made = phasesIn("calm").filter((name) => !known.includes(name));
  expect(new Set(made.map((name) => name.split("-")[0]))).toEqual(new Set(["evaluation", "measurement"]));
}, 30_000);

test("killed at any moment and continued, it ends as if nothing had happened", async () => {
  let judged = 0;
  const counting = {
    ...scripted.sandbox,
    judge: (job: Parameters<typeof scripted.sandbox.judge>[0]) => {
      judged++;
      return scripted.sandbox.judge(job);
    },
  };
  await runStudy(asked(first, "counted"), services({ sandbox: counting }));
  expect(judged).toBeGreaterThan(100);
  for (const share of [0.05, 0.4, 0.8]) {
    const store = `killed-${share}`;
    // From some program on nothing answers any more: what stands on disk is what a kill would leave.
    let left = Math.floor(share * judged);
    const hanging: ((error: Error) => void)[] = [];
    let dead: Promise<unknown> | undefined;
    await new Promise<void>((killed) => {
      const dying = {
        ...scripted.sandbox,
        judge: (job: Parameters<typeof scripted.sandbox.judge>[0]) => {
          if (left-- > 0) return scripted.sandbox.judge(job);
          setTimeout(killed, 20);
          return new Promise<never>((_, reject) => hanging.push(reject));
        },
      };
      dead = runStudy(asked(first, store), services({ sandbox: dying })).catch(() => {});
    });
    expect(phasesIn(store).some((name) => name.endsWith(".partial"))).toBe(true);
    // A killed process holds no lock; this one lives on.
    for (const name of readdirSync(join(folder, store), { recursive: true }) as string[])
      if (/\/run\.lock-[^/]*$/.test(name)) rmSync(join(folder, store, name));
    const finished = phasesIn(store).filter((name) => !name.endsWith(".partial"));
    const shown = await runStudy(asked(first, store), services());
    expect(numbers(shown)).toEqual(numbers(calm));
    expect(phasesIn(store)).toEqual(phasesIn("counted"));
    expect(phasesIn(store)).toEqual(expect.arrayContaining(finished));
    for (const reject of hanging) reject(new Error("killed"));
    await dead;
  }
});

test("a folder of runs that has phases of its own keeps them", async () => {
  const own = asked(first, "old", [1]);
  const phases = join(own.folders.study, "seed-1", "phases");
  mkdirSync(phases, { recursive: true });
  await runStudy(own, services());
  expect(readdirSync(phases).length).toBeGreaterThan(5);
});

test("a run that another process works on is refused", async () => {
  const busy = asked(first, "calm");
  const unlock = lockRun(join(busy.folders.study, "seed-1"));
  await expect(runStudy(busy, services())).rejects.toThrow("is working on this run");
  unlock();
});
