// `mucode evaluate --benchmark` as a user calls it, over a scripted server: every benchmark, every selector, testless
// prompts, N = 1 and 11 over six turns, kills, and one line with exit code 2 for what can't be evaluated.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchmarkNames, openBenchmark, openTasks } from "../src/benchmarks/catalog.ts";
import type { Problem } from "../src/core/problem.ts";
import { meanPassAtK, type SampledEvaluation, selectorNames } from "../src/evaluation/index.ts";
import type { BenchmarkResults } from "../src/experiment/evaluate-benchmark.ts";
import { chatAnswer, sendJson, startServer } from "./fixtures/model-server.ts";
import {
  type Canned,
  cannedAnswers,
  fenced,
  type ScriptedModels,
  startScriptedModels,
} from "./fixtures/scripted-models.ts";
import { tenFile, tenProblems, tutorialCommands } from "./fixtures/ten-problems.ts";
import { mucode, repository, startMucode } from "./run-process.ts";

let root: string;
let ten: string;
let tenServer: ScriptedModels;
const opened: ScriptedModels[] = [];

async function scripted(...args: Parameters<typeof startScriptedModels>): Promise<ScriptedModels> {
  const server = await startScriptedModels(...args);
  opened.push(server);
  return server;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "mucode-evaluate-"));
  ten = join(root, "ten.jsonl");
  writeFileSync(ten, tenFile);
  tenServer = await scripted(
    tenProblems.map(({ problem }) => problem),
    answersOfTen,
  );
});
afterAll(async () => {
  for (const server of opened) await server.close();
  rmSync(root, { recursive: true, force: true });
});

function answersOfTen(id: string): Canned[] {
  const { style, right } = tenProblems.find(({ problem }) => problem.id === id)!;
  return cannedAnswers(style, right);
}

