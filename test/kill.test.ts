// A run that is killed at random moments, whole or in part, and continued by the same command, ends as if nothing
// had happened. MUCODE_KILLS sets how often (`npm run check:kill` takes 20).
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawIndex, randomStream } from "../src/core/seed.ts";
import type { Metrics } from "../src/evaluation/results.ts";
import { descendants, mucode, smallConfig, startMucode, strike } from "./run-process.ts";

const kills = Number(process.env.MUCODE_KILLS ?? 2);
const random = randomStream(Number(process.env.MUCODE_KILL_SEED ?? 1));

let folder: string;
let config: string;
let undisturbed: Metrics;
let seconds: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mucode-kill-"));
  config = join(folder, "small.yaml");
  writeFileSync(config, smallConfig);
  const start = performance.now();
  undisturbed = JSON.parse((await mucode("train", config, "--out", join(folder, "calm"), "--json")).stdout);
  seconds = (performance.now() - start) / 1000;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whole lines of every journal of unfinished phases, by file. */
function journals(run: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const phases = join(run, "phases");
  if (!existsSync(phases)) return found;
  for (const name of readdirSync(phases).filter((phase) => phase.endsWith(".partial"))) {
    for (const file of readdirSync(join(phases, name)).filter((entry) =>
      /^(rollouts|evaluation|validation|scores)\.jsonl$/.test(entry),
    )) {
      const path = join(phases, name, file);
      found.set(path, readFileSync(path, "utf8").split("\n").slice(0, -1));
    }
  }
  return found;
}

function checkNothingLost(before: Map<string, string[]>): void {
  for (const [path, lines] of before) {
    // A phase that has ended since is in its folder without ".partial", in final order.
    const now = [path, path.replace(".partial/", "/")].find(existsSync);
    expect(now, `${path} is still there`).toBeDefined();
    const present = readFileSync(now!, "utf8").split("\n");
    const kept = new Set(present);
    for (const line of lines) expect(kept.has(line), "a finished record was kept").toBe(true);
    expect(new Set(present).size, "no record was made twice").toBe(present.length);
  }
}

/** Continues a run to its end, and checks that nothing shows that it was ever killed. */
async function endsAsIfUndisturbed(run: string, before: Map<string, string[]>): Promise<void> {
  const last = await mucode("train", config, "--out", run, "--json");
  expect(last.stderr).not.toMatch(/\bat .*\.js:/);
  expect(last.code, last.stderr).toBe(0);
  checkNothingLost(before);
  expect((JSON.parse(last.stdout) as Metrics).results).toEqual(undisturbed.results);
  expect(readdirSync(join(run, "phases")).filter((name) => name.endsWith(".partial"))).toEqual([]);
}

test(
  `${kills} kills leave no trace in the results`,
  async () => {
    const runOf = (index: number) => join(folder, `killed-${index}`);
    let index = 0;
    let before = journals(runOf(index));
    for (let kill = 0; kill < kills; ) {
      const { process: child, ended } = startMucode(["train", config, "--out", runOf(index), "--json"]);
      const wait = 1000 * seconds * random();
      const finished = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, wait))]);
      if (finished) {
        // It got to its end between two kills: the next kills are for another run.
        await endsAsIfUndisturbed(runOf(index), before);
        index++;
        before = new Map();
        continue;
      }
      const workers = descendants(child.pid!);
      if (kill % 2 === 1 && workers.length > 0) {
        // A part of it first: the run itself must survive that, until it is killed as a whole.
        strike(workers[drawIndex(random, workers.length)]!.pid);
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000))]);
      }
      child.kill("SIGKILL");
      await ended;
      await gone(workers.map(({ pid }) => pid));
      checkNothingLost(before);
      before = journals(runOf(index));
      kill++;
    }
    await endsAsIfUndisturbed(runOf(index), before);
  },
  (kills + 2) * 120_000,
);

test("killing any one worker is survived without a new command", async () => {
  const run = join(folder, "worker-killed");
  const { process: child, ended } = startMucode(["train", config, "--out", run, "--json"]);
  const killing = (async () => {
    for (const share of [0.5, 0.7]) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds * share * 0.6));
      const workers = descendants(child.pid!).filter(({ command }) =>
        /mucode_engine|worker\.py|jail\.py/.test(command),
      );
      if (workers.length > 0) strike(workers[drawIndex(random, workers.length)]!.pid);
    }
  })();
  const finished = await ended;
  await killing;
  expect(finished.stderr).not.toMatch(/\bat .*\.js:/);
  expect(finished.code).toBe(0);
  expect((JSON.parse(finished.stdout) as Metrics).results).toEqual(undisturbed.results);
}, 300_000);

/** Everything that a killed run had started ends with it, within five seconds. */
async function gone(pids: number[]): Promise<void> {
  const alive = () => pids.filter((pid) => existsSync(`/proc/${pid}/exe`) && !isZombie(pid));
  for (let tries = 0; tries < 50 && alive().length > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(alive()).toEqual([]);
}

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}
