// Reading a configuration file: every mistake is one line with file, line and column, and what would be right.
import { readFile } from "node:fs/promises";
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { InputError } from "../core/errors.ts";
import { bothEnds } from "../core/told-text.ts";
import { recipes } from "../learning/recipes.ts";
import { benchmarkForms, placed } from "./benchmark-choice.ts";
import { type Config, configSchema } from "./config.ts";
import { contextOf, fitToContext, modelFolderOf, withModelDefaults } from "./model-defaults.ts";

/**
 * The configuration of a run to come.
 * @throws InputError at the first mistake, and where a length doesn't fit the model's context
 */
export async function readConfig(file: string): Promise<Config> {
  const { config, given, at } = parse(await textOf(file), file);
  const context = contextOf(modelFolderOf(config));
  return withPlace(context === undefined ? config : fitToContext(config, given, context, at), file);
}

/** The configuration that a run was made with, taken as it is. @throws InputError at the first mistake */
export async function readSavedConfig(file: string): Promise<Config> {
  return withPlace(parseConfig(await textOf(file), file), file);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new InputError(file, `can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

const withPlace = (config: Config, file: string): Config => ({
  ...config,
  benchmark: placed(config.benchmark, file),
});

/** @throws InputError at the first mistake */
export function parseConfig(text: string, file: string): Config {
  return parse(text, file).config;
}

interface Parsed {
  config: Config;
  /** The settings as they stand in the file. */
  given: Record<string, unknown>;
  /** Where a setting stands; the file alone where it isn't set. */
  at(path: string[]): string;
}

function parse(text: string, file: string): Parsed {
  if (text.includes("\uFFFD") || text.includes("\0")) throw new InputError(file, "is not UTF-8 text");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: "error" });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken) throw new InputError(at(broken.pos[0]), `is not YAML: ${broken.message.split("\n")[0]}`);
  if (!isMap(document.contents))
    throw new InputError(file, 'must be a map of settings, such as "name: my-run"');
  const given = resolved(document, file) as Record<string, unknown>;
  const parsed = configSchema.safeParse(withModelDefaults(given));
  if (parsed.success)
    return {
      config: parsed.data,
      given,
      at: (path) => (document.hasIn(path) ? at(offsetOf(document, path)) : file),
    };
  const issue = parsed.error.issues[0]!;
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
  throw new InputError(at(offsetOf(document, path)), explain(issue, path, given));
}

/** What the document says, its aliases resolved: those that name nothing, or one another without end, are found here. */
function resolved(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? String(item) : item));
    return value;
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0]!.replace(/:$/, "");
    throw new InputError(file, `its aliases can't be resolved: ${reason}`);
  }
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
    if (known.length === 0) return `unknown setting "${name}"`;
    return `unknown setting "${name}"${near ? `; did you mean "${near}"?` : ` (known here: ${known.join(", ")})`}`;
  }
  const given = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  const seen = given === undefined ? "it is missing" : `it is ${bothEnds(JSON.stringify(given), 200)}`;
  return `setting "${name}": ${seen}; ${expectation(issue, name, given)}`;
}

/** The forms of the settings that have several. */
const forms: Record<string, string> = {
  benchmark: benchmarkForms,
  iterations: "a whole number from 1, or one by recipe such as { mucode: 2 }",
  "verifier.pairs": 'a whole number from 1, or "all"',
};

function expectation(issue: z.core.$ZodIssue, name: string, given: unknown): string {
  if (issue.code === "invalid_type" && issue.expected === "array" && given !== undefined)
    return `expected a list: [${typeof given === "string" ? given : JSON.stringify(given)}]`;
  switch (issue.code) {
    case "invalid_value":
      return `expected ${issue.values.map((known) => JSON.stringify(known)).join(", ")}`;
    case "invalid_union":
      return `expected ${forms[name] ?? "one of the forms in docs/reference/config.md"}`;
    case "invalid_format":
      return `expected ${issue.message}`;
    default:
      return issue.message.replace(/^Invalid input: /, "").replace(/^Too (small|big): /, "");
  }
}

/** Keys that the schema knows at a path. */
function knownKeys(path: PropertyKey[]): string[] {
  // The one map whose keys are names of ours and not settings.
  if (path[0] === "iterations") return recipes.map(({ name }) => name);
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
