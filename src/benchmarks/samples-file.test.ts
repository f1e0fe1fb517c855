import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../core/errors.ts";
import type { Gradable } from "./gradable.ts";
import { programOf, taskFinder } from "./sample-program.ts";
import { readSamples } from "./samples-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-samples-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (content: string | Buffer, name = "samples.jsonl") => {
  writeFileSync(join(folder, name), content);
  return readSamples(join(folder, name));
};
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe("a samples file", () => {
  test("holds completions and solutions, several a task, with whatever fields beside them", async () => {
    const text =
      line({ task_id: "HumanEval/0", completion: "    return 1" }) +
      line({ task_id: "HumanEval/0", completion: "", passed: true }) +
      "\n" +
      line({ task_id: 11, solution: "x = 1", _identifier: "?" }) +
      line({ solution: "y", completion: "z", task_id: "a" });
    const samples = await read(text);
    expect(samples.map(({ taskId, form, text }) => [taskId, form, text])).toEqual([
      ["HumanEval/0", "completion", "    return 1"],
      ["HumanEval/0", "completion", ""],
      ["11", "solution", "x = 1"],
      ["a", "solution", "y"],
    ]);
    expect(samples[2]!.where).toMatch(/samples\.jsonl:4$/);
    expect(await read(gzipSync(text), "samples.jsonl.gz")).toHaveLength(4);
  });

  test.each([
    ["in one line", undefined],
    ["in many lines", 1],
  ])("may be evalplus's results %s, with the verdicts that it gave", async (_what, indent) => {
    const results = {
      date: "today",
      eval: {
        "Mbpp/2": [
          { task_id: "Mbpp/2", solution: "a", base_status: "pass", plus_status: "fail" },
          { solution: "b", base_status: "timeout", plus_status: null },
        ],
      },
    };
    expect(await read(JSON.stringify(results, null, indent), "r.json")).toMatchObject([
      { taskId: "Mbpp/2", form: "solution", text: "a", published: { base: true, plus: false } },
      { taskId: "Mbpp/2", form: "solution", text: "b", published: { base: false } },
    ]);
  });

  test("takes null for a field that is not there, and the solution where both are", async () => {
    const text =
      line({ task_id: "a", solution: null, completion: "c" }) +
      line({ task_id: "a", solution: "s", completion: null }) +
      line({ task_id: "a", solution: "", completion: "c" });
    const samples = await read(text);
    expect(samples.map(({ form, text: program }) => [form, program])).toEqual([
      ["completion", "c"],
      ["solution", "s"],
      ["solution", ""],
    ]);
  });

  test("may have a sample with a field of the name that results have", async () => {
    const sample = { id: 1, eval: { passed: true }, task_id: "a", solution: "s" };
    expect(await read(line(sample))).toMatchObject([{ taskId: "a", text: "s" }]);
    expect(await read(line(sample) + line(sample))).toHaveLength(2);
  });

  test("keeps every task of results, whatever its name", async () => {
    const names = ["__proto__", "constructor", "toString", "a"];
    const results = names.map((name) => `${JSON.stringify(name)}: [{"solution": "s"}]`).join(", ");
    const samples = await read(`{"eval": {${results}}}`, "named.json");
    expect(samples.map(({ taskId }) => taskId)).toEqual(names);
    const lines = names.map((name) => line({ task_id: name, solution: "s" })).join("");
    expect((await read(lines)).map(({ taskId }) => taskId)).toEqual(names);
  });

  test.each<[string, string | Buffer, RegExp]>([
    [
      "without any program but null",
      line({ task_id: "a", solution: null, completion: null }),
      /:1: there is neither/,
    ],
    ["results that are a list", JSON.stringify({ eval: [] }), /field "eval": expected an object/],
    ["results whose task is no list", JSON.stringify({ eval: { a: 1 } }), /field "eval.a": expected a list/],
    ["results with null for one", JSON.stringify({ eval: { a: [null] } }), /field "eval.a.0": /],
    ["empty", "", /:1: the file holds no sample/],
    ["cut in the middle", `${line({ task_id: "a", solution: "" })}{"task_id": "b", "sol`, /:2: is not JSON/],
    ["without a program", line({ task_id: "a" }), /:1: there is neither a field "solution"/],
    ["without an id", line({ solution: "a" }), /:1: field "task_id": it is missing/],
    ["with a number for a program", line({ task_id: "a", solution: 1 }), /:1: field "solution": /],
    ["with a list for a line", "[1]\n", /:1: must be a JSON object/],
    ["not text", Buffer.from([0x7b, 0xff]), /:1: is not UTF-8/],
    [
      "cut as gzip",
      gzipSync(line({ task_id: "a", solution: "b" })).subarray(0, 30),
      /gzip stream ends early/,
    ],
    ["results without solutions", JSON.stringify({ eval: { a: [{}] } }), /field "eval.a.0.solution"/],
    [
      "half of a surrogate pair",
      '{"task_id": "a", "solution": "\\ud83d"}',
      /:1: field "solution": it holds half/,
    ],
  ])("that is %s is refused with one line", async (_what, content, message) => {
    const error = await read(content).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("\n");
  });
});

