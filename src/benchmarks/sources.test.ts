// The table of sources against itself and, where the files are at hand, against the files.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { absence, dataSets, filesOf, setsNamed } from "./sources.ts";

const files = filesOf(dataSets);
const data = process.env.MUCODE_DATA;
if (!data) process.stderr.write("digests of benchmarks: skipped, MUCODE_DATA names no folder\n");

describe("every file of the table", () => {
  test("has a path, an address and a digest of its own", () => {
    for (const key of ["path", "url", "sha256"] as const)
      expect(new Set(files.map((file) => file[key])).size).toBe(files.length);
  });

  test.each(files)("$path names a version that does not change, over https", ({ url, sha256, path }) => {
    expect(url).toMatch(
      /^https:\/\/(raw\.githubusercontent\.com\/[\w-]+\/[\w-]+\/[0-9a-f]{40}|github\.com\/[\w-]+\/[\w-]+\/releases\/download\/v[\d.]+)\//,
    );
    expect(url.split("/").at(-1)).toBe(path.split("/").at(-1));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.skipIf(!data).each(files)(
    "$path has the size and digest of the file at hand",
    ({ path, bytes, sha256 }) => {
      const content = readFileSync(join(data!, path));
      expect(content.length).toBe(bytes);
      expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
    },
  );

  test("a file that is made by hand has neither address nor digest, and says where the way is told", () => {
    const made = dataSets.flatMap(({ byHand }) => byHand ?? []);
    expect(made).toHaveLength(2);
    for (const { path, how } of made) {
      expect(files.map((file) => file.path)).not.toContain(path);
      const [page] = /docs\/\S+\.md/.exec(how)!;
      expect(existsSync(page)).toBe(true);
      expect(readFileSync(page, "utf8")).toContain(path);
    }
  });
});

describe("names", () => {
  test("are given once each in the table's order; files that sets share are named once", () => {
    const sets = setsNamed(["humaneval-plus", "humaneval", "humaneval"]);
    expect(sets.map(({ name }) => name)).toEqual(["humaneval", "humaneval-plus"]);
    expect(filesOf(sets).map(({ path }) => path)).toEqual([
      "humaneval/HumanEval.jsonl.gz",
      "humanevalpack/humanevalpack.jsonl",
      "humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz",
    ]);
  });

  test('"all" is every set', () => expect(setsNamed(["mbpp", "all"])).toEqual(dataSets));

  test("that are unknown are refused with the known ones", () => {
    expect(() => setsNamed(["mbpp", "mbp"])).toThrow(
      /there is no benchmark "mbp"; expected pocket, mbpp, .*, all \(did you mean mbpp\?\)$/,
    );
  });
});

test("what is said of a file that is not there tells how to get it", () => {
  const or = "; or name its folder with --data or MUCODE_DATA";
  expect(absence("/data/mbpp/mbpp.jsonl")).toBe(`is not there: "mucode data get mbpp" fetches it${or}`);
  expect(absence("humanevalpack/humanevalpack.jsonl")).toContain('"mucode data get humaneval"');
  expect(absence("/data/codecontests/test165.jsonl")).toMatch(
    /docs\/reference\/data\.md has .*; or name its/,
  );
  expect(absence("/data/codecontests/sandboxfusion20.jsonl")).toContain("docs/reference/codecontests.md");
  expect(absence("/data/my.jsonl")).toBe("is not there");
});
