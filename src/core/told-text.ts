// Text that is told to a generator or a person: of bounded length, with both ends of what is long, and the same on every
// machine and in every run.

/** The text; or, where it is longer than `limit` characters, about three fifths of that from its beginning and the rest from its end. */
export function bothEnds(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const tail = Math.floor((limit - 1) * 0.4);
  let end = limit - 1 - tail;
  let start = text.length - tail;
  // Never cuts a character in two.
  if (isHigh(text.charCodeAt(end - 1))) end--;
  if (tail > 0 && isHigh(text.charCodeAt(start - 1))) start++;
  return `${text.slice(0, end)}…${text.slice(start)}`;
}

const isHigh = (code: number) => code >= 0xd800 && code < 0xdc00;

/**
 * A value without the addresses of Python's default `repr`: `<f at 0x7f…>`. A text that only looks like one stays. Classes
 * of a program are told as those of `__main__`, as which a reader knows them.
 */
export function withoutAddresses(value: string): string {
  return value
    .replace(/(<(?:class ['"])?)__program__\./g, "$1__main__.")
    .replace(/(<[^<>]*(?:<\w+>[^<>]*)*) at 0x[0-9a-fA-F]+(?=>|…)/g, "$1 at 0x…");
}

/** An error message without addresses and without paths of this machine. */
export function withoutPlaces(message: string): string {
  return message
    .replace(/\b0x[0-9a-fA-F]{6,}/g, "0x…")
    .replace(/(?<![\w.+@/-])(?:\/[\w.+@-]+){2,}\/?/g, "<path>");
}
