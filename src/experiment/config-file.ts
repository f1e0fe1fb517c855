// Reading a configuration file: every mistake is one line with file, line and column, and what would be right.
import { readFile } from "node:fs/promises";
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { InputError } from "../core/errors.ts";
import { type Config, configSchema } from "./config.ts";

export async function readConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new InputError(file, `can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return parseConfig(text, file);
}

/** @throws InputError at the first mistake */
export function parseConfig(text: string, file: string): Config {
  if (text.includes("\uFFFD") || text.includes("\0")) throw new InputError(file, "is not UTF-8 text");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken) throw new InputError(at(broken.pos[0]), `is not YAML: ${broken.message.split("\n")[0]}`);
  if (!isMap(document.contents))
    throw new InputError(file, 'must be a map of settings, such as "name: my-run"');
  const parsed = configSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
  throw new InputError(at(offsetOf(document, path)), explain(issue, path, document.toJS()));
}

/** Where the key of a path stands; the nearest parent that exists where the key is missing. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => String(item.key) === String(path[depth - 1]));
      if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

function explain(issue: z.core.$ZodIssue, path: PropertyKey[], value: unknown): string {
  const name = path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    const near = nearest(issue.keys[0]!, known);
    return `unknown setting "${name}"${near ? `; did you mean "${near}"?` : ` (known here: ${known.join(", ")})`}`;
  }
  const given = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  const seen = given === undefined ? "it is missing" : `it is ${JSON.stringify(given)}`;
  return `setting "${name}": ${seen}; ${expectation(issue)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `expected ${issue.values.map((known) => JSON.stringify(known)).join(", ")}`;
    case "invalid_union":
      return "expected one of the forms in docs/reference/config.md";
    case "invalid_format":
      return `expected ${issue.message}`;
    default:
      return issue.message.replace(/^Invalid input: /, "").replace(/^Too (small|big): /, "");
  }
}

/** Keys that the schema knows at a path. */
function knownKeys(path: PropertyKey[]): string[] {
  let schema: unknown = configSchema;
  for (const key of ["", ...path]) {
    if (key !== "") schema = (schema as { shape: Record<PropertyKey, unknown> }).shape[key];
    for (let inner = innerType(schema); inner; inner = innerType(schema)) schema = inner;
  }
  return Object.keys((schema as { shape?: object }).shape ?? {});
}

function innerType(schema: unknown): unknown {
  return (schema as { def?: { innerType?: unknown } }).def?.innerType;
}

/** The known word within two edits (or a third of its length), nearest first. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  return known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
