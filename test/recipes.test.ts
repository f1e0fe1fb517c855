// `mucode recipes` as a user and as a script see it, and the page that gives every recipe's formula.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recipes } from "../src/learning/recipes.ts";
import { mucode, repository } from "./run-process.ts";

/** These names are written in configurations and studies. */
const names = [
  ...["base", "star", "rft", "rft-official", "rft-relabelled", "rft-lv-3", "rft-lv-6"],
  ...["mucode-ov", "mucode-lv", "mucode", "mucode-official"],
  ...["mucode-r", "mucode-r-25", "mucode-r-50", "mucode-r-75", "mucode-drop", "mucode-public"],
];

describe.concurrent("mucode recipes", () => {
  test("lists each recipe on a line of its own", async () => {
    const { code, stdout, stderr } = await mucode("recipes");
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(recipes.map(({ name }) => name));
    expect(lines.map((line) => line.replace(/^\S+ +/, ""))).toEqual(recipes.map(({ summary }) => summary));
    for (const name of names) expect(lines.some((line) => line.startsWith(`${name} `))).toBe(true);
  });

  test("--json gives names and summaries, and nothing else", async () => {
    const { code, stdout } = await mucode("recipes", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(recipes.map(({ name, summary }) => ({ name, summary })));
  });

  test("NAME tells what it keeps, whom it imitates, and its source", async () => {
    const { code, stdout } = await mucode("recipes", "mucode-official");
    expect(code).toBe(0);
    const { keeps, imitates, source } = recipes.find(({ name }) => name === "mucode-official")!;
    for (const text of [keeps, imitates, source, "stay as their own verifier labelled them"])
      expect(stdout).toContain(text);
    const one = await mucode("recipes", "rft", "--json");
    expect(JSON.parse(one.stdout)).toMatchObject({ name: "rft", usesScores: false, keepsLabels: false });
  });

  test.each([
    ["mucode-ofical", /^mucode: recipes: "mucode-ofical" is no recipe; did you mean "mucode-official"\?\n$/],
    ["gradient-boosting", /^mucode: recipes: "gradient-boosting" is no recipe; known are base, star, .*\n$/],
  ])("%s is refused in one line", async (name, line) => {
    const { code, stdout, stderr } = await mucode("recipes", name);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(line);
  });
});

test("the page of recipes has a row for each, and none for what there is not", () => {
  const page = readFileSync(join(repository, "docs", "reference", "recipes.md"), "utf8");
  const table = page.slice(page.indexOf("| name | examples |"), page.indexOf("Tables, equations"));
  const cells = table.split("\n").flatMap((row) => /^\| (`[^|]+) \|/.exec(row)?.[1] ?? []);
  const written = cells.flatMap((cell) => {
    const [first, ...others] = cell.split(", ").map((part) => part.replaceAll("`", ""));
    return [first!, ...others.map((part) => (part.startsWith("-") ? `mucode-r${part}` : part))];
  });
  expect(written).toEqual(recipes.map(({ name }) => name));
});
