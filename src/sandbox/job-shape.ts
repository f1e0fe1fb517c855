// What a job and the options of a sandbox look like, checked before anything is started: a library is called from
// JavaScript too, and a misspelt field must never become a verdict about the program. Written by hand, not as a schema:
// this runs before every program, and costs microseconds (measured in job-shape.test.ts).
import { InputError } from "../core/errors.ts";
import type { FunctionTests, Limits, StdioTests, Tests } from "../core/problem.ts";
import type { SandboxOptions } from "./local-sandbox.ts";
import type { SandboxJob } from "./sandbox.ts";
import type { Language } from "./wire.ts";

/** Every field of a type by name, none left out: one that is added to the type and forgotten here does not compile. */
type Names<Shape> = Record<keyof Shape, true>;

const jobFields: Names<SandboxJob> = {
  language: true,
  program: true,
  groups: true,
  limits: true,
  packages: true,
  stopAtFailure: true,
};
const limitFields: Names<Limits> = { cpuSeconds: true, wallSeconds: true, memoryMb: true, outputKb: true };
const functionFields: Names<FunctionTests> = {
  style: true,
  asserts: true,
  setup: true,
  code: true,
  entryPoint: true,
};
const stdioFields: Names<StdioTests> = { style: true, cases: true, comparison: true };
const caseFields: Names<StdioTests["cases"][number]> = { input: true, output: true };
const languages: Record<Language, true> = { python: true, javascript: true, typescript: true };
const comparisons: Record<NonNullable<StdioTests["comparison"]>, true> = {
  text: true,
  lines: true,
  tokens: true,
};
const optionTypes: Record<keyof SandboxOptions, "number" | "string" | "function" | "object"> = {
  workers: "number",
  slots: "number",
  python: "string",
  numpyPython: "string",
  judgePython: "string",
  isolation: "string",
  limits: "object",
  cacheSize: "number",
  onFrame: "function",
  onWorkers: "function",
};

/** Throws InputError, which names the field, for what is no job. A field that is `undefined` counts as left out. */
export function checkJob(job: SandboxJob): void {
  const seen: Record<string, unknown> = object(job, "");
  onlyFields(seen, jobFields, "");
  oneOf(seen.language, languages, "language");
  text(seen.program, "program");
  const groups = list(seen.groups, "groups");
  if (groups.length === 0) throw wrong("groups", "at least one group of tests was expected, seen none");
  for (let index = 0; index < groups.length; index++) checkGroup(groups[index], index);
  if (seen.limits !== undefined) checkLimits(seen.limits, "limits");
  if (seen.packages !== undefined)
    for (const name of list(seen.packages, "packages"))
      if (name !== "numpy") throw expected("packages", '"numpy"', name);
  if (seen.stopAtFailure !== undefined && typeof seen.stopAtFailure !== "boolean")
    throw expected("stopAtFailure", "true or false", seen.stopAtFailure);
}

/** Throws InputError, which names the option, for what createSandbox does not know. The bounds are for who uses them. */
export function checkOptions(options: SandboxOptions): void {
  const where = (name: string) => `sandbox option ${JSON.stringify(name)}`;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new InputError("sandbox options", `an object was expected, seen ${shown(options)}`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(optionTypes, name))
      throw new InputError(where(name), `there is none; there are ${namesOf(optionTypes)}`);
    const type = optionTypes[name as keyof SandboxOptions];
    if (value !== undefined && (typeof value !== type || value === null)) {
      const article = type === "object" ? "an" : "a";
      throw new InputError(where(name), `${article} ${type} was expected, seen ${shown(value)}`);
    }
  }
  if (options.limits === undefined) return;
  try {
    checkLimits(options.limits, "limits");
  } catch (error) {
    throw new InputError('sandbox option "limits"', (error as Error).message.replace(/^job: /, ""));
  }
}

function checkGroup(group: unknown, index: number): asserts group is Tests {
  const path = `groups.${index}`;
  const seen = object(group, path);
  if (seen.style === "function") {
    onlyFields(seen, functionFields, path);
    const asserts = list(seen.asserts, `${path}.asserts`);
    for (let at = 0; at < asserts.length; at++)
      if (typeof asserts[at] !== "string") throw expected(`${path}.asserts.${at}`, "a string", asserts[at]);
    for (const name of ["setup", "code", "entryPoint"])
      if (seen[name] !== undefined) text(seen[name], `${path}.${name}`);
  } else if (seen.style === "stdio") {
    onlyFields(seen, stdioFields, path);
    const cases = list(seen.cases, `${path}.cases`);
    for (let at = 0; at < cases.length; at++) checkCase(cases[at], path, at);
    if (seen.comparison !== undefined) oneOf(seen.comparison, comparisons, `${path}.comparison`);
  } else throw expected(`${path}.style`, '"function" or "stdio"', seen.style);
}

/** The path is put together only where something is wrong: a group may have thousands of cases. */
function checkCase(given: unknown, path: string, at: number): void {
  const { input, output } = (given ?? {}) as Record<string, unknown>;
  if (typeof input === "string" && typeof output === "string" && onlyTwo(given as object)) return;
  const where = `${path}.cases.${at}`;
  onlyFields(object(given, where), caseFields, where);
  text(input, `${where}.input`);
  text(output, `${where}.output`);
}

function onlyTwo(given: object): boolean {
  for (const name in given) if (name !== "input" && name !== "output") return false;
  return true;
}

function checkLimits(limits: unknown, path: string): void {
  const seen = object(limits, path);
  onlyFields(seen, limitFields, path);
  for (const name in seen)
    if (typeof seen[name] !== "number") throw expected(`${path}.${name}`, "a positive number", seen[name]);
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw expected(path, "an object", value);
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(path, "an array", value);
  return value;
}

function text(value: unknown, path: string): void {
  if (typeof value !== "string") throw expected(path, "a string", value);
}

function oneOf(value: unknown, known: object, path: string): void {
  if (typeof value !== "string" || !Object.hasOwn(known, value))
    throw expected(path, `one of ${namesOf(known)}`, value);
}

function onlyFields(seen: object, known: object, path: string): void {
  for (const name in seen) {
    if (Object.hasOwn(known, name)) continue;
    throw wrong(path === "" ? name : `${path}.${name}`, `there is none; there are ${namesOf(known)}`);
  }
}

const namesOf = (known: object) => Object.keys(known).join(", ");

function expected(path: string, what: string, value: unknown): InputError {
  return wrong(path, `${what} was expected, seen ${shown(value)}`);
}

function wrong(path: string, message: string): InputError {
  return new InputError("job", path === "" ? message : `field "${path}": ${message}`);
}

/** A value as it is written, on one line, at most about 60 characters. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
