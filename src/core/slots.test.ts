// The order in which slots are granted, and that none is lost.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

test("never lets more than the total run, loses no slot, and admits in order", async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), counts, async (total, wanted) => {
      const slots = new Slots(total);
      const admitted: number[] = [];
      let held = 0;
      let most = 0;
      const work = (index: number, count: number) =>
        slots.run(async () => {
          admitted.push(index);
          held += Math.min(total, count);
          most = Math.max(most, held);
          await tick();
          held -= Math.min(total, count);
        }, count);
      await Promise.all(wanted.map((count, index) => work(index, count)));
      expect(most).toBeLessThanOrEqual(total);
      expect(admitted).toEqual(wanted.map((_, index) => index));
      await slots.acquire(total);
    }),
    { numRuns: 50 },
  );
});

test("gives the slots back when the work fails", async () => {
  const slots = new Slots(1);
  await expect(slots.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(slots.run(() => Promise.resolve("yes"))).resolves.toBe("yes");
});

test("a large request is not overtaken by small ones that came later", async () => {
  const slots = new Slots(2);
  const order: string[] = [];
  await slots.acquire(1);
  const large = slots.run(async () => void order.push("large"), 2);
  const small = slots.run(async () => void order.push("small"), 1);
  await tick();
  expect(order).toEqual([]);
  slots.release(1);
  await Promise.all([large, small]);
  expect(order).toEqual(["large", "small"]);
});
