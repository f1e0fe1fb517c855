import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { deriveSeed, randomStream } from "../core/seed.ts";
import { longestText, parseRecords, readRecords, recordText } from "./records.ts";

const schema = z.object({ task_id: z.int(), text: recordText.min(1), tests: z.array(recordText).min(1) });

interface Row {
  task_id: unknown;
  text?: unknown;
  tests?: unknown;
}

const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    task_id: index + 1,
    text: `Größe ${index}: brackets ]}, "quotes" and \\ in a text`,
    tests: [`assert f(${index}) == "[{"`, 'assert f("\\n") == {}'],
  }));

/** The forms in which a benchmark is published. In all of them record k begins in line k + 1, but for the array in two. */
const forms = {
  lines: (made: string[]) => `${made.join("\n")}\n`,
  array: (made: string[]) => `[\n${made.join(",\n")}\n]\n`,
};
const asText = (made: Row[], form: keyof typeof forms) => forms[form](made.map((row) => JSON.stringify(row)));
const lineOf = (record: number, form: keyof typeof forms) => record + (form === "lines" ? 1 : 2);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-records-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a whole file gives all its records, in order", () => {
  test("in every form, whatever its line ends", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            text: fc.string({ unit: "grapheme", minLength: 1 }),
            tests: fc.array(fc.string(), { minLength: 1 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        fc.constantFrom("\n", "\r\n", "\n\n"),
        fc.boolean(),
        fc.boolean(),
        (made, end, last, array) => {
          const whole = made.map((row, index) => ({ task_id: index, ...row }));
          const texts = whole.map((row) => JSON.stringify(row, null, array ? 1 : undefined));
          const text = array
            ? `[${texts.join(`,${end}`)}]${last ? end : ""}`
            : texts.join(end) + (last ? end : "");
          expect(parseRecords(text, "x", schema, "task_id").map(({ record }) => record)).toEqual(whole);
        },
      ),
    ));

  test("also packed, and behind a byte order mark", async () => {
    const text = asText(rows(5), "lines");
    const file = join(folder, "whole.jsonl.gz");
    writeFileSync(file, gzipSync(`\uFEFF${text}`));
    const read = await readRecords(file, schema, "task_id");
    expect(read.map(({ record }) => record)).toEqual(rows(5));
    expect(read.map(({ where }) => where)).toEqual([1, 2, 3, 4, 5].map((line) => `${file}:${line}`));
  });
});

type Draw = (below: number) => number;
interface Mutated {
  name: string;
  bytes: Buffer;
  /** Lines that the message may name. */
  lines: number[];
  says: RegExp;
}

