import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluationFile, evaluationLine, writeRun } from "../../test/fixtures/evaluated-run.ts";
import { InputError } from "../core/errors.ts";
import { type CompareRunsOptions, compareRuns } from "./compare-runs.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mucode-compare-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string) => join(root, name);
const compare = (a: string, b: string, options: Partial<CompareRunsOptions> = {}) =>
  compareRuns(a, b, { tests: "strong", common: false, seed: 1, modes: ["greedy"], ...options });
const both = (recipe: string) => ({ a: { recipe }, b: { recipe } });

describe("which systems belong together", () => {
  test("every recipe of both runs, each by the iteration that validation selected", () => {
    const a = writeRun(at("a"), [
      { recipe: "base", iteration: 0, solved: { x: null, y: 1 } },
      { recipe: "mucode", iteration: 1, selected: false, solved: { x: null, y: null } },
      { recipe: "mucode", iteration: 2, solved: { x: 1, y: 1 } },
    ]);
    const b = writeRun(at("b"), [
      { recipe: "mucode", iteration: 1, solved: { x: null, y: 1 } },
      { recipe: "rft", iteration: 1, solved: { x: 1, y: 1 } },
    ]);
    const [mucode, ...others] = compare(a, b);
    expect(others).toEqual([]);
    expect(mucode!.a).toMatchObject({ path: a, recipe: "mucode", iterations: [2], seeds: 1, candidates: 5 });
    expect(mucode!.modes[0]).toMatchObject({ gained: [], lost: ["x"] });
    // A recipe's other iteration, and two recipes of one run.
    const first = { a: { recipe: "mucode", iteration: 1 }, b: { recipe: "mucode" } };
    expect(compare(a, b, { choice: first })[0]!.modes[0]).toMatchObject({ gained: ["y"], lost: [] });
    const recipes = { a: { recipe: "base" }, b: { recipe: "mucode" } };
    expect(compare(a, a, { choice: recipes })[0]!.modes[0]).toMatchObject({ gained: ["x"], lost: [] });
    expect(() => compare(a, b, { choice: both("rft") })).toThrow(
      `${a}: has no system rft; it has base/0, mucode/1, mucode/2`,
    );
    const none = writeRun(at("none"), [{ recipe: "other", iteration: 1, solved: { x: 1 } }]);
    expect(() => compare(a, none)).toThrow("has no recipe of");
  });

  test("a study's seeds are pooled by problem", () => {
    const seeds = (name: string, solved: Record<string, number | null>[]) => {
      for (const [i, one] of solved.entries())
        writeRun(join(at(name), `seed-${i + 1}`), [{ recipe: "rft", iteration: i + 1, solved: one }]);
      return at(name);
    };
    const a = seeds("study-a", [
      { x: 1, y: null },
      { x: null, y: null },
    ]);
    const b = seeds("study-b", [
      { x: 1, y: 1 },
      { x: 1, y: null },
    ]);
    const [rft] = compare(a, b);
    expect(rft!.a).toMatchObject({ iterations: [1, 2], seeds: 2 });
    expect(rft!.modes[0]!.problems).toEqual([
      { problem: "x", a: 0.5, b: 1, difference: 0.5 },
      { problem: "y", a: 0, b: 0.5, difference: 0.5 },
    ]);
  });

  test("a file or its folder stands for itself, and needs a system to stand against", () => {
    mkdirSync(at("bare"));
    const file = join(at("bare"), "evaluation.jsonl");
    writeFileSync(file, evaluationFile({ x: 5, y: null }));
    const run = writeRun(at("against"), [
      { recipe: "base", iteration: 0, solved: { x: null, y: 1 } },
      { recipe: "rft", iteration: 1, solved: { x: 1, y: 1 } },
    ]);
    expect(() => compare(file, run)).toThrow("has several systems (base, rft); choose one with --recipe");
    const [found] = compare(at("bare"), run, { choice: both("base") });
    expect(found!.a).toMatchObject({ recipe: null, files: [file] });
    // The run went to turn 3, so what the file solved at turn 5 does not count.
    expect(found!.turn).toBe(3);
    expect(found!.modes[0]).toMatchObject({ gained: ["y"], lost: [] });
    expect(compare(file, file)[0]!.turn).toBe(5);
    expect(() => compare(file, at("bare"), { choice: both("base") })).toThrow(
      "--recipe: chooses a system of a run, and both sides are evaluations of one system",
    );
    // Without strong tests there is one measure, and its results say so.
    expect(compare(file, file)[0]!.strongTests).toBe(true);
    writeFileSync(
      join(at("bare"), "results.json"),
      JSON.stringify({ results: { turns: 5, samples: 5, private: null } }),
    );
    expect(compare(file, file)[0]!.strongTests).toBe(false);
  });

  test("turns are those that both have, and no more can be asked for", () => {
    const long = writeRun(at("long"), [{ recipe: "rft", iteration: 1, solved: { x: 5, y: 1 } }], 6);
    const short = writeRun(at("short"), [{ recipe: "rft", iteration: 1, solved: { x: 2, y: 1 } }], 2);
    expect(compare(long, short)[0]!.turn).toBe(2);
    expect(compare(long, short)[0]!.modes[0]!.gained).toEqual(["x"]);
    expect(compare(long, short, { turn: 1 })[0]!.modes[0]!.gained).toEqual([]);
    expect(() => compare(long, short, { turn: 3 })).toThrow(
      `--turns: 3 is more than ${short} was evaluated with (2)`,
    );
  });
});

