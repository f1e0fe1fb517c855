import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type Document, documents } from "./corpus.ts";
import { makeProblems } from "./problems.ts";

const sample = [...documents(3000, 1)];

test("held-out compositions never occur", () => {
  const read = new Set(sample.map(({ composition }) => composition));
  for (const split of ["validation", "test"] as const) {
    for (const { composition } of makeProblems(split)) expect(read).not.toContain(composition);
  }
});

test("the first documents do not depend on how many follow, and the seed decides them", () => {
  expect([...documents(50, 1)]).toEqual(sample.slice(0, 50));
  expect([...documents(50, 2)]).not.toEqual(sample.slice(0, 50));
});

test("feedback has the very bytes that the shipped model was trained on", () => {
  const hash = createHash("sha256");
  const told = [...documents(3000, 5)].flatMap(({ messages }) =>
    messages.slice(1).filter(({ role }) => role === "user"),
  );
  for (const { content } of told) hash.update(`${content}\n`);
  expect(told).toHaveLength(1035);
  // Changes only with a new model (npm run build:pocket), never for the sake of nicer words.
  expect(hash.digest("hex")).toBe("6135fb971c8effac5522de6e8b4b5c6b40a153c49300f7d5ca498edda68b010d");
});

test("documents are episodes of one to three turns", () => {
  for (const { messages } of sample) {
    expect([2, 4, 6]).toContain(messages.length);
    expect(messages.map(({ role }) => role)).toEqual(
      messages.map((_, i) => (i % 2 === 0 ? "user" : "assistant")),
    );
  }
});

/** Runs every program of the documents on its public call; what Python says, as feedback says it. */
function judgedByPython(read: readonly Document[]): { kind: string; text: string }[][] {
  const script = `
import json, sys
results = []
for call, expected, programs in json.load(sys.stdin):
    row = []
    for program in programs:
        scope = {}
        try:
            exec(program, scope)
        except SyntaxError as error:
            row.append({"kind": "syntax", "text": f"SyntaxError: (line {error.lineno})"})
            continue
        try:
            value = repr(eval(call, scope))
            if value == expected:
                row.append({"kind": "passed", "text": ""})
            else:
                row.append({"kind": "wrong", "text": f"{call} returned {value}, expected {expected}"})
        except Exception as error:
            row.append({"kind": "exception", "text": f"{call} raised {type(error).__name__}"})
    results.append(row)
print(json.dumps(results))
`;
  const input = JSON.stringify(
    read.map(({ messages }) => {
      const [, call, expected] = /\nassert (.*) == (.*)$/.exec(messages[0]!.content)!;
      const answers = messages.filter(({ role }) => role === "assistant");
      return [
        call,
        expected,
        answers.map(({ content }) => content.slice("```python\n".length, -"\n```".length)),
      ];
    }),
  );
  const { stdout, stderr, status } = spawnSync("python3", ["-c", script], {
    input,
    encoding: "utf8",
    timeout: 20_000,
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return JSON.parse(stdout);
}

/** Feedback without what differs between versions of Python: the wording of errors. */
function versionless(feedback: string): string {
  return feedback
    .replace(/^Feedback: /, "")
    .replace(/^SyntaxError: .*( \(line \d+\))$/, "SyntaxError:$1")
    .replace(/ raised (\w+): .*$/, " raised $1");
}

test("feedback in the corpus is what real Python gives, and every kind of error occurs", () => {
  const judged = judgedByPython(sample);
  const kinds: Record<string, number> = {};
  sample.forEach(({ messages }, index) => {
    judged[index]!.forEach(({ kind, text }, turn) => {
      if (turn === 0) kinds[kind] = (kinds[kind] ?? 0) + 1;
      const feedback = messages[2 * turn + 2];
      if (feedback !== undefined) expect(versionless(feedback.content)).toBe(text);
      // A conversation goes on only after a failure.
      else if (messages.length > 2 && turn < 2) expect(kind).toBe("passed");
    });
  });
  for (const kind of ["wrong", "exception", "syntax"])
    expect(kinds[kind]).toBeGreaterThan(0.02 * sample.length);
  expect(kinds.passed).toBeGreaterThan(0.4 * sample.length);
}, 25_000);
