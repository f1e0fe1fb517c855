// `mucode diagnose recoverability` as a user calls it, over a scripted server whose recovery is known, and on Pocket's real
// model.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message } from "../src/core/problem.ts";
import type { RecoverabilityRecord } from "../src/evaluation/index.ts";
import type { RecoverabilityResults } from "../src/evaluation/recoverability.ts";
import { chatAnswer, type FixtureServer, sendJson, startServer } from "./fixtures/model-server.ts";
import { fenced } from "./fixtures/scripted-models.ts";
import { tenFile, tenProblems } from "./fixtures/ten-problems.ts";
import { mucode } from "./run-process.ts";

let root: string;
let ten: string;
let server: FixtureServer;

/** Right in every second draw of an empty history, and always after one failure: it recovers in one step. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "mucode-diagnose-"));
  ten = join(root, "ten.jsonl");
  writeFileSync(ten, tenFile);
  const drawn = new Map<string, number>();
  server = await startServer((response, body) => {
    const messages = body.messages as Message[] | undefined;
    if (!messages) return sendJson(response, { data: [{ id: "recovering" }] });
    const { right } = tenProblems.find(({ problem }) => problem.prompt === messages[0]!.content)!;
    const texts = Array.from({ length: body.n as number }, () => {
      const turn = drawn.get(right) ?? 0;
      if (messages.length === 1) drawn.set(right, turn + 1);
      return fenced(messages.length > 1 || turn % 2 === 0 ? right : "x = 1");
    });
    sendJson(response, chatAnswer(texts));
  });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const args = (...more: string[]) => [
  ...[
    "diagnose",
    "recoverability",
    "--benchmark",
    ten,
    "--model",
    server.url,
    "--turns",
    "3",
    "--samples",
    "4",
  ],
  ...more,
];

test("finds that failures cost a recovering generator nothing, and says what that means", async () => {
  const out = join(root, "recovering");
  const done = await mucode(...args("--out", out, "--json"));
  expect(done.code, done.stderr).toBe(0);
  const { results } = JSON.parse(done.stdout) as RecoverabilityResults;
  expect(results.empty).toMatchObject({ mean: 0.5, problems: 10 });
  expect(results.levels).toHaveLength(1);
  expect(results.levels[0]).toMatchObject({ failed: 1, histories: 20, next: { mean: 1 } });
  expect(results.levels[0]!.difference).toMatchObject({ mean: 0.5, problems: 10 });
  expect(results.bound).toMatchObject({ failed: 1, mean: -0.5 });
  // Ten problems that say the same do not say that all others do.
  expect(results.bound!.lower).toBeCloseTo(-0.5 - 1.5 * (1 - 0.05 ** (1 / 9)), 12);
  const draws = readFileSync(join(out, "draws.jsonl"), "utf8").trim().split("\n");
  for (const line of draws) {
    const { fresh, episodes } = JSON.parse(line) as RecoverabilityRecord;
    expect(fresh).toHaveLength(4);
    expect(episodes).toHaveLength(4);
  }
  // Finished: the same command asks for nothing but the model's name, and prints the table.
  const before = server.requests.length;
  const again = await mucode(...args("--out", out));
  expect(server.paths.slice(before)).toEqual(["/v1/models"]);
  expect(again.stdout).toMatch(
    /^1 +20 +100\.0±0\.0 +10 +100\.0±0\.0 +50\.0±0\.0 +\+50\.0±0\.0 +- +-0\.500±0\.000$/m,
  );
  expect(again.stdout).toMatch(/^Advantage bound: -0\.500 ± 0\.000, after 1 failed attempt /m);
  expect(readdirSync(out).sort()).toEqual(["draws.jsonl", "recoverability.json", "settings.json"]);
}, 60_000);

describe("a model whose context is short", () => {
  /** Reads so many messages, and never writes a right program; the prompt of "square" is too long for it. */
  const shortSighted = (messagesRead: number, longPrompt: (prompt: string) => boolean) =>
    startServer((response, body) => {
      const messages = body.messages as Message[] | undefined;
      if (!messages) return sendJson(response, { data: [{ id: "short" }] });
      if (messages.length > messagesRead || longPrompt(messages[0]!.content))
        return sendJson(response, { error: { message: "no", code: "context_length_exceeded" } }, 400);
      sendJson(response, chatAnswer(Array.from({ length: body.n as number }, () => fenced("x = 1"))));
    });
  const diagnose = async (name: string, ...limits: Parameters<typeof shortSighted>) => {
    const short = await shortSighted(...limits);
    try {
      const given = args("--out", join(root, name)).map((arg) => (arg === server.url ? short.url : arg));
      const done = await mucode(...given);
      expect(done.code, done.stderr).toBe(0);
      const file = join(root, name, "recoverability.json");
      return { ...done, ...(JSON.parse(readFileSync(file, "utf8")) as RecoverabilityResults) };
    } finally {
      await short.close();
    }
  };

  test("one prompt that is too long is one problem that is wrong", async () => {
    const { results, stdout } = await diagnose("prompt", 9, (prompt) => prompt.includes("square"));
    expect(results).toMatchObject({ empty: { mean: 0, problems: 10 }, outgrown: 1 });
    expect(results.levels.map(({ histories, outgrown }) => [histories, outgrown])).toEqual([
      [36, 0],
      [36, 0],
    ]);
    expect(stdout).toMatch(/^The prompts of 1 problem outgrew the model's context, and count as wrong\.$/m);
  }, 60_000);

  test("a history that leaves no room is one that the next program fails", async () => {
    const { results, stdout } = await diagnose("history", 1, () => false);
    expect(results.levels).toHaveLength(1);
    expect(results.levels[0]).toMatchObject({ histories: 40, outgrown: 40, next: { mean: 0 } });
    expect(stdout).not.toContain("No attempt failed");
    expect(stdout).toContain("at the next program: 40 of 40 after 1 failed.");
  }, 60_000);

  test("where no prompt fits, nothing is said of recovery", async () => {
    const { results, stdout } = await diagnose("nothing", 0, () => false);
    expect(results).toMatchObject({ empty: { mean: 0, problems: 10 }, outgrown: 10, bound: null });
    expect(stdout).toContain("No attempt could be made");
  }, 60_000);
});

describe.concurrent("one line and exit code 2 for", () => {
  test.each<[string, () => string[], RegExp]>([
    ["a single turn", () => args("--turns", "1"), /--turns: must be at least 2/],
    ["draws without chance", () => args("--temperature", "0"), /--temperature: must be above 0/],
    ["no benchmark", () => ["diagnose", "recoverability"], /--benchmark: is needed/],
    ["a selector", () => args("--selector", "all"), /unknown option '--selector'/],
    ["an unknown question", () => ["diagnose", "recovery"], /unknown command 'recovery'/],
  ])("%s", async (_name, given, line) => {
    const { code, stdout, stderr } = await mucode(...given());
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe("");
  });
});

test("works on Pocket with the real model", async () => {
  const done = await mucode(
    ...["diagnose", "recoverability", "--benchmark", "pocket", "--model", "pocket", "--limit", "6"],
    ...["--samples", "4", "--out", join(root, "pocket"), "--json"],
  );
  expect(done.code, done.stderr).toBe(0);
  const { results } = JSON.parse(done.stdout) as RecoverabilityResults;
  expect(results.empty.problems).toBe(6);
  expect(results.levels.length).toBeGreaterThan(0);
  expect(results.bound!.mean).toBeLessThanOrEqual(0);
}, 180_000);
