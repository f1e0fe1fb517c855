// What is run: the reference solutions of MBPP with their own tests (one public, the others private), and a program
// that reads stdin with twenty cases. Without the data, Pocket's problems and their reference programs stand in.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeProblems } from "../../dist/benchmarks/pocket/problems.js";
import type { SandboxJob } from "../../dist/sandbox/index.js";
import { parseAssert } from "../../dist/sandbox/index.js";

export interface Row {
  program: string;
  public: string[];
  private: string[];
}

export interface Workload {
  name: string;
  rows: Row[];
}

export function functionWorkload(): Workload {
  const folder = process.env.MUCODE_DATA;
  const file = folder && join(folder, "mbpp", "mbpp.jsonl");
  if (file && existsSync(file)) return { name: "MBPP reference solutions", rows: mbpp(file) };
  const rows = makeProblems("test").map(({ problem, reference }) => {
    const asserts = (tests: typeof problem.publicTests) => (tests.style === "function" ? tests.asserts : []);
    return {
      program: reference,
      public: asserts(problem.publicTests),
      private: asserts(problem.privateTests),
    };
  });
  return { name: "Pocket reference programs (MUCODE_DATA is not set)", rows };
}

// Task 123 runs for seconds; the others left out are not `call == literal` and take another way.
function mbpp(file: string): Row[] {
  const tasks = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map(
      (line) =>
        JSON.parse(line) as { task_id: number; code: string; test_setup_code: string; test_list: string[] },
    );
  return tasks
    .filter((task) => task.task_id !== 123 && task.test_setup_code === "" && task.test_list.every(splits))
    .map(({ code, test_list: [first, ...others] }) => ({ program: code, public: [first!], private: others }));
}

function splits(text: string): boolean {
  try {
    parseAssert(text);
    return true;
  } catch {
    return false;
  }
}

const functionTests = (asserts: string[]) => ({ style: "function" as const, asserts });

/** One evaluation: public and private tests in one visit. `salt` makes the program new. */
export function functionJob({ program, public: first, private: others }: Row, salt: string): SandboxJob {
  return {
    language: "python",
    program: `${program}\n${salt}`,
    groups: [functionTests(first), functionTests(others)],
  };
}

export const stdinProgram = `import sys
def main():
    data = sys.stdin.read().split()
    numbers = sorted(map(int, data[1:]))
    total, best = 0, {}
    for x in numbers:
        total += x
        best[x] = best.get(x, 0) + 1
    print(total)
    print(*numbers)
    print(max(best.values()))
main()
`;

export const stdinCases = Array.from({ length: 20 }, (_, n) => {
  const numbers = Array.from({ length: 10 + n }, (_, i) => (i * 7919 + n * 104729) % 1000).sort(
    (a, b) => a - b,
  );
  const counts = new Map<number, number>();
  for (const x of numbers) counts.set(x, (counts.get(x) ?? 0) + 1);
  const total = numbers.reduce((sum, x) => sum + x, 0);
  return {
    input: `${numbers.length}\n${numbers.join(" ")}\n`,
    output: `${total}\n${numbers.join(" ")}\n${Math.max(...counts.values())}\n`,
  };
});

export function stdinJob(salt: string): SandboxJob {
  return {
    language: "python",
    program: `${stdinProgram}${salt}`,
    groups: [{ style: "stdio", cases: stdinCases }],
  };
}
