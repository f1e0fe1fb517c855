// Parsing numbers from flags, with a message that says what would be right.
import { InvalidArgumentError } from "@commander-js/extra-typings";

export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return value;
}

export function temperature(text: string): number {
  const value = Number(text);
  if (text === "" || !(value >= 0 && value <= 5))
    throw new InvalidArgumentError("Expected a number from 0 to 5.");
  return value;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text === "" || !(value > 0 && value <= 3600))
    throw new InvalidArgumentError("Expected a number of seconds, above 0 and at most 3600.");
  return value;
}

/** "1,10,100": whole numbers from 1, each once, in order. */
export function counts(text: string): number[] {
  return [...new Set(text.split(",").map(count))].sort((a, b) => a - b);
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("Expected a whole number from 0.");
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (text === "" || !(value > 0 && value <= 1))
    throw new InvalidArgumentError("Expected a number above 0 and at most 1.");
  return value;
}

/** "40", or "train=40,test=100": how many problems of each split. */
export function limits(text: string): { train?: number; validation?: number; test?: number } {
  if (!text.includes("=")) {
    const most = count(text);
    return { train: most, validation: most, test: most };
  }
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [, split, most] = /^(train|validation|test)=(\d+)$/.exec(part.trim()) ?? [];
      if (split === undefined || most === undefined)
        throw new InvalidArgumentError("Expected a number, or some of train=n,validation=n,test=n.");
      return [split, count(most)];
    }),
  );
}