describe("bad input", () => {
  test("other problems are refused, or cut down to the common ones on request", () => {
    const a = writeRun(at("p"), [{ recipe: "rft", iteration: 1, solved: { x: 1, y: 1, w: 1 } }]);
    const b = writeRun(at("q"), [{ recipe: "rft", iteration: 1, solved: { x: null, y: 1 } }]);
    expect(() => compare(a, b)).toThrow(
      `${b} (rft): has other problems than ${a} (rft): 1 only in ${a} (rft) ("w"); --common compares the 2 of both`,
    );
    expect(compare(a, b, { common: true })[0]).toMatchObject({ problems: 2 });
  });

  const good = evaluationLine("x", 1);
  test.each<[string, string | Buffer, RegExp]>([
    ["cut", `${good}\n${good.slice(0, 30)}`, /cut\.jsonl:2: is not JSON/],
    ["twice", `${good}\n\n${good}\n`, /twice\.jsonl:3: problem "x" stands in line 1 too/],
    ["type", good.replace('"strong":true', '"strong":1'), /type\.jsonl:1: field "greedy\.strong"/],
    ["turn", good.replace('"stopped":1', '"stopped":0'), /turn\.jsonl:1: field "greedy\.stopped"/],
    ["missing", '{"problem":"x"}', /missing\.jsonl:1: field "greedy"/],
    ["list", "[1]", /list\.jsonl:1: must be an object/],
    ["empty", "\n", /empty\.jsonl: holds no evaluation/],
    ["latin", Buffer.from(good.replace('"x"', '"ö"'), "latin1"), /latin\.jsonl: is not UTF-8/],
  ])("an evaluation file: %s", (name, text, line) => {
    const file = at(`${name}.jsonl`);
    writeFileSync(file, text);
    expect(() => compare(file, file)).toThrow(InputError);
    expect(() => compare(file, file)).toThrow(line);
  });

  test("a path that is no run, an unfinished run, a damaged one", () => {
    const good = writeRun(at("good"), [{ recipe: "rft", iteration: 1, solved: { x: 1 } }]);
    expect(() => compare(good, at("nowhere"))).toThrow(/nowhere: is not there/);
    mkdirSync(at("plain"));
    expect(() => compare(good, at("plain"))).toThrow("is no run: it has neither metrics.json nor");
    writeFileSync(join(at("plain"), "environment.json"), "{}");
    expect(() => compare(good, at("plain"))).toThrow("not finished; mucode train continues it");
    writeFileSync(join(at("plain"), "metrics.json"), '{"results":{"systems":[{"recipe":"rft"}]}}');
    expect(() => compare(good, at("plain"))).toThrow(/metrics\.json: field "results\.systems\.0\.iteration"/);
    rmSync(join(good, "rft"), { recursive: true });
    expect(() => compare(good, good)).toThrow(/evaluation\.jsonl: can't be read \(ENOENT\)/);
  });
});
