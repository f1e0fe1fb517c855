import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Slots } from "../core/slots.ts";
import { noTokens, PhaseStore } from "./phase-store.ts";

const slots = new Slots(1);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-phases-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const writing = (text: string) => async (place: string) => {
  writeFileSync(join(place, "out.txt"), text);
  return noTokens;
};
const never = async () => {
  throw new Error("was run again");
};

test("a finished phase is reused, by this process and by the next", async () => {
  const store = new PhaseStore(folder, "1", slots);
  const first = await store.run("kind", { a: 1 }, ["in"], writing("x"));
  expect(await store.run("kind", { a: 1 }, ["in"], never)).toBe(first);
  expect((await new PhaseStore(folder, "1", slots).run("kind", { a: 1 }, ["in"], never)).digest).toBe(
    first.digest,
  );
});

test("other parameters, inputs, kinds or code make another phase", async () => {
  const store = new PhaseStore(folder, "1", slots);
  const phases = [
    await store.run("kind", { a: 1 }, ["in"], writing("x")),
    await store.run("kind", { a: 2 }, ["in"], writing("x")),
    await store.run("kind", { a: 1 }, ["other"], writing("x")),
    await store.run("other", { a: 1 }, ["in"], writing("x")),
    await new PhaseStore(folder, "2", slots).run("kind", { a: 1 }, ["in"], writing("x")),
  ];
  expect(new Set(phases.map((phase) => phase.folder)).size).toBe(5);
  expect(new Set(phases.map((phase) => phase.digest)).size).toBe(1);
});

test("an interrupted phase finds what it left", async () => {
  const store = new PhaseStore(folder, "1", slots);
  const work = async (place: string) => {
    const file = join(place, "half.txt");
    if (existsSync(file)) return noTokens;
    writeFileSync(file, "half");
    throw new Error("killed");
  };
  await expect(store.run("kind", {}, [], work)).rejects.toThrow("killed");
  const phase = await new PhaseStore(folder, "1", slots).run("kind", {}, [], work);
  expect(readFileSync(join(phase.folder, "half.txt"), "utf8")).toBe("half");
});

test("files that changed, vanished or can't be read are refused with the cure", async () => {
  const run = () => new PhaseStore(folder, "1", slots).run("kind", {}, [], writing("x"));
  const { folder: place } = await run();
  writeFileSync(join(place, "out.txt"), "y");
  await expect(run()).rejects.toThrow(/out\.txt: is not what the phase wrote.*delete the folder/);
  rmSync(join(place, "out.txt"));
  await expect(run()).rejects.toThrow(/out\.txt: is missing/);
  writeFileSync(join(place, "phase.json"), "{");
  await expect(run()).rejects.toThrow(/phase\.json: can't be read/);
});

test("reading a finished run never makes a phase", async () => {
  const store = new PhaseStore(folder, "1", slots, true);
  await expect(store.run("kind", {}, [], writing("x"))).rejects.toThrow(
    /is not finished; mucode train continues it/,
  );
});

test("work that needs a slot waits for one, and its time starts when it has it", async () => {
  const store = new PhaseStore(folder, "1", slots);
  const slow = async (place: string) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return writing("x")(place);
  };
  const phases = await Promise.all([1, 2].map((a) => store.run("kind", { a }, [], slow, 1)));
  for (const { record } of phases) expect(record.seconds).toBeLessThan(0.39);
});