describe("the task of a sample", () => {
  const find = (benchmark: string, ...ids: string[]) => {
    const finder = taskFinder(
      benchmark,
      ids.map((id) => ({ id })),
    );
    return (taskId: string) => finder(taskId)?.id;
  };

  test("is found by the ids of other tools, and never in another benchmark", () => {
    const plus = find("mbpp-plus", "mbpp-plus/2", "mbpp-plus/3");
    for (const id of ["Mbpp/2", "mbpp/2", "MbppPlus/2", "mbpp-plus/2", "2"])
      expect([id, plus(id)]).toEqual([id, "mbpp-plus/2"]);
    for (const id of ["HumanEval/2", "Mbpp/4", "", "/2", "x/2"])
      expect([id, plus(id)]).toEqual([id, undefined]);
    const human = find("humaneval", "HumanEval/7");
    for (const id of ["HumanEval/7", "Python/7", "7", "HumanEvalPlus/7"])
      expect([id, human(id)]).toEqual([id, "HumanEval/7"]);
    expect(human("Mbpp/7")).toBeUndefined();
    const contests = find("codecontests", "codecontests/1575_A. Another", "codecontests/1617_D2. Many");
    for (const id of ["1575_A. Another", "1575_A", "codecontests/1575_A", "code_contests/1575_A. Another"])
      expect([id, contests(id)]).toEqual([id, "codecontests/1575_A. Another"]);
    expect(contests("1617_D2")).toBe("codecontests/1617_D2. Many");
  });

  test("of your own problems is found by its whole id alone", () => {
    const own = find("mine.jsonl", "a/1");
    expect([own("a/1"), own("1"), own("A/1")]).toEqual(["a/1", undefined, undefined]);
  });
});

describe("the program of a sample", () => {
  const task: Gradable = {
    id: "HumanEval/38",
    statement:
      'import math\n\n\ndef encode(s):\n    return s[::-1]\n\n\ndef decode(s):\n    """Turns back."""\n',
    entryPoint: "decode",
    definitions: "import math\n\n\ndef encode(s):\n    return s[::-1]\n\n\n",
    publicTests: { style: "function", asserts: ["assert decode('ab') == 'ba'"] },
    privateTests: { style: "function", asserts: [], code: "def check(c):\n    assert c(encode('a')) == 'a'" },
  };
  const sample = (form: "completion" | "solution", text: string) => ({ taskId: "", where: "", form, text });

  test("is the prompt and the completion where the prompt is code", () => {
    expect(programOf(task, sample("completion", "    return s"))).toBe(`${task.statement}    return s`);
    const prose = { ...task, statement: "Write decode(s)." };
    expect(programOf(prose, sample("completion", "def decode(s): pass"))).toBe("def decode(s): pass");
  });

  test("is the solution, behind which the prompt's function stands where it uses that and lacks it", () => {
    const uses = "from __future__ import annotations\ndef decode(s): return encode(s)";
    const program = programOf(task, sample("solution", uses));
    expect(program.startsWith(uses)).toBe(true);
    expect(program.slice(uses.length).trim()).toBe("import math\n\n\ndef encode(s):\n    return s[::-1]");
    const whole = [
      `def encode(s): return s\n${uses}`,
      `encode = lambda s: s\n${uses}`,
      `from codec import decode as d, encode\n${uses}`,
      `class encode(str): pass\n${uses}`,
      "def decode(s): return s[::-1]",
      "def decode(s): return encoded(s)",
    ];
    for (const text of whole) expect(programOf(task, sample("solution", text))).toBe(text);
    const { definitions: _, ...without } = task;
    expect(programOf(without, sample("solution", uses))).toBe(uses);
  });
});
