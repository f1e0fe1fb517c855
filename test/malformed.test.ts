// Bad input is one clear line and exit code 2, before anything is made. (Damaged run directories: run.test.ts;
// the file formats in depth: config.test.ts, problems-file.test.ts.)
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mucode, repository, smallConfig } from "./run-process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-malformed-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refused(args: string[], line: RegExp): Promise<void> {
  const { code, stdout, stderr } = await mucode(...args);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(/^mucode: /);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  const out = args.indexOf("--out");
  if (out >= 0) expect(existsSync(args[out + 1]!)).toBe(false);
}

const file = (name: string, text: string | Buffer) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const train = (config: string) => ["train", config, "--out", `${config}.out`];

describe.concurrent("a configuration", () => {
  test.each<[string, string | Buffer, RegExp]>([
    ["that is not YAML", "name: [a", /c0\.yaml:1:\d+: is not YAML/],
    ["with an unknown key", `${smallConfig}\nsamples: 3`, /unknown setting "samples"/],
    ["with a misspelt key", smallConfig.replace("rollouts:", "rolouts:"), /did you mean "rollouts"/],
    ["with a wrong type", smallConfig.replace("seed: 7", "seed: seven"), /setting "seed": it is "seven"/],
    [
      "with a number out of range",
      smallConfig.replace("topP", "topP").replace("samples: 4", "samples: 0"),
      /samples": it is 0/,
    ],
    [
      "with an unknown recipe",
      smallConfig.replace("[rft, mucode]", "[magic]"),
      /it is "magic"; expected "base"/,
    ],
    ["with no recipe", smallConfig.replace("[rft, mucode]", "[]"), /setting "recipes"/],
    ["without a name", smallConfig.replace("name: small", ""), /setting "name": it is missing/],
    [
      "with a name that leaves the folder",
      smallConfig.replace("name: small", "name: ../x"),
      /setting "name"/,
    ],
    ["with a key twice", `${smallConfig}\nseed: 1`, /Map keys must be unique/],
    ["that is a list", "- a\n- b", /must be a map/],
    ["that is empty", "", /must be a map/],
    [
      "of aliases of aliases",
      [..."abcdefghi"]
        .map((key, at, all) => `${key}: &${key} [${Array(10).fill(at ? `*${all[at - 1]}` : "x")}]`)
        .join("\n"),
      /its aliases can't be resolved: Excessive alias count/,
    ],
    ["with an alias of nothing", "name: *b", /its aliases can't be resolved: Unresolved alias/],
    ["with an alias of itself", "name: &a [*a]", /its aliases can't be resolved: Converting circular/],
    ["that nests deeply", `name: ${"[".repeat(10_000)}`, /is not YAML/],
    [
      "with too large a limit",
      `${smallConfig}\nsandbox: { memoryMb: 2000000 }`,
      /memoryMb": it is 2000000; .*<=1048576/,
    ],
    ["that is binary", Buffer.from([0xff, 0xfe, 0, 1]), /is not UTF-8/],
    ["with a negative temperature", smallConfig.replace("[0.8]", "[-1]"), /temperature/],
  ])("%s", async (name, text, line) => {
    const index = name.replaceAll(/\W/g, "");
    const path = file(text === "name: [a" ? "c0.yaml" : `${index}.yaml`, text);
    await refused(train(path), line);
  });

  test("that is not there", () =>
    refused(train(join(folder, "none.yaml")), /none\.yaml: can't be read \(ENOENT\)/));
  test("that is not named", () => refused(["train"], /needs a configuration file/));
});

describe.concurrent("a problems file", () => {
  const row = (change: object = {}) =>
    JSON.stringify({
      id: "1",
      split: "train",
      prompt: "p",
      tests: { public: ["assert f(1) == 1"], private: ["assert f(2) == 2"] },
      ...change,
    });
  const configFor = (name: string, problems: string | Buffer) => {
    const path = file(`${name}.jsonl`, problems);
    return file(
      `${name}.yaml`,
      `name: own\nbenchmark: { problems: ${JSON.stringify(path)} }\nmodel: pocket\n`,
    );
  };
  test.each<[string, string | Buffer, RegExp]>([
    ["cut", row().slice(0, 40), /cut\.jsonl:1: is not JSON/],
    ["missing", row({ prompt: undefined }), /missing\.jsonl:1: field "prompt"/],
    ["unknown", row({ solution: "x" }), /unknown\.jsonl:1: unknown field "solution"/],
    ["twice", `${row()}\n${row()}`, /twice\.jsonl:2: field "id"/],
    ["untestable", row({ tests: { public: [], private: ["assert f(1) == 1"] } }), /field "tests.public"/],
    [
      "notassert",
      ["train", "validation", "test"]
        .map((split) => {
          const test = split === "test" ? "f(1) == 1" : "assert f(1) == 1";
          return row({ id: split, split, tests: { public: ["assert f(2) == 2"], private: [test] } });
        })
        .join("\n"),
      /notassert\.jsonl:3: field "tests\.private": cannot judge "f\(1\) == 1"/,
    ],
    ["nosplit", row(), /has no problem of the split "validation"/],
    ["latin", Buffer.from(row({ prompt: "größe" }), "latin1"), /latin\.jsonl:1: is not UTF-8/],
    ["nothing", "\n\n", /nothing\.jsonl:1: holds no record/],
  ])("%s", (name, text, line) => refused(train(configFor(name, text)), line));

  test("that is not there", () =>
    refused(
      train(file("gone.yaml", "name: own\nbenchmark: { problems: nowhere.jsonl }\n")),
      /nowhere\.jsonl: is not there/,
    ));
});

describe.concurrent("a model folder", () => {
  const broken = (name: string, spoil: (model: string) => void) => {
    const model = join(folder, name);
    cpSync(join(repository, "pocket", "model"), model, { recursive: true });
    spoil(model);
    return file(`${name}.yaml`, smallConfig.replace("seed: 7", `seed: 7\nmodel: ${JSON.stringify(model)}`));
  };
  test.each<[string, (model: string) => void, RegExp]>([
    ["m-gone", (model) => rmSync(model, { recursive: true }), /m-gone: no such folder/],
    ["m-config", (model) => rmSync(join(model, "config.json")), /config\.json: is missing/],
    ["m-json", (model) => writeFileSync(join(model, "config.json"), "{"), /config\.json: is not JSON/],
    ["m-tokens", (model) => rmSync(join(model, "tokenizer.json")), /tokenizer\.json: is missing/],
    ["m-weights", (model) => rmSync(join(model, "model.safetensors")), /holds no weights/],
    ["m-cut", (model) => truncateSync(join(model, "model.safetensors"), 5000), /damaged or cut short/],
    [
      "m-noise",
      (model) => writeFileSync(join(model, "model.safetensors"), "noise noise"),
      /damaged or cut short/,
    ],
    ["m-chat", removeTemplate, /has no chat template/],
  ])("%s", (name, spoil, line) => refused(train(broken(name, spoil)), line));
});

function removeTemplate(model: string): void {
  rmSync(join(model, "chat_template.jinja"), { force: true });
  const path = join(model, "tokenizer_config.json");
  const { chat_template: _, ...rest } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify(rest));
}

describe.concurrent("the command line", () => {
  test("an unknown command", () => refused(["trian"], /unknown command 'trian'/));
  test("an unknown flag", () => refused(["train", "x.yaml", "--fast"], /unknown option '--fast'/));
  test("a number that is none", () =>
    refused(["study", "quick", "--seeds", "many"], /Expected a whole number/));
  test("a folder that is no run", () => {
    mkdirSync(join(folder, "empty"), { recursive: true });
    return refused(["report", join(folder, "empty")], /is not a run directory/);
  });
  test.each<[string, object, RegExp]>([
    ["memory", { limits: { memory_mb: 1e300 } }, /:1: field "limits\.memory_mb": .*<=1048576/],
    ["cpu", { limits: { cpu_seconds: 1e20 } }, /:1: field "limits\.cpu_seconds": .*<=3600/],
    ["wall", { limits: { wall_seconds: 250_000 } }, /:1: field "limits\.wall_seconds": .*<=36000/],
    ["output", { limits: { output_kb: 1e300 } }, /:1: field "limits\.output_kb": .*<=1048576/],
    ["empty", { tests: { style: "function", asserts: [], code: "" } }, /:1: the code is empty/],
    [
      "comments",
      { tests: { style: "function", asserts: ["assert f(1) == 1"], code: " \n# x\n" } },
      /:1: the code is empty/,
    ],
    ["indented", { tests: { style: "function", asserts: [], code: "  x = 1\n" } }, /:1: the code is empty/],
    [
      "signs",
      { tests: { style: "function", asserts: [`assert f(1) == ${"-".repeat(1e5)}1`] } },
      /:1: cannot judge .*nested deeper/,
    ],
    [
      "input",
      { tests: { style: "stdio", cases: [{ input: "\ud800\n", output: "" }] } },
      /:1: the input of case 0 holds half of a surrogate/,
    ],
    [
      "expected",
      { tests: { style: "stdio", cases: [{ input: "", output: "x\udc00" }] } },
      /:1: the output of case 0 holds half/,
    ],
  ])("a sandbox job whose %s can't be judged", (name, change, line) => {
    const tests = { style: "function", asserts: ["assert f(1) == 1"] };
    const job = JSON.stringify({ id: 1, language: "python", program: "", tests, ...change });
    return refused(["sandbox", "run", "--jobs", file(`job-${name}.jsonl`, job)], line);
  });
  test.each(["/bin/ls", "/nonexist", tmpdir()])("%s as the judge's interpreter", (path) =>
    refused(
      ["sandbox", "run", "--judge-python", path, "--jobs", file("none.jsonl", "")],
      /--judge-python: \S+ is not Python/,
    ),
  );
  test("sandbox jobs that are no JSON", () =>
    refused(["sandbox", "run", "--jobs", file("jobs.jsonl", "{")], /jobs\.jsonl:1/));
});