const count = 9;
const span = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** One mutation a kind. Every one of them must be refused. */
const kinds: Record<string, (draw: Draw, form: keyof typeof forms) => Omit<Mutated, "name">> = {
  "cut inside a record": (draw, form) => {
    const text = asText(rows(count), form);
    const record = draw(count);
    const line = lineOf(record, form);
    const before =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    const length = text.split("\n")[line - 1]!.replace(/,$/, "").length;
    const cut = text.slice(0, before + 1 + draw(length - 1));
    return { bytes: Buffer.from(cut), lines: [line], says: /not JSON|cut short/ };
  },
  "a cut line among others": (draw, form) => {
    const made = rows(count).map((row) => JSON.stringify(row));
    const record = draw(count);
    made[record] = made[record]!.slice(0, 1 + draw(made[record]!.length - 1));
    return {
      bytes: Buffer.from(forms[form](made)),
      lines: [lineOf(record, form)],
      says: /not JSON|not closed/,
    };
  },
  "a wrong type": (draw, form) => {
    const made = rows(count);
    const record = draw(count);
    const field = (["task_id", "text", "tests"] as const)[draw(3)]!;
    made[record] = { ...made[record]!, [field]: [null, true, { a: 1 }, [7], 0.5][draw(5)] };
    return {
      bytes: Buffer.from(asText(made, form)),
      lines: [lineOf(record, form)],
      says: new RegExp(`field "${field}`),
    };
  },
  "a missing field": (draw, form) => {
    const made = rows(count);
    const record = draw(count);
    const field = (["task_id", "text", "tests"] as const)[draw(3)]!;
    delete made[record]![field];
    return {
      bytes: Buffer.from(asText(made, form)),
      lines: [lineOf(record, form)],
      says: new RegExp(`field "${field}": it is missing`),
    };
  },
  "a duplicate id": (draw, form) => {
    const made = rows(count);
    const record = 1 + draw(count - 1);
    made[record]!.task_id = made[draw(record)]!.task_id;
    return {
      bytes: Buffer.from(asText(made, form)),
      lines: [lineOf(record, form)],
      says: /field "task_id": \d+ stands in line \d+ too/,
    };
  },
  "a huge field": (draw, form) => {
    const made = rows(3);
    const record = draw(3);
    made[record]!.text = "x".repeat(longestText + 1);
    return {
      bytes: Buffer.from(asText(made, form)),
      lines: [lineOf(record, form)],
      says: /field "text": it is longer than 4194304 characters/,
    };
  },
  "bytes that are no UTF-8": (draw, form) => {
    const made = rows(count);
    const record = draw(count);
    const bytes = Buffer.from(asText(made, form));
    let at = 0;
    for (let line = 1; line < lineOf(record, form); line++) at = bytes.indexOf(10, at) + 1;
    bytes[at + draw(bytes.indexOf(10, at) - at)] = [0xff, 0xc0, 0xfe][draw(3)]!;
    return { bytes, lines: [lineOf(record, form)], says: /is not UTF-8/ };
  },
  "half of a surrogate pair": (draw, form) => {
    const made = rows(count).map((row) => JSON.stringify(row));
    const record = draw(count);
    made[record] = made[record]!.replace("Größe", "\\ud83d");
    return {
      bytes: Buffer.from(forms[form](made)),
      lines: [lineOf(record, form)],
      says: /field "text": it holds half/,
    };
  },
  "a gzip stream that ends early": (draw, form) => {
    const whole = gzipSync(asText(rows(count), form));
    return {
      bytes: whole.subarray(0, 10 + draw(whole.length - 10)),
      lines: span(count + 3),
      says: /gzip stream ends early/,
    };
  },
  "a damaged gzip stream": (draw, form) => {
    const whole = gzipSync(asText(rows(count), form));
    const at = 10 + draw(whole.length - 10);
    whole[at] = whole[at]! ^ (1 + draw(255));
    return { bytes: whole, lines: span(count + 3), says: /gzip stream (is damaged|ends early)/ };
  },
  "something that is no object": (draw, form) => {
    const made = rows(count).map((row) => JSON.stringify(row));
    const record = form === "lines" ? 1 + draw(count - 1) : draw(count);
    made[record] = ["null", "7", '"text"', "[]", "[[1], {}]"][draw(5)]!;
    return {
      bytes: Buffer.from(forms[form](made)),
      lines: [lineOf(record, form)],
      says: /must be a JSON object/,
    };
  },
  "noise in a line": (draw, form) => {
    const made = rows(count).map((row) => JSON.stringify(row));
    const record = draw(count);
    made[record] = `${made[record]}\u2028\u0007}${"<".repeat(draw(400))}`;
    return {
      bytes: Buffer.from(forms[form](made)),
      lines: [lineOf(record, form)],
      says: /not JSON|something follows/,
    };
  },
  "nothing at all": (draw) => ({
    bytes: Buffer.from("\n".repeat(draw(4))),
    lines: [1],
    says: /holds no record/,
  }),
};

test("200 damaged files: one clear line each, with file and line, and no record given out", async () => {
  const names = Object.keys(kinds);
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 200; seed++) {
    const name = names[seed % names.length]!;
    const random = randomStream(deriveSeed(seed, "damaged file"));
    const draw: Draw = (below) => Math.floor(random() * below);
    const form = draw(2) === 0 ? "lines" : "array";
    const { bytes, lines, says } = kinds[name]!(draw, form);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const file = join(folder, `damaged-${seed}.json${packed ? ".gz" : ""}`);
    writeFileSync(file, bytes);
    const told = await readRecords(file, schema, "task_id").then(
      (read) => `${read.length} records`,
      (error: unknown) => (error instanceof InputError ? error.message : `a crash: ${error}`),
    );
    const case_ = `seed ${seed}, ${form}, ${name}: ${told}`;
    expect(told.startsWith(`${file}:`), case_).toBe(true);
    expect(lines, case_).toContain(Number(/^:(\d+)/.exec(told.slice(file.length))?.[1]));
    expect(told, case_).toMatch(says);
    expect(told, case_).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(told.length, case_).toBeLessThan(file.length + 330);
    rmSync(file);
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  expect(seen.size).toBe(names.length);
}, 120_000);

describe("one clear line for", () => {
  const failure = (text: string) => {
    try {
      parseRecords(text, "x.json", schema, "task_id");
    } catch (error) {
      return (error as Error).message;
    }
    return "no failure";
  };
  const row = JSON.stringify(rows(1)[0]);
  test.each([
    ["an array that goes on", `[${row}]\n1`, /^x\.json:2: something follows the end of the array/],
    ["a comma too many", `[${row},\n]`, /^x\.json:2: record 1 of the array is missing/],
    ["an array that is never closed", `[${row}`, /^x\.json:1: record 0: the array is not closed/],
    ["a bracket that closes nothing", `[}`, /^x\.json:1: record 0: is not JSON/],
    ["an empty array", "[]", /^x\.json:1: holds no record/],
    ["an unknown value", `${row}\nNaN`, /^x\.json:2: is not JSON/],
  ])("%s", (_name, text, expected) => expect(failure(text)).toMatch(expected));

  test("a file that is not there", async () => {
    await expect(readRecords(join(folder, "none.jsonl"), schema, "task_id")).rejects.toThrow(
      /none\.jsonl: is not there$/,
    );
  });
});