const readRecords = (folder: string): SampledEvaluation[] =>
  readFileSync(join(folder, "evaluation.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as SampledEvaluation);

/** What every evaluation must satisfy, whatever the server answered. */
function checkDocument(folder: string, { results }: BenchmarkResults, problems: number): void {
  const records = readRecords(folder);
  expect(records).toHaveLength(problems);
  for (const { samples, bestOfN } of records) {
    expect(samples).toHaveLength(results.samples);
    expect(Object.keys(bestOfN)).toEqual(results.selectors);
    for (const sample of samples) if (sample.right) expect(sample.correct && sample.publicPassed).toBe(true);
  }
  const { strong } = results;
  for (const curve of [strong.greedy, ...Object.values(strong.search)]) {
    expect(curve).toHaveLength(results.turns);
    curve.slice(1).forEach((one, index) => {
      expect(one.mean).toBeGreaterThanOrEqual(curve[index]!.mean);
    });
  }
  for (const curve of Object.values(strong.bestOfN)) {
    expect(curve).toHaveLength(results.samples);
    // A single sample leaves nothing to choose.
    expect(curve[0]!.mean).toBeCloseTo(strong.passAtK[0]!.mean, 12);
  }
  const counts = records.map(({ problem, samples }) => ({
    problem,
    n: samples.length,
    c: samples.filter(({ right }) => right).length,
  }));
  expect(strong.passAtK).toEqual(strong.passAtK.map((_, index) => meanPassAtK(counts, index + 1)));
}

const data = process.env.MUCODE_DATA;
if (!data)
  process.stderr.write("test/evaluate.test.ts: no MUCODE_DATA, so the public benchmarks are skipped\n");
const named = benchmarkNames()
  .map(({ name }) => name)
  .filter((name) => name !== "pocket");

describe("from flags, on every benchmark", () => {
  const limit = 2;
  const flags = (benchmark: string, server: ScriptedModels, samples: number, out: string) => [
    ...["evaluate", "--benchmark", benchmark, "--model", server.url, "--verifier", server.url],
    ...["--turns", "6", "--samples", String(samples), "--selector", "all", "--cpu-seconds", "0.5"],
    ...["--limit", String(limit), "--out", out, "--json"],
  ];

  test.skipIf(!data).each(named.flatMap((name) => [[name, 1, false] as const, [name, 11, true] as const]))(
    "%s, N = %i, testless %s",
    async (name, samples, testless) => {
      const problems = (await openBenchmark(name, { testless })).problems("test").slice(0, limit);
      const tasks = await openTasks(name);
      const answers = (id: string) => {
        const { style, references } = tasks.find((task) => task.id === id)!;
        return cannedAnswers(style, references[0] ?? "pass");
      };
      const server = await scripted(problems, answers);
      const out = join(root, `${name}-${samples}-${testless}`);
      const done = await mucode(...flags(name, server, samples, out), ...(testless ? ["--testless"] : []));
      expect(done.stderr).not.toMatch(/^mucode: /m);
      expect(done.code).toBe(0);
      const document = JSON.parse(done.stdout) as BenchmarkResults;
      expect(document.results.selectors).toEqual(selectorNames);
      checkDocument(out, document, limit);
      // A right program among five canned ones turns up within six turns of eleven draws.
      if (
        samples === 11 &&
        problems.every(({ id }) => tasks.find((task) => task.id === id)!.references.length > 0)
      )
        expect(document.results.strong.search.oracle!.at(-1)!.mean).toBe(1);
    },
    120_000,
  );

  test.each([1, 11])(
    "ten problems of one's own, function and stdio style, N = %i",
    async (samples) => {
      const out = join(root, `ten-${samples}`);
      const args = flags(ten, tenServer, samples, out).map((arg) => (arg === "2" ? "10" : arg));
      const done = await mucode(...args);
      expect(done.code, done.stderr).toBe(0);
      checkDocument(out, JSON.parse(done.stdout), 10);
      const cut = readRecords(out)
        .flatMap((one) => one.samples)
        .filter((sample) => sample.cut);
      if (samples === 11) expect(cut.length).toBeGreaterThan(0);
      // Finished: nothing is generated again, and the results are the same.
      const before = tenServer.requests.length;
      const again = await mucode(...args);
      expect(JSON.parse(again.stdout)).toEqual(JSON.parse(done.stdout));
      expect(tenServer.paths.slice(before)).toEqual(["/v1/models", "/v1/models"]);
      // What it left can be compared.
      const compared = await mucode("compare", out, out, "--json");
      expect(compared.code, compared.stderr).toBe(0);
      const [comparison] = JSON.parse(compared.stdout).comparisons;
      expect(comparison).toMatchObject({ turn: 6, problems: 10, a: { candidates: samples } });
      expect(comparison.modes).toHaveLength(6);
    },
    120_000,
  );
});

test("the samples are those of the searches: the oracle's first turn is pass@N", async () => {
  const out = join(root, "oracle");
  const done = await mucode(
    ...["evaluate", "--benchmark", ten, "--model", tenServer.url, "--selector", "oracle,random"],
    ...["--turns", "1", "--samples", "4", "--cpu-seconds", "0.5", "--out", out, "--json"],
  );
  const { results } = JSON.parse(done.stdout) as BenchmarkResults;
  expect(results.selectors).toEqual(["random", "oracle"]);
  expect(results.verifier).toBeNull();
  expect(results.strong.search.oracle![0]).toEqual(results.strong.passAtK[3]);
  expect(results.strong.bestOfN.oracle![3]!.mean).toBeCloseTo(results.strong.passAtK[3]!.mean, 12);
}, 60_000);

test("without a verifier, `all` leaves out what needs one and says so once; the table has the rest", async () => {
  const done = await mucode(
    ...["evaluate", "--benchmark", ten, "--model", `${tenServer.url}/v1/`, "--turns", "2", "--samples", "3"],
    ...["--cpu-seconds", "0.5", "--out", join(root, "all")],
  );
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr.match(/left out: verifier, public\+verifier/g)).toHaveLength(1);
  expect(done.stdout).toMatch(/^Accuracy on 10 .*ten\.jsonl test problems, % ± standard error, seed 1$/m);
  expect(done.stdout).toMatch(/^best of 3, public +\d+\.\d±\d+\.\d +\d+\.\d±\d+\.\d$/m);
  expect(done.stdout).toMatch(/^n +random +public +oracle +pass@n$/m);
}, 60_000);

test("killed in the middle and continued: nothing finished is generated again, and nothing else shows", async () => {
  const problems = tenProblems.map(({ problem }) => problem);
  const args = (url: string, out: string) => [
    ...[
      "evaluate",
      "--benchmark",
      ten,
      "--model",
      url,
      "--model-name",
      "canned",
      "--turns",
      "3",
      "--samples",
      "4",
    ],
    ...["--selector", "public,oracle", "--cpu-seconds", "0.5", "--concurrency", "2", "--out", out, "--json"],
  ];
  const server = await scripted(problems, answersOfTen, 60);
  const out = join(root, "killed");
  const file = join(out, "evaluation.jsonl.partial");
  const lines = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []);
  const { process: child, ended } = startMucode(args(server.url, out));
  while (lines().length < 3 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill("SIGKILL");
  await ended;
  const finished = lines().map((line) => (JSON.parse(line) as SampledEvaluation).problem);
  expect(finished.length).toBeGreaterThanOrEqual(3);
  expect(finished.length).toBeLessThan(10);
  const before = server.generations();
  const continued = await mucode(...args(server.url, out));
  expect(continued.code, continued.stderr).toBe(0);
  const after = server.generations();
  for (const id of finished) expect(after.get(id), id).toBe(before.get(id));
  expect(after.size).toBe(10);

  const calm = await mucode(...args(server.url, join(root, "calm")));
  expect(JSON.parse(continued.stdout)).toEqual(JSON.parse(calm.stdout));
  expect(readFileSync(join(out, "evaluation.jsonl"), "utf8")).toBe(
    readFileSync(join(root, "calm", "evaluation.jsonl"), "utf8"),
  );
  expect(readdirSync(out).sort()).toEqual(["evaluation.jsonl", "results.json", "settings.json"]);

  // Another flag with the same folder is one clear line, and the folder stays as it is.
  const other = await mucode(...args(server.url, out).map((arg) => (arg === "3" ? "6" : arg)));
  expect(other.code).toBe(2);
  expect(other.stderr).toBe(
    `mucode: ${out}: was begun with turns 3, now it is 6; give the same flags to continue it, or another --out\n`,
  );
}, 120_000);

test("servers that stall, fail, cut, babble and die change nothing but the time", async () => {
  const problems = tenProblems.map(({ problem }) => problem);
  const settings = [
    "--samples",
    "4",
    "--turns",
    "4",
    "--cpu-seconds",
    "0.5",
    "--model-name",
    "canned",
    "--json",
  ];
  const calm = join(root, "fair-weather");
  const one = ["evaluate", "--benchmark", ten, "--model", tenServer.url, ...settings, "--out", calm];
  expect((await mucode(...one)).code).toBe(0);

  const faults = { stalled: 0, failed: 0, cut: 0, babbled: 0 };
  const faulty = await scripted(problems, answersOfTen, 0, async (response, count) => {
    if (count % 17 === 1) {
      faults.stalled++;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return false;
    }
    if (count % 17 === 2) {
      faults.failed++;
      sendJson(response, { error: { message: "overloaded" } }, 503);
    } else if (count % 17 === 4) {
      faults.cut++;
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"choices": [{"index"');
      setTimeout(() => response.destroy(), 5);
    } else if (count % 17 === 5) {
      faults.babbled++;
      response.end('{"choices": [{"index"');
    } else return false;
    return true;
  });
  const dying: ScriptedModels = await scripted(problems, answersOfTen, 0, async (response, count) => {
    if (count < 4) return false;
    response.destroy();
    await dying.close();
    return true;
  });
  const both = `${dying.url},${faulty.url}`;
  const out = join(root, "stormy");
  const shown = await mucode("evaluate", "--benchmark", ten, "--model", both, ...settings, "--out", out);
  expect(shown.code, shown.stderr).toBe(0);
  expect(Math.min(...Object.values(faults))).toBeGreaterThan(1);
  expect(readFileSync(join(out, "evaluation.jsonl"), "utf8")).toBe(
    readFileSync(join(calm, "evaluation.jsonl"), "utf8"),
  );
}, 120_000);

test("a prompt that outgrows the model's context is a problem that is wrong, and the rest is measured", async () => {
  const { problem: long } = tenProblems.find(({ problem }) => problem.id === "square")!;
  const server = await startServer((response, body) => {
    const messages = body.messages as { content: string }[] | undefined;
    if (!messages) return sendJson(response, { data: [{ id: "short" }] });
    if (messages[0]!.content === long.prompt)
      return sendJson(response, { error: { message: "no", code: "context_length_exceeded" } }, 400);
    const { right } = tenProblems.find(({ problem }) => problem.prompt === messages[0]!.content)!;
    sendJson(response, chatAnswer(Array.from({ length: body.n as number }, () => fenced(right))));
  });
  try {
    const out = join(root, "outgrown");
    const args = ["evaluate", "--benchmark", ten, "--model", server.url, "--samples", "2", "--turns", "2"];
    const done = await mucode(...args, "--out", out);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toMatch(/^greedy +90\.0±10\.0 +90\.0±10\.0$/m);
    expect(done.stdout).toMatch(/^2( +90\.0±10\.0){4}$/m);
    expect(done.stdout).toMatch(/^1 prompt outgrew the model's context: wrong throughout$/m);
    const { results } = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as BenchmarkResults;
    // Greedy, random, public and oracle.
    expect(results).toMatchObject({ problems: 10, outgrown: { prompts: 1, episodes: 4 } });
    const compared = await mucode("compare", out, out);
    expect(compared.code, compared.stderr).toBe(0);
  } finally {
    await server.close();
  }
}, 60_000);

test("keys come from the environment and are written nowhere", async () => {
  const out = join(root, "keys");
  process.env.MUCODE_API_KEY = "sk-very-secret";
  process.env.MUCODE_VERIFIER_API_KEY = "sk-other";
  try {
    const before = tenServer.requests.length;
    const done = await mucode(
      ...["evaluate", "--benchmark", ten, "--model", tenServer.url, "--verifier", tenServer.url],
      ...["--turns", "1", "--samples", "2", "--limit", "2", "--cpu-seconds", "0.5", "--out", out],
    );
    expect(done.code, done.stderr).toBe(0);
    const sent = tenServer.headers.slice(before).map(({ authorization }) => authorization);
    const keysOf = (path: string) =>
      new Set(sent.filter((_, index) => tenServer.paths[before + index] === path));
    expect(keysOf("/v1/chat/completions")).toEqual(new Set(["Bearer sk-very-secret"]));
    expect(keysOf("/classify")).toEqual(new Set(["Bearer sk-other"]));
    const written = readdirSync(out).map((name) => readFileSync(join(out, name), "utf8"));
    expect([...written, done.stdout, done.stderr].filter((text) => text.includes("sk-"))).toEqual([]);
  } finally {
    delete process.env.MUCODE_API_KEY;
    delete process.env.MUCODE_VERIFIER_API_KEY;
  }
}, 60_000);

test("the tutorial's commands do what it says", async () => {
  const folder = join(root, "tutorial");
  mkdirSync(folder);
  writeFileSync(join(folder, "ten.jsonl"), tenFile);
  const problems = tenProblems.map(({ problem }) => problem);
  // Without the loops, which would take their 10 s of CPU time each.
  const server = await scripted(problems, (id) => answersOfTen(id).slice(0, 4));
  const printed: string[] = [];
  for (const command of tutorialCommands) {
    const args = command.map((word) => word.replace("http://localhost:8000", server.url));
    const done = await startMucode(args, folder).ended;
    expect(done.code, `${command.join(" ")}\n${done.stderr}`).toBe(0);
    printed.push(done.stdout.replaceAll(server.url, "http://localhost:8000"));
  }
  // Its seeds are deterministic, so the page shows what is printed.
  const page = readFileSync(join(repository, "docs", "reference", "evaluate.md"), "utf8");
  expect(page).toContain(printed[0]!.trim());
  expect(printed[2]).toMatch(/^greedy /m);
  expect(printed[3]).toMatch(/^Advantage bound: /m);
}, 300_000);

test("a model that writes no text is not only wrong: the likely reason is told", async () => {
  const problems = tenProblems.map(({ problem }) => problem);
  const server = await scripted(problems, () => [{ text: "", finish: "length" }]);
  const done = await mucode(
    ...["evaluate", "--benchmark", ten, "--model", server.url, "--turns", "1", "--samples", "2"],
    ...["--limit", "3", "--out", join(root, "silent"), "--quiet"],
  );
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toMatch(
    /^100\.0 % of the first turn's samples held no text: .*raise --max-tokens; or/m,
  );
  expect(readRecords(join(root, "silent"))[0]!.samples[0]).toMatchObject({ without: "text" });
}, 60_000);

describe.concurrent("one line and exit code 2 for", () => {
  const server = () => tenServer.url;
  const evaluate = (...args: string[]) => ["evaluate", ...args];
  const full = () => ["--benchmark", ten, "--model", server(), "--model-name", "canned"];
  test.each<[string, () => string[], RegExp]>([
    ["neither run nor benchmark", () => evaluate(), /--benchmark: is needed/],
    ["no model", () => evaluate("--benchmark", ten), /--model: is needed/],
    [
      "an unknown benchmark",
      () => evaluate("--benchmark", "mbbp", "--model", server()),
      /neither a file .* mbpp.*\(did you mean mbpp\?\)/,
    ],
    [
      "a missing file",
      () => evaluate("--benchmark", "no.jsonl", "--model", server()),
      /no\.jsonl: is not there/,
    ],
    ["an empty split", () => evaluate(...full(), "--split", "train"), /has no problem of the split "train"/],
    ["a split that is none", () => evaluate(...full(), "--split", "all"), /Allowed choices are train/],
    ["turns of zero", () => evaluate(...full(), "--turns", "0"), /whole number from 1/],
    ["a temperature below zero", () => evaluate(...full(), "--temperature", "-1"), /number from 0 to 5/],
    ["a nucleus of nothing", () => evaluate(...full(), "--top-p", "0"), /above 0 and at most 1/],
    ["a selector that is none", () => evaluate(...full(), "--selector", "best"), /"best" is none of random/],
    [
      "a selector that needs a verifier",
      () => evaluate(...full(), "--selector", "public,verifier"),
      /--selector: verifier needs a --verifier/,
    ],
    [
      "an address with a key in it",
      () => evaluate("--benchmark", ten, "--model", "http://me:key@host"),
      /--model: leave credentials out/,
    ],
    [
      "an address that is none",
      () => evaluate("--benchmark", ten, "--model", "ftp://host"),
      /no base address/,
    ],
    [
      "a folder that is no model",
      () => evaluate("--benchmark", ten, "--model", "/nowhere"),
      /no such folder/,
    ],
    ["testless prompts of a file", () => evaluate(...full(), "--testless"), /prompts .* are as they stand/],
    [
      "a template for a file",
      () => evaluate(...full(), "--prompts", "official"),
      /--prompts: has no meaning/,
    ],
    ["a folder of other things", () => evaluate(...full(), "--out", join(root)), /holds other files/],
    ["a file as folder", () => evaluate(...full(), "--out", ten), /is a file/],
    ["an unknown flag", () => evaluate(...full(), "--sample", "3"), /unknown option '--sample'.*--samples/],
    ["a recipe without a run", () => evaluate(...full(), "--recipe", "mucode"), /--recipe: is for a run/],
    [
      "a run that is none",
      () => evaluate(root, "--benchmark", "pocket", "--recipe", "x"),
      /not a run directory/,
    ],
    ["a run with a flag of benchmarks", () => evaluate(root, "--testless"), /--testless: needs --benchmark/],
    [
      "an address without its scheme",
      () => evaluate("--benchmark", ten, "--model", "localhost:8000"),
      /--model: "localhost:8000" is no address; did you mean http:\/\/localhost:8000\?/,
    ],
    [
      "misspelt prompts",
      () => evaluate("--benchmark", "mbpp", "--prompts", "papr", "--model", server()),
      /--prompts: "papr" is neither paper nor official, nor a file that is there \(did you mean paper\?\)/,
    ],
    [
      "more tokens than the model's context",
      () => ["evaluate", "--benchmark", "pocket", "--model", "pocket", "--max-tokens", "512"],
      /--max-tokens: 512 does not fit: the context of pocket is 512 tokens/,
    ],
    [
      "samples twice",
      () => evaluate(...full(), "--samples", "2", "--candidates", "2"),
      /--candidates: is the same/,
    ],
  ])("%s", async (_name, args, line) => {
    const { code, stdout, stderr } = await mucode(...args());
    expect(stderr).toMatch(line);
    expect(
      stderr
        .replace(/^mucode: without --verifier.*\n/, "")
        .trim()
        .split("\n"),
    ).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe("");
  });
});

test("Pocket's real model, served by the engine, with tests and testless", async () => {
  const args = (...more: string[]) => [
    ...["evaluate", "--benchmark", "pocket", "--model", "pocket", "--limit", "4", "--turns", "6"],
    ...["--samples", "3", "--json", ...more],
  ];
  const prompts = async (testless: boolean): Promise<readonly Problem[]> =>
    (await openBenchmark("pocket", { testless })).problems("test").slice(0, 4);
  expect((await prompts(true)).map(({ prompt }) => prompt.includes("assert"))).toEqual(Array(4).fill(false));
  const shown = await mucode(...args("--out", join(root, "pocket")));
  expect(shown.code, shown.stderr).toBe(0);
  checkDocument(join(root, "pocket"), JSON.parse(shown.stdout), 4);
  // Its context is 512 tokens: no flag has to say so.
  expect(JSON.parse(readFileSync(join(root, "pocket", "settings.json"), "utf8"))).toMatchObject({
    maxTokens: 96,
  });
  expect(JSON.parse(shown.stdout).results.strong.greedy.at(-1).mean).toBeGreaterThan(0);
  const blind = await mucode(...args("--out", join(root, "pocket-testless"), "--testless"));
  expect(blind.code, blind.stderr).toBe(0);
  checkDocument(join(root, "pocket-testless"), JSON.parse(blind.stdout), 4);
  expect(JSON.parse(blind.stdout).results.tokens).not.toEqual(JSON.parse(shown.stdout).results.tokens);
  // The model as its own verifier, by its odds of yes and no: what it knows of that is nothing, but the protocol is real.
  const asking = ["--verifier", "pocket", "--ask-verifier", "--selector", "public+verifier"];
  const asked = await mucode(...args("--out", join(root, "pocket-asked"), ...asking));
  expect(asked.code, asked.stderr).toBe(0);
  const document = JSON.parse(asked.stdout);
  expect(document.verifier).toBe("pocket, asked");
  expect(document.results.strong.search["public+verifier"]).toHaveLength(6);
}, 180_000);
