// One holder at a time, and none for ever.
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "./lock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, "deep", "install.lock");

test("several wait for each other, are told once, and leave nothing behind", async () => {
  let inside = 0;
  let waits = 0;
  const work = async () => {
    expect(++inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    inside--;
  };
  const wait = () => waits++;
  await Promise.all([1, 2, 3].map(() => withLock(path(), wait, work)));
  expect(waits).toBe(2);
  expect(readdirSync(join(folder, "deep"))).toEqual([]);
});

test("is given back when the work fails", async () => {
  const failing = withLock(
    path(),
    () => {},
    () => Promise.reject(new Error("no")),
  );
  await expect(failing).rejects.toThrow("no");
  await expect(
    withLock(
      path(),
      () => {},
      async () => 1,
    ),
  ).resolves.toBe(1);
});

const never = 2 ** 30;
const longAgo = new Date(Date.now() - 3_600_000);

test.each([
  ["a process that is gone", { pid: never, host: hostname(), began: "1" }],
  ["a process whose number now belongs to another", { pid: process.pid, host: hostname(), began: "1" }],
  ["another machine, an hour ago", { pid: 1, host: "elsewhere", began: "1" }],
])("is taken over from %s", async (_name, holder) => {
  await withLock(
    path(),
    () => {},
    async () => {},
  );
  writeFileSync(path(), JSON.stringify(holder));
  utimesSync(path(), longAgo, longAgo);
  await expect(
    withLock(
      path(),
      () => {},
      async () => "in",
    ),
  ).resolves.toBe("in");
});
