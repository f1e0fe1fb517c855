import { describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import type { Sandbox, SandboxJob } from "../sandbox/sandbox.ts";
import { gradeProgram, type Judged } from "./grade.ts";

const asserts = (name: string) => ({ style: "function" as const, asserts: [`assert ${name}() == 1`] });

/** A sandbox that passes the groups that the program names. */
function scripted(jobs: SandboxJob[] = []): Sandbox {
  return {
    judge: async (job) => {
      jobs.push(job);
      return job.groups.map((group): Outcome => {
        const call = group.style === "function" ? group.asserts[0]! : "";
        return job.program.split(" ").some((name) => call.includes(name))
          ? { verdict: "passed", passed: 1, total: 1 }
          : {
              verdict: "wrong",
              passed: 0,
              total: 1,
              failure: { test: 0, input: call, expected: "1", actual: "2" },
            };
      });
    },
    close: async () => {},
  };
}

describe("a grade", () => {
  const plain: Judged = { publicTests: asserts("shown"), privateTests: asserts("hidden") };
  const plus: Judged = { ...plain, strongTests: asserts("strong") };
  const suite: Judged = { ...plain, base: ["private"] };

  test.each<[string, Judged, string, object]>([
    ["all of a plain task", plain, "shown hidden", { passed: true, base: true, public: true, private: true }],
    ["not its private tests", plain, "shown", { passed: false, base: false, public: true, private: false }],
    ["not its public ones", plain, "hidden", { passed: false, base: false, public: false, private: true }],
    ["the strong tests", plus, "strong", { passed: true, base: false, public: false, strong: true }],
    [
      "all but the strong",
      plus,
      "shown hidden",
      { passed: false, base: true, strong: false, verdict: "wrong" },
    ],
    ["the suite alone", suite, "hidden", { passed: true, base: true, public: false, private: true }],
    ["the examples alone", suite, "shown", { passed: false, base: false, public: true, private: false }],
  ])("of a program that passes %s", async (_what, task, program, grade) => {
    expect(await gradeProgram(task, program, scripted())).toMatchObject(grade);
  });

  test("says what the first failed test of a group that counts said", async () => {
    const { detail } = await gradeProgram(plain, "shown", scripted());
    expect(detail).toBe("test 0, assert hidden() == 1: expected 1, got 2");
  });

  test("is asked of the sandbox with the limits of the task, stopping early, and the strong tests apart", async () => {
    const jobs: SandboxJob[] = [];
    await gradeProgram({ ...plus, limits: { cpuSeconds: 3 } }, "x", scripted(jobs));
    expect(jobs.map(({ groups }) => groups.length)).toEqual([2, 1]);
    for (const job of jobs) expect(job).toMatchObject({ limits: { cpuSeconds: 3 }, stopAtFailure: true });
  });
});
