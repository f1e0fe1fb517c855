// Every study of the catalogue is whole: what its page shows can be read from the systems and measurements that it asks for.
import { describe, expect, test } from "vitest";
import { madeUpSystems } from "../../../test/fixtures/made-up-systems.ts";
import { findRecipe } from "../../learning/recipes.ts";
import { parseConfig } from "../config-file.ts";
import { findStudy, studies } from "./catalog.ts";
import { poolSeeds, shownContrast, shownFigure, shownTable } from "./pool.ts";
import { checkStudy, variantsOf } from "./run-study.ts";
import { withIterations } from "./study.ts";

const config = parseConfig("name: a", "a.yaml");
const setup = { turns: 3, candidates: 5 };

test("names are one of their kind, and questions one line", () => {
  expect(new Set(studies.map(({ name }) => name)).size).toBe(studies.length);
  for (const { name, question } of studies) {
    expect(name).toMatch(/^[a-z-]+$/);
    expect(question).toMatch(/^[^\n]{20,120}$/);
  }
});

test("an unknown study is one line with the nearest name", () => {
  expect(() => findStudy("selector")).toThrow("did you mean selectors?");
  expect(() => findStudy("nothing-like-it")).toThrow(/known: quick, main, /);
});

describe.each(studies.map((study) => [study.name, study] as const))("%s", (_, study) => {
  test("asks for systems that exist, each under a name of its own", () => {
    expect(new Set(study.systems.map(({ name }) => name)).size).toBe(study.systems.length);
    for (const { recipe, iteration, iterations = 1 } of study.systems) {
      expect(findRecipe(recipe), recipe).toBeDefined();
      if (iteration !== undefined) expect(iteration).toBeLessThanOrEqual(iterations);
    }
    for (const { systems } of Object.values(study.measurements ?? {}))
      for (const name of systems ?? []) expect(study.systems.map((one) => one.name)).toContain(name);
  });

  test("has settings that a configuration may have", () => {
    const variants = variantsOf(study, config);
    expect(variants.flatMap(({ systems }) => systems)).toHaveLength(study.systems.length);
    expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
  });

  test("shows what is measured, and no more", async () => {
    const pooled = poolSeeds(madeUpSystems(study, setup));
    const { tables, contrasts, figure } = study.content(setup);
    for (const one of tables) {
      const { rows, columns, title } = await shownTable(pooled, one);
      expect(rows.length, title).toBeGreaterThan(0);
      expect(new Set(columns.map(({ label }) => label)).size, title).toBe(columns.length);
      for (const name of Object.keys(one.paper?.rows ?? {})) {
        expect(rows.map(({ system }) => system)).toContain(name);
        expect(one.paper!.rows[name]!.length).toBeLessThanOrEqual(one.paper!.columns.length);
      }
    }
    const shown = await Promise.all(contrasts.map((contrast) => shownContrast(pooled, contrast)));
    expect(new Set(shown.map(({ name }) => name)).size).toBe(shown.length);
    const { panels } = await shownFigure(pooled, figure);
    // What training cost is read from its phases, of which made-up systems have none.
    for (const { series } of panels)
      for (const { points } of series)
        for (const { unit, estimate } of points) if (unit === "percent") expect(estimate).not.toBeNull();
  });
});

test("studies that need more than Pocket say what", () => {
  const lacking = studies.filter(({ lacks }) => lacks?.(config));
  expect(lacking.map(({ name }) => name)).toEqual(["models", "codecontests"]);
  for (const study of lacking)
    expect(() => checkStudy(study, config)).toThrow(/^study [a-z]+: needs .*--config/);
  const contests = { train: "mine.jsonl", test: "codecontests" } as const;
  expect(() =>
    checkStudy(findStudy("codecontests"), { ...config, model: "m", benchmark: contests }),
  ).not.toThrow();
  const mine = { ...config, benchmark: { problems: "mine.jsonl" } };
  expect(() => checkStudy(findStudy("testless"), mine)).toThrow(
    /needs testless prompts: .*not of a problems file/,
  );
});

test("another M changes what a study doesn't fix", () => {
  const more = withIterations(findStudy("main"), 4);
  expect(variantsOf(more, config)[0]!.config.iterations).toBe(4);
  const fixed = withIterations(findStudy("stale"), 4);
  expect(variantsOf(fixed, config).map((variant) => variant.config.iterations)).toEqual([2, 2]);
});

test("settings make runs of their own, named by what is set", () => {
  const variants = variantsOf(findStudy("losses"), config);
  expect(variants.map((variant) => [variant.name, variant.config.verifier.loss])).toEqual([
    ["", "bradley-terry"],
    ["verifier.loss=bce", "bce"],
  ]);
  const [plain] = variantsOf(findStudy("quick"), config);
  // As `mucode study quick` has always written it.
  expect(plain!.config).toMatchObject({ recipes: ["rft", "rft-relabelled", "mucode"], iterations: 1 });
});
