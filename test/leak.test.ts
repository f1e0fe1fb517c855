// The private tests stay private: a whole run of expert iteration (real rollouts, searches, real program execution) is
// driven through a recording model server, and all that the server was ever sent, and every file that a training job was
// given, is searched for the private and strong tests. The programs do what they can to carry them out.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message, Problem, Tests } from "../src/core/problem.ts";
import type { Rollout } from "../src/core/rollout.ts";
import { Slots } from "../src/core/slots.ts";
import { configSchema } from "../src/experiment/config.ts";
import { expertIteration, type System } from "../src/experiment/expert-iteration.ts";
import { PhaseStore } from "../src/experiment/phase-store.ts";
import { silent } from "../src/experiment/progress.ts";
import type { Executor } from "../src/jobs/executor.ts";
import { createSandbox } from "../src/sandbox/local-sandbox.ts";
import type { Sandbox } from "../src/sandbox/sandbox.ts";
import { type FixtureServer, sendJson, startServer } from "./fixtures/model-server.ts";

// Every value of a public test begins with 5500, of a private one with 7700, of a strong one with 8800; texts likewise.
const open = /5500\d\d/;
const hidden = /(?:77|88)00\d\d(?!\d)|pRiVaTe|sTrOnG/;

const asserts = (...lines: string[]): Tests => ({ style: "function", asserts: lines });
const cases = (...pairs: [string, string][]): Tests => ({
  style: "stdio",
  cases: pairs.map(([input, output]) => ({ input, output })),
});
const checked = (first: string, value: number): Tests => ({
  style: "function",
  setup: `base = ${value}`,
  asserts: [],
  code: `def check(candidate):\n    told = "${first}"\n    assert candidate(base) == base + 1, told\n    assert candidate(${value + 5}) != 0, "${first} again"\n`,
  entryPoint: "f",
});

const kinds: Record<string, Omit<Problem, "id" | "split">> = {
  calls: {
    prompt: "calls: write f(x), the number after x.\nassert f(550001) == 550002",
    publicTests: asserts("assert f(550001) == 550002"),
    privateTests: asserts("assert f(770001) == 770002", "assert f(770005) == 770006"),
    strongTests: asserts("assert f(880001) == 880002"),
  },
  scripts: {
    prompt: "scripts: read a number and print the one after it.",
    publicTests: cases(["550001\n", "550002\n"]),
    privateTests: cases(["770001\n", "770002\n"], ["770005\n", "770006\n"]),
    strongTests: cases(["880001\n", "880002\n"]),
  },
  code: {
    prompt: "code: write f(x), the number after x.",
    publicTests: checked("public", 550001),
    privateTests: checked("pRiVaTe", 770001),
    strongTests: checked("sTrOnG", 880001),
  },
};

const remember = `seen = ""
for place in ("/tmp/seen", "seen", "/dev/shm/seen", "/var/tmp/seen"):
    try:
        seen += open(place).read()
    except OSError:
        pass
def note(value):
    for place in ("/tmp/seen", "seen", "/dev/shm/seen", "/var/tmp/seen"):
        try:
            open(place, "a").write(f"{value} ")
        except OSError:
            pass
`;

/** Reads the numbers of six digits in the frames and objects of its own process. */
const search = `import gc, re, sys
def search():
    texts = []
    frame = sys._getframe()
    while frame:
        texts.append(repr(frame.f_locals)[:20000])
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing) in (list, tuple) and len(thing) < 9:
            texts.append(" ".join(repr(item)[:2000] for item in thing if type(item) in (int, str, bytes, tuple, list)))
        if type(thing) is dict:
            texts.append(" ".join(repr(item)[:2000] for item in thing.values() if type(item) in (int, str, bytes)))
    return sorted(set(re.findall(r"\\b(?:77|88)00\\d\\d\\b|pRi[V]aTe|sTr[O]nG", " ".join(texts))))
`;

