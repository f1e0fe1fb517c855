import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal, readRecords } from "./journal.ts";

interface Row {
  key: string;
  text: string;
}
const keyOf = ({ key }: Row) => key;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-journal-"));
  file = join(folder, "rows.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function all(): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRecords<Row>(file)) rows.push(row);
  return rows;
}

test("whatever order records finish in, the finished file is the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([..."abcdefgh"], { minLength: 8 }), async (order) => {
      rmSync(file, { force: true });
      const journal = await Journal.open<Row>(file, keyOf);
      await Promise.all(order.map((key) => journal.append(key, { key, text: `größe ${key}` })));
      await journal.finish([..."abcdefgh"]);
      expect((await all()).map(keyOf)).toEqual([..."abcdefgh"]);
    }),
    { numRuns: 20 },
  );
});

test("a torn last line is dropped and its record asked for again, wherever it was torn", async () => {
  const line = (key: string) => `${JSON.stringify({ key, text: "größe" })}\n`;
  const whole = Buffer.from(line("a") + line("b"));
  for (let cut = whole.length - 1; cut > Buffer.from(line("a")).length; cut--) {
    writeFileSync(file, whole.subarray(0, cut));
    const journal = await Journal.open<Row>(file, keyOf);
    expect([journal.has("a"), journal.has("b")]).toEqual([true, false]);
    await journal.append("b", { key: "b", text: "größe" });
    await journal.finish(["a", "b"]);
    expect(readFileSync(file)).toEqual(whole);
  }
});

test("damage in the middle is one clear line with its place", async () => {
  writeFileSync(file, '{"key":"a"}\n{"key":\n{"key":"c"}\n');
  await expect(Journal.open<Row>(file, keyOf)).rejects.toThrow(/rows\.jsonl:2: is not a record/);
});

test("a record larger than any buffer survives", async () => {
  const text = "x".repeat(1_000_000);
  const journal = await Journal.open<Row>(file, keyOf);
  await journal.append("a", { key: "a", text });
  await journal.append("b", { key: "b", text: "" });
  await journal.finish(["b", "a"]);
  expect((await all()).map(({ text }) => text.length)).toEqual([0, 1_000_000]);
});

test("an appended record is in the file before its promise resolves", async () => {
  const journal = await Journal.open<Row>(file, keyOf);
  await journal.append("a", { key: "a", text: "" });
  expect(readFileSync(file, "utf8")).toContain('"a"');
  await journal.close();
});

test("reading names the line that is no JSON", async () => {
  const journal = await Journal.open<Row>(file, keyOf);
  await journal.append("a", { key: "a", text: "" });
  await journal.finish(["a"]);
  appendFileSync(file, "{broken\n");
  await expect(all()).rejects.toThrow(/rows\.jsonl:2: is not JSON/);
  truncateSync(file, 0);
  expect(await all()).toEqual([]);
});
