// `mucode grade` as a user runs it: on problems of one's own, killed and continued, and on samples that another grader graded
// where MUCODE_DATA has them.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSamples } from "../src/benchmarks/samples-file.ts";
import type { Grades } from "../src/experiment/grading.ts";
import { mucode, startMucode } from "./run-process.ts";
import { onLinux } from "./sandbox/programs.ts";

let folder: string;
let problems: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-grade-"));
  const problem = (id: string, tests: object) => ({ id, split: "test", prompt: `Solve ${id}.`, tests });
  problems = file("problems.jsonl", [
    problem("double", { public: ["assert f(1) == 2"], private: ["assert f(3) == 6", "assert f(0) == 0"] }),
    problem("sum", { public: [{ input: "1 2", output: "3" }], private: [{ input: "5 5", output: "10" }] }),
    problem("none", { public: ["assert g() == 0"], private: ["assert g() == 0"] }),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, records: unknown[]): string {
  writeFileSync(join(folder, name), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
  return join(folder, name);
}

const right = { task_id: "double", solution: "def f(x): return 2 * x" };
const wrong = { task_id: "double", solution: "def f(x): return 2" };
const sum = { task_id: "sum", completion: "print(sum(map(int, input().split())))" };
const grade = (samples: string, ...more: string[]) =>
  mucode("grade", "--benchmark", problems, "--samples", samples, "--workers", "1", ...more);

describe.runIf(onLinux)("mucode grade", () => {
  test("says of each program what passes, and pass@k of all", async () => {
    const samples = file("samples.jsonl", [right, wrong, sum, sum]);
    const { code, stdout, stderr } = await grade(samples, "--json", "--k", "1,2,3");
    expect(stderr).toMatch(/^grade .* 4\/4 samples in /);
    expect(code).toBe(0);
    const grades = JSON.parse(stdout) as Grades;
    expect(grades.results).toEqual([
      {
        task_id: "double",
        sample: 0,
        passed: true,
        public: true,
        private: true,
        base: true,
        verdict: "passed",
      },
      {
        task_id: "double",
        sample: 1,
        passed: false,
        public: true,
        private: false,
        base: false,
        verdict: "wrong",
        detail: "test 0, f(3): expected 6, got 2",
      },
      ...[0, 1].map((sample) => ({
        task_id: "sum",
        sample,
        passed: true,
        public: true,
        private: true,
        base: true,
        verdict: "passed",
      })),
    ]);
    expect(grades).toMatchObject({
      tasks: 2,
      tasksWithoutSample: 1,
      samples: 4,
      faults: 0,
      passAt: { 1: 0.75, 2: 1 },
    });
    expect(grades.passAt).not.toHaveProperty("3");
    const text = await grade(samples, "--quiet");
    expect(text.stderr).toBe("");
    expect(text.stdout).toMatch(
      /4 programs of 2 tasks; 1 tasks have none\n(.*\n)*base +3 of 4 programs pass\npass@1 +75\.0 %\n/,
    );
  });

  test("goes on where it was killed, and judges only what is new", async () => {
    const slow = (n: number) => ({
      task_id: "double",
      solution: `# ${n}\nimport time\nend = time.process_time() + 0.15\nwhile time.process_time() < end: pass\ndef f(x): return 2 * x`,
    });
    const count = 40;
    const samples = file(
      "many.jsonl",
      Array.from({ length: count }, (_, n) => slow(n)),
    );
    const output = join(folder, "grades.json");
    const journal = `${output}.journal`;
    const first = startMucode([
      "grade",
      "--benchmark",
      problems,
      "--samples",
      samples,
      "--workers",
      "1",
      "--output",
      output,
    ]);
    const lines = () => (existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 1 : 0);
    while (lines() < 5 && first.process.exitCode === null) await sleep(20);
    first.process.kill("SIGKILL");
    await first.ended;
    expect(existsSync(output)).toBe(false);
    const done = lines();
    expect(done).toBeGreaterThanOrEqual(5);
    expect(done).toBeLessThan(count);
    // A grade that the journal holds is taken as it stands: a forged one shows that nothing was judged again.
    const records = readFileSync(journal, "utf8").split("\n");
    const forged = JSON.parse(records[0]!) as { grade: { detail?: string } };
    forged.grade.detail = "kept";
    records[0] = JSON.stringify(forged);
    writeFileSync(journal, records.join("\n"));
    appendFileSync(journal, '{"key": "torn');
    const { code } = await grade(samples, "--output", output, "--quiet");
    expect(code).toBe(0);
    const grades = JSON.parse(readFileSync(output, "utf8")) as Grades;
    expect(grades.results.map(({ sample }) => sample)).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(grades.results.filter(({ passed }) => passed)).toHaveLength(count);
    expect(grades.results.filter(({ detail }) => detail === "kept")).toHaveLength(1);
    expect(existsSync(journal)).toBe(false);
  }, 300_000);

  test("refuses what it can't grade before it judges anything", async () => {
    const refused = async (line: RegExp, samples: string, ...more: string[]) => {
      const { code, stdout, stderr } = await grade(samples, ...more);
      expect(stderr).toMatch(line);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect([code, stdout]).toEqual([2, ""]);
    };
    const unknown = file("unknown.jsonl", [right, { task_id: "triple", solution: "" }]);
    await refused(/unknown\.jsonl:2: field "task_id": .* has no task "triple"/, unknown);
    const other = file("other.jsonl", [{ task_id: "triple", solution: "" }]);
    await refused(/--ignore-unknown: leaves nothing: no sample is for a task of /, other, "--ignore-unknown");
    await refused(/none\.jsonl: is not there\n/, join(folder, "none.jsonl"));
    const samples = file("one.jsonl", [right]);
    await refused(/--output: the folder .* is not there/, samples, "--output", join(folder, "no", "x.json"));
    await refused(/--k/, samples, "--k", "0");
    await refused(/benchmark "magic"/, samples, "--benchmark", "magic");
    const { stdout } = await grade(unknown, "--ignore-unknown", "--json", "--quiet");
    expect(JSON.parse(stdout)).toMatchObject({ samples: 1, ignored: 1, passAt: { 1: 1 } });
  }, 300_000);

  test("says how many programs could not be judged", async () => {
    const bad = file("bad.jsonl", [
      {
        id: "p",
        split: "test",
        prompt: "?",
        tests: { public: ["assert f(1) == __import__('no_such_module').one"], private: ["assert f(1) == 1"] },
      },
    ]);
    const samples = file("p.jsonl", [{ task_id: "p", solution: "def f(x): return x" }]);
    const { stdout } = await mucode("grade", "--benchmark", bad, "--samples", samples, "--json", "--quiet");
    expect(JSON.parse(stdout)).toMatchObject({
      passAt: { 1: 0 },
      results: [{ passed: false, private: true }],
    });
  });
});

const data = process.env.MUCODE_DATA;
const graded =
  data === undefined ? "" : join(data, "graded-samples", "llama3-8b-instruct.humanevalplus.json");
const present = existsSync(graded) && onLinux;
const reason = present ? "" : " (skipped: MUCODE_DATA names no folder with graded-samples)";

describe.runIf(present)(`samples that EvalPlus graded${reason}`, () => {
  // Those on which HumanEvalPack and HumanEval differ, that dropped what the tests call, and a few of both verdicts.
  const ids = [0, 1, 38, 50, 76, 10, 26, 163].map((n) => `HumanEval/${n}`);

  test("get the same base verdicts, also where the solution dropped the prompt's function", async () => {
    const chosen = (await readSamples(graded)).filter(({ taskId }) => ids.includes(taskId));
    const samples = file(
      "graded.jsonl",
      chosen.map(({ taskId, text }) => ({ task_id: taskId, solution: text })),
    );
    const { stdout } = await mucode(
      "grade",
      "--benchmark",
      "humaneval",
      "--samples",
      samples,
      "--cpu-seconds",
      "2",
      "--json",
      "--quiet",
    );
    const { results } = JSON.parse(stdout) as Grades;
    expect(results.map(({ task_id, passed }) => [task_id, passed])).toEqual(
      chosen.map(({ taskId, published }) => [taskId, published!.base]),
    );
    expect(results).toHaveLength(ids.length);
  }, 300_000);
});