/** Programs that are wrong in every way there is, two that are right, and some that tell what they were given. */
const functions = [
  "def f(x):\n    return x - 1",
  "def f(x):\n    return 550002",
  "def f(x):\n    raise ValueError(f'given {x!r}')",
  "def f(x):\n    if x != 550001:\n        raise KeyError(x)\n    return 0",
  "def f(x):\n    while x != 550001:\n        pass\n    return 0",
  "import os\ndef f(x):\n    if x != 550001:\n        os._exit(3)\n    return 0",
  `${remember}\ndef f(x):\n    note(x)\n    return seen`,
  "last = []\ndef f(x):\n    last.append(x)\n    print(last)\n    return last",
  `${search}\ndef f(x):\n    return ["found", *search()]`,
  "def f(x)\n    return x",
  "def f(x):\n    return x + 1",
  "def f(x):\n    return 1 + x",
];
const scripts = [
  "print(int(input()) - 1)",
  "print(550002)",
  "raise ValueError(open(0).read())",
  "x = input()\nif x != '550001':\n    raise KeyError(x)\nprint(0)",
  "x = input()\nwhile x != '550001':\n    pass\nprint(0)",
  `${remember}\nx = input()\nnote(x)\nprint(seen)`,
  "import sys\nx = input()\nprint(x)\nsys.stderr.write(x)\nsys.exit(1)",
  `${search}\nprint("found", *search())`,
  "print(int(input()",
  "print(int(input()) + 1)",
  "print(1 + int(input()))",
];
const fenced = (program: string) => `Here it is.\n\`\`\`python\n${program}\n\`\`\``;

let folder: string;
let server: FixtureServer;
let sandbox: Sandbox;
const trainingFiles: { kind: string; text: string }[] = [];
const systems: System[] = [];

/** Models served by the recording server; training that keeps its data and leaves a model folder. */
const executor: Executor = {
  serve: async () => ({ url: server.url, model: "recorded", ready: async () => {}, stop: async () => {} }),
  async train({ kind, data, output }) {
    trainingFiles.push({ kind, text: readFileSync(data, "utf8") });
    mkdirSync(output);
    writeFileSync(join(output, "training.json"), JSON.stringify({ tokens: 1, curve: [] }));
    return { steps: 1, tokens: 1, seconds: 0, loss: 0 };
  },
  close: async () => {},
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mucode-leak-"));
  const drawn: Record<string, number> = {};
  server = await startServer((response, body) => {
    const messages = body.messages as Message[];
    if (body.n === undefined)
      return sendJson(response, {
        data: [{ probs: [messages[1]!.content.length / 100] }],
        usage: { prompt_tokens: 1 },
      });
    const kind = messages[0]!.content.split(":")[0]!;
    const programs = kind === "scripts" ? scripts : functions;
    drawn[kind] ??= 0;
    const choices = Array.from({ length: body.n as number }, (_, index) => ({
      index,
      // In turn, so that every program comes up for every kind of test.
      message: { content: fenced(programs[drawn[kind]!++ % programs.length]!) },
      finish_reason: "stop",
    }));
    return sendJson(response, { choices, usage: { prompt_tokens: 1, completion_tokens: choices.length } });
  });
  sandbox = await createSandbox({ workers: 2, limits: { cpuSeconds: 0.3 } });
  const split = (name: Problem["split"]): Problem[] =>
    Object.entries(kinds).map(([kind, problem]) => ({ id: `${name}/${kind}`, split: name, ...problem }));
  for (const loss of ["bradley-terry", "bce"] as const) {
    const config = configSchema.parse({
      name: "leak",
      recipes: loss === "bce" ? ["rft"] : ["rft", "rft-relabelled", "mucode"],
      iterations: 1,
      rollouts: { samples: 12, turns: 3, concurrency: 4 },
      verifier: { pairs: "all", loss },
      evaluation: { turns: 3, candidates: 3, concurrency: 4 },
      sandbox: { cpuSeconds: 0.3 },
    });
    const phases = join(folder, loss);
    mkdirSync(phases);
    const run = {
      config,
      benchmark: "leak",
      problems: { train: split("train"), validation: split("validation"), test: split("test") },
      digests: { train: "problems", measured: "measured problems" },
      recipesCode: "recipes",
      base: { folder: "base", digest: "base" },
      store: new PhaseStore(phases, "code", new Slots(1)),
      executor,
      sandbox,
      slots: 1,
      progress: silent,
    };
    systems.push(...(await expertIteration(run, async () => {})));
  }
}, 300_000);

