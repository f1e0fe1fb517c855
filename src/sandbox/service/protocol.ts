// What travels between client and service, version 1: the shapes of core/ and sandbox.ts as they are, in JSON, checked
// on arrival on both sides. Each shape is written down once and held to its type by `satisfies`: a field that is added
// to the type and forgotten here does not compile.
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import type { Failure, Outcome, Verdict } from "../../core/outcome.ts";
import { type FunctionTests, type Limits, largestLimits, type StdioTests } from "../../core/problem.ts";
import { spelledIn } from "../field-names.ts";
import type { SandboxJob } from "../sandbox.ts";

export const protocolVersion = 1;
export const judgePath = "/v1/judge";
export const jobsPath = "/v1/jobs";
export const healthPath = "/health";
export const metricsPath = "/metrics";

/** One schema for each field of a type, none left out and none too many. */
type Fields<Shape> = { [Name in keyof Shape]-?: z.ZodType<Shape[Name]> };

const limit = (name: keyof Limits) => z.number().positive().max(largestLimits[name]).exactOptional();
const limits = z.strictObject({
  cpuSeconds: limit("cpuSeconds"),
  wallSeconds: limit("wallSeconds"),
  memoryMb: limit("memoryMb"),
  outputKb: limit("outputKb"),
} satisfies Fields<Partial<Limits>>);

const functionTests = z.strictObject({
  style: z.literal("function"),
  asserts: z.array(z.string()),
  setup: z.string().exactOptional(),
  code: z.string().exactOptional(),
  entryPoint: z.string().exactOptional(),
} satisfies Fields<FunctionTests>);

const stdioTests = z.strictObject({
  style: z.literal("stdio"),
  cases: z.array(
    z.strictObject({ input: z.string(), output: z.string() } satisfies Fields<StdioTests["cases"][number]>),
  ),
  comparison: z.enum(["text", "lines", "tokens"]).exactOptional(),
} satisfies Fields<StdioTests>);

const languages = { python: true, javascript: true, typescript: true } satisfies Record<
  SandboxJob["language"],
  true
>;
const job = z.strictObject({
  language: z.enum(Object.keys(languages) as [SandboxJob["language"], ...SandboxJob["language"][]]),
  program: z.string(),
  groups: z.array(z.discriminatedUnion("style", [functionTests, stdioTests])).min(1),
  limits: limits.exactOptional(),
  packages: z.array(z.literal("numpy")).exactOptional(),
  stopAtFailure: z.boolean().exactOptional(),
} satisfies Fields<SandboxJob>);

const verdicts = {
  passed: true,
  wrong: true,
  exception: true,
  unparsable: true,
  "cpu-time": true,
  "wall-time": true,
  memory: true,
  output: true,
  killed: true,
  fault: true,
} satisfies Record<Verdict, true>;

const natural = z.number().int().min(0);
const text = z.string().exactOptional();
const failure = z.strictObject({
  test: z.number().int().min(-1),
  input: text,
  expected: text,
  actual: text,
  error: text,
  line: z.number().int().exactOptional(),
} satisfies Fields<Failure>);

const answer = z.object({
  outcomes: z.array(
    z.strictObject({
      verdict: z.enum(Object.keys(verdicts) as [Verdict, ...Verdict[]]),
      passed: natural,
      total: natural,
      failure: failure.exactOptional(),
    } satisfies Fields<Outcome>),
  ),
});

/** The job in a request's body. Throws InputError that names the field. */
export function readJobBody(text: string): SandboxJob {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError("job", `not JSON: ${oneLine((error as Error).message)}`);
  }
  const parsed = job.safeParse(spelledIn("camel", json, "job"));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new InputError("job", oneLine(path.length > 0 ? `field "${path.join(".")}": ${message}` : message));
}

/** The outcomes in an answer, or what is wrong with it. */
export function readAnswer(text: string, groupCount: number): Outcome[] | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "its answer is not JSON";
  }
  const parsed = answer.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return `its answer's field "${path.join(".")}": ${oneLine(message)}`;
  }
  const { outcomes } = parsed.data;
  if (outcomes.length !== groupCount) return `it answered ${outcomes.length} groups of ${groupCount}`;
  return outcomes;
}

/** At most 300 characters without line ends, as everything that is said about bad input. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
