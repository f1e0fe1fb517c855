// A part that two processes have open at once: what one has installed, the other can't change any more.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPart } from "./part-file.ts";

const content = Buffer.from("the right content");
const sha256 = createHash("sha256").update(content).digest("hex");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-part-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is installed is out of reach for whoever still writes to the part", async () => {
  const path = join(folder, "set", "file");
  const one = await openPart(path);
  await one.append(content);
  const two = await openPart(path);
  expect(two.size()).toBe(content.length);
  expect(await one.install(sha256)).toBe(sha256);
  await two.append(Buffer.from(" and more"));
  await two.cut(0);
  await two.append(Buffer.from("other"));
  expect(readFileSync(path).equals(content)).toBe(true);
  await Promise.all([one.close(), two.close()]);
});

test("a wrong digest installs nothing, and leaves the part as it was", async () => {
  const path = join(folder, "file");
  const part = await openPart(path);
  await part.append(content);
  part.comesFrom({ url: "http://a/", etag: '"x"' });
  expect(await part.install("0".repeat(64))).toBe(sha256);
  await part.close();
  expect(readdirSync(folder).sort()).toEqual(["file.part", "file.part.json"]);
  const again = await openPart(path);
  expect([again.size(), again.origin()]).toEqual([content.length, { url: "http://a/", etag: '"x"' }]);
  await again.close();
});
