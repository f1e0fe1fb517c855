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
