// Writes a reading of a task as Python, in one of several idioms, so that equal meanings look different.
import { pick, type Read, type Task } from "./task.ts";

type Random = () => number;

export const idioms = ["inline", "bound", "loop", "steps", "tally"] as const;
export type Idiom = (typeof idioms)[number];

const indent = "    ";

interface Parts {
  target: string;
  items: string;
  lazy: boolean;
  condition: string;
  each: string;
  result: string;
  /** The items are taken as they are. */
  plain: boolean;
}

function parts(task: Task, read: Read, random: Random | null): Parts {
  const spelling = (codes: readonly string[]) =>
    random === null || random() < 0.7 ? codes[0]! : pick(codes, random);
  const { target } = task.composition.family;
  const own = read.source.condition;
  const test = read.test ? spelling(read.test.code).replaceAll("#", target) : undefined;
  return {
    target,
    items: read.source.items,
    lazy: read.source.lazy ?? false,
    condition: [own, test].filter((part) => part !== undefined).join(" and "),
    each: read.map ? spelling(read.map.code).replaceAll("#", target) : target,
    result: spelling(read.result.code),
    plain: read.map === null,
  };
}

function generator({
  each,
  target,
  items,
  condition,
}: Pick<Parts, "each" | "target" | "items" | "condition">): string {
  return `${each} for ${target} in ${items}${condition ? ` if ${condition}` : ""}`;
}

function listOf(part: Parts): string {
  if (part.plain && part.condition === "") return part.lazy ? `list(${part.items})` : part.items;
  return `[${generator(part)}]`;
}

const consumes = /(?:sum|sorted|set|join|fromkeys|max|min)\(#\)/;

function inlined(part: Parts): string {
  const bare = consumes.test(part.result) && !(part.plain && part.condition === "");
  return part.result.replace("#", bare ? generator(part) : listOf(part));
}

function looped(part: Parts, start: string, step: string): string[] {
  const guarded = part.condition === "" ? [step] : [`if ${part.condition}:`, `${indent}${step}`];
  return [start, `for ${part.target} in ${part.items}:`, ...guarded.map((line) => `${indent}${line}`)];
}

/** The idioms in which a reading can be written. */
function possible(part: Parts): Idiom[] {
  const can: Idiom[] = ["bound"];
  if (part.result.split("#").length === 2) can.push("inline", "inline");
  if (!part.plain || part.condition !== "") can.push("loop");
  if (!part.plain && part.condition !== "" && !part.target.includes(",")) can.push("steps");
  // Counting without making the items would skip what making them may raise.
  if (can.includes("loop") && (part.result === "sum(#)" || (part.result === "len(#)" && part.plain)))
    can.push("tally");
  return can;
}

function body(part: Parts, idiom: Idiom): string[] {
  const result = part.result.replaceAll("#", "ys");
  switch (idiom) {
    case "inline":
      return [`return ${inlined(part)}`];
    case "bound":
      return [`ys = ${listOf(part)}`, `return ${result}`];
    case "loop":
      return [...looped(part, "ys = []", `ys.append(${part.each})`), `return ${result}`];
    case "steps": {
      const kept = generator({ ...part, each: part.target });
      const mapped = generator({ ...part, items: "ys", condition: "" });
      return [`ys = [${kept}]`, `ys = [${mapped}]`, `return ${result}`];
    }
    case "tally":
      return [
        ...looped(part, "t = 0", part.result === "sum(#)" ? `t += ${part.each}` : "t += 1"),
        "return t",
      ];
  }
}

/** The program of a reading; without `random`, its plainest form. */
export function writeProgram(task: Task, read: Read, random: Random | null): string {
  const part = parts(task, read, random);
  const can = possible(part);
  const idiom = random === null ? (can.includes("inline") ? "inline" : "bound") : pick(can, random);
  const { parameters } = task.composition.family;
  return [`def f(${parameters.join(", ")}):`, ...body(part, idiom).map((line) => indent + line)].join("\n");
}

/** The assistant's message that holds a program. */
export function answer(program: string): string {
  return `\`\`\`python\n${program}\n\`\`\``;
}
