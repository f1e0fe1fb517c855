// The direction of imports between the folders of src/, as the design's table of the house has it: data flows one way,
// so that each part can be read, tested and replaced without those that stand above it.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** What each folder may import besides itself; type imports count too. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  sandbox: ["core"],
  models: ["core"],
  benchmarks: ["core"],
  rollout: ["core", "sandbox", "models"],
  search: ["core", "sandbox", "models", "rollout"],
  learning: ["core"],
  jobs: ["core"],
  training: ["core", "jobs"],
  evaluation: ["core", "sandbox", "models", "rollout", "search"],
  report: ["core", "evaluation"],
};
const lower = Object.keys(mayImport);
mayImport.experiment = lower;
mayImport.cli = [...lower, "experiment"];
/** src/index.ts and its like: the library's front doors. */
mayImport[""] = [...mayImport.cli, "cli"];

interface Import {
  file: string;
  from: string;
  to: string;
}

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

const read = (file: string) => readFileSync(join(root, file), "utf8");

/** The modules that a source names: `import … from`, `export … from`, bare and dynamic imports. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const statement =
    /^(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;
  return [...code.matchAll(statement)].map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic)!);
}

/** First folder below src/; empty for files in src/ itself, "../test" and the like for what lies outside. */
function folderOf(path: string): string {
  const parts = relative(join(root, "src"), path).split(sep);
  if (parts[0] === "..") return parts.slice(0, 2).join("/");
  return parts.length > 1 ? parts[0]! : "";
}

const sources = filesBelow("src", /\.ts$/);
const imports: Import[] = sources.flatMap((file) =>
  importsOf(read(file))
    .filter((name) => name.startsWith("."))
    .map((name) => ({
      file,
      from: folderOf(join(root, file)),
      to: folderOf(join(root, dirname(file), name)),
    })),
);

describe("imports", () => {
  test("are found in every form", () => {
    const source = `import a from "./a.ts";\nimport type { B } from "./b.ts";\nexport {\n  c,\n} from "./c.ts";
import "./d.ts";\nconst e = await import("./e.ts");\n// import f from "./f.ts"\n/* import g from "./g.ts" */`;
    expect(importsOf(source)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
    expect(imports.length).toBeGreaterThan(100);
  });

  test("go where the table allows", () => {
    const forbidden = imports
      .filter(({ file, to }) => !(file.endsWith(".test.ts") && to === "../test"))
      .filter(({ from, to }) => from !== to && !mayImport[from]?.includes(to))
      .map(({ file, to }) => `${file} imports ${to || "src"}`);
    expect(forbidden).toEqual([]);
  });

  test("make no circle between folders", () => {
    const outgoing = (folder: string) =>
      new Set(imports.filter((one) => one.from === folder && one.to !== folder).map((one) => one.to));
    const circles: string[][] = [];
    const walk = (path: string[]) => {
      for (const next of outgoing(path.at(-1)!)) {
        if (path.includes(next)) circles.push([...path.slice(path.indexOf(next)), next]);
        else walk([...path, next]);
      }
    };
    for (const folder of Object.keys(mayImport)) walk([folder]);
    expect(circles).toEqual([]);
  });
});

test("every source begins by saying why it exists", () => {
  const written = [
    ...sources.filter((file) => !file.endsWith(".test.ts")),
    ...filesBelow("scripts", /\.mjs$/),
  ];
  const silent = written.filter((file) => !/^(#!.*\n)?(\/\/|\/\*)/.test(read(file)));
  expect(silent).toEqual([]);
});
