// The official code's split of HumanEvalPack, defects included (paper facts, D9), to reproduce its numbers: the second
// `assert` of the examples is public, or the only one; what remains of them and the suite are private. Where nothing
// remains, its private file does not parse and no program passes.
import type { FunctionTests } from "../core/problem.ts";
import { checkStatements, docstringAsserts } from "./docstring-tests.ts";
import type { PackRecord } from "./humaneval.ts";

/** @param suite what is private beside the examples */
export function officialSplit(
  record: PackRecord,
  suite: FunctionTests,
): { publicTests: FunctionTests; privateTests: FunctionTests } {
  const { example_test, entry_point } = record;
  const asserts = docstringAsserts(example_test, entry_point);
  const chosen = officialPublic(example_test);
  const shown = asserts.find((assert) => chosen !== undefined && assert.startsWith(chosen));
  const others = asserts.filter((assert) => assert !== shown);
  return {
    publicTests: shown
      ? { style: "function", asserts: [shown], entryPoint: entry_point }
      : vacuous(entry_point),
    privateTests: { ...suite, asserts: isSolvable(example_test) ? others : [impossible(entry_point)] },
  };
}

/** HumanEval+'s public test in the official code: all examples at once. */
export function wholeExamples({ example_test, entry_point }: PackRecord): FunctionTests {
  if (docstringAsserts(example_test, entry_point).length === 0) return vacuous(entry_point);
  return { style: "function", asserts: [], code: example_test, entryPoint: entry_point };
}

/** First line of the assert that the official code takes. It finds the word, also in a comment. */
function officialPublic(exampleTest: string): string | undefined {
  const lines = exampleTest
    .split("\n")
    .flatMap((line) => /^\s*#?\s*(assert\b.*)$/.exec(line)?.[1]?.trim() ?? []);
  return lines[1] ?? lines[0];
}

/** Whether its private file parses: the check must keep a statement, and stand at the beginning of a line. */
function isSolvable(exampleTest: string): boolean {
  return (
    exampleTest.trim() === "" || (checkStatements(exampleTest).length > 1 && !/^[ \t]+\S/.test(exampleTest))
  );
}

/** Passes every program that defines the function, as `assert True` does. */
function vacuous(entryPoint: string): FunctionTests {
  const code = "def check(candidate):\n    try:\n        candidate()\n    except Exception:\n        pass\n";
  return { style: "function", asserts: [], code, entryPoint };
}

function impossible(entryPoint: string): string {
  return `assert ${entryPoint}() == "the official split leaves this problem without a solution"`;
}
