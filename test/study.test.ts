// mucode study as a user runs it: the list, bad input in one line, and the smallest study with a real model and sandbox,
// killed once on the way.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { studies } from "../src/experiment/studies/catalog.ts";
import type { ShownStudy } from "../src/report/index.ts";
import { mucode, smallConfig, startMucode } from "./run-process.ts";

let folder: string;
let config: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-study-"));
  config = join(folder, "small.yaml");
  writeFileSync(config, smallConfig);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("without a name, or with list, all studies are listed in a line each", async () => {
  const [bare, named, json] = await Promise.all([
    mucode("study"),
    mucode("study", "list"),
    mucode("study", "--json"),
  ]);
  expect(bare.code).toBe(0);
  expect(bare.stdout.trim().split("\n")).toHaveLength(studies.length);
  expect(named.stdout).toBe(bare.stdout);
  expect(JSON.parse(json.stdout)).toEqual(studies.map(({ name, question }) => ({ name, question })));
});

describe.concurrent("bad input is one line and leaves no trace", () => {
  test.each<[string, string[], RegExp]>([
    ["an unknown study", ["mian"], /there is no study "mian"; did you mean main\?/],
    ["a study that needs another model", ["models"], /study models: needs another base model than Pocket's/],
    ["a study that needs data", ["codecontests"], /study codecontests: needs CodeContests/],
    ["a limit that is none", ["main", "--limit", "dev=3"], /train=n,validation=n,test=n/],
    ["a page that would be overwritten", ["main", "--page", "x.html"], /--page: names the Markdown page/],
  ])("%s", async (name, args, line) => {
    const out = join(folder, name.replaceAll(" ", "-"));
    const refused = await mucode("study", ...args, "--out", out);
    expect(refused.stderr).toMatch(line);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
    expect(refused.code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});

test("a real study is killed, continued, printed and drawn", async () => {
  const out = join(folder, "studies");
  const page = join(folder, "losses.md");
  const limit = "train=8,validation=2,test=4";
  const args = ["study", "losses", "--config", config, "--seeds", "1", "--limit", limit, "--out", out];
  const begun = startMucode([...args, "--quiet"]);
  const phases = join(out, "phases");
  while (!(existsSync(phases) && readdirSync(phases).some((name) => /^verifier-\w+$/.test(name))))
    await new Promise((resolve) => setTimeout(resolve, 50));
  begun.process.kill("SIGKILL");
  await begun.ended;
  const before = readdirSync(phases).filter((name) => !name.endsWith(".partial"));
  const ended = await mucode(...args, "--page", page);
  expect(ended.code, ended.stderr).toBe(0);
  expect(readdirSync(phases)).toEqual(expect.arrayContaining(before));
  const kinds = readdirSync(phases).map((name) => name.split("-")[0]!);
  // Both losses share the rollouts, and the study makes nothing else.
  expect(kinds.sort()).toEqual([
    "evaluation",
    "evaluation",
    "measurement",
    "measurement",
    "rollouts",
    "verifier",
    "verifier",
  ]);
  const place = join(out, "small", "losses");
  const shown = JSON.parse(readFileSync(join(place, "results.json"), "utf8")) as ShownStudy;
  expect(shown.problems).toEqual({ train: 8, validation: 2, test: 4 });
  for (const { cells } of shown.tables[0]!.rows) for (const cell of cells) expect(cell!.problems).toBe(4);
  // With one candidate there is no choice: both verifiers give what the samples give.
  const [bt, bce] = shown.tables[0]!.rows;
  expect(bt!.cells[0]).toEqual(bce!.cells[0]);
  expect(ended.stdout).toContain(`--config ${config} --limit ${limit}`);
  for (const file of [page, join(place, "page.md")])
    expect(readFileSync(file, "utf8")).toContain("## Differences, paired by problem");
  for (const name of ["losses.html", "losses.svg"]) expect(existsSync(join(folder, name)), name).toBe(true);
  const again = await mucode(...args, "--json");
  expect(JSON.parse(again.stdout)).toEqual(shown);
}, 300_000);