afterAll(async () => {
  await sandbox?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const sent = (path: string) =>
  server.requests.filter((_, index) => server.paths[index] === path).map((body) => JSON.stringify(body));
const rollouts = (): Rollout[] =>
  systems.flatMap((system) =>
    readFileSync(join(system.rollouts.folder, "rollouts.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Rollout),
  );

/** The lines of the private and strong tests as they are written, but for lines that public tests have too. */
function secretLines(): string[] {
  const lines = (tests: Tests | undefined): string[] => {
    if (!tests) return [];
    const parts =
      tests.style === "stdio"
        ? tests.cases.flatMap(({ input, output }) => [input, output])
        : [tests.setup ?? "", ...tests.asserts, tests.code ?? ""];
    return parts.flatMap((part) => part.split("\n").map((line) => line.trim())).filter((line) => line !== "");
  };
  const problems = Object.values(kinds);
  const shown = new Set(problems.flatMap(({ publicTests }) => lines(publicTests)));
  return problems
    .flatMap(({ privateTests, strongTests }) => [...lines(privateTests), ...lines(strongTests)])
    .filter((line) => !shown.has(line));
}

function leaksIn(texts: readonly string[]): string[] {
  const secrets = secretLines().map((line) => JSON.stringify(line).slice(1, -1));
  return texts.filter((text) => hidden.test(text) || secrets.some((line) => text.includes(line)));
}

describe("the search is one that can find something", () => {
  test("the generator was asked at every turn, and got feedback on public tests of each kind", () => {
    const asked = sent("/v1/chat/completions");
    expect(asked.length).toBeGreaterThan(200);
    const turns = server.requests.map(({ messages }) => (messages as Message[]).length);
    expect(new Set(turns)).toEqual(new Set([1, 2, 3, 5]));
    for (const kind of Object.keys(kinds)) {
      const told = asked.filter((text) => text.includes(`"${kind}: `) && text.includes("Feedback: "));
      expect(told.some((text) => open.test(text.slice(text.indexOf("Feedback: "))))).toBe(true);
    }
  });

  test("programs saw the private tests and told what they were given, in outcomes that are kept apart", () => {
    const outcomes = rollouts().flatMap(({ turns }) => turns.map((turn) => JSON.stringify(turn.private)));
    expect(outcomes.some((text) => /"wrong".*7700/.test(text))).toBe(true);
    expect(outcomes.some((text) => /given 7700\d\d/.test(text))).toBe(true);
    const verdicts = new Set(rollouts().flatMap(({ turns }) => turns.map((turn) => turn.private.verdict)));
    for (const verdict of ["wrong", "exception", "unparsable", "passed"]) expect(verdicts).toContain(verdict);
    expect(verdicts.has("cpu-time") || verdicts.has("wall-time")).toBe(true);
    expect(leaksIn(outcomes).length).toBeGreaterThan(10);
  });

  test("pairs, labelled answers and fine-tuning examples were written", () => {
    const kindsOf = (pattern: RegExp) => trainingFiles.filter(({ text }) => pattern.test(text)).length;
    expect(kindsOf(/"chosen"/)).toBeGreaterThan(0);
    expect(kindsOf(/"label"/)).toBeGreaterThan(0);
    expect(kindsOf(/"weight".*\n/)).toBeGreaterThan(3);
    expect(trainingFiles.some(({ text }) => /Feedback: .*5500/.test(text))).toBe(true);
  });
});

describe("no private or strong test, nor any of their values, is", () => {
  test("in anything that the generator was sent", () => {
    expect(leaksIn(sent("/v1/chat/completions"))).toEqual([]);
  });

  test("in anything that the verifier was sent", () => {
    expect(sent("/classify").length).toBeGreaterThan(50);
    expect(leaksIn(sent("/classify"))).toEqual([]);
  });

  test("in any feedback", () => {
    const feedback = rollouts().flatMap(({ turns }) => turns.map((turn) => turn.feedback ?? ""));
    expect(feedback.filter((text) => text !== "").length).toBeGreaterThan(100);
    expect(leaksIn(feedback)).toEqual([]);
  });

  test("in any file that a model is trained on", () => {
    expect(leaksIn(trainingFiles.flatMap(({ text }) => text.split("\n")))).toEqual([]);
  });
});
