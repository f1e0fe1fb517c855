// Two spellings of the same fields: a jobs file says `entry_point`, as its contract has it, the library `entryPoint`, as
// TypeScript does. Whoever reads JSON takes both; each reader names its own, and this translates the other.
import { InputError } from "../core/errors.ts";

export type Spelling = "snake" | "camel";

const fields = [
  { at: "job", snake: "stop_at_failure", camel: "stopAtFailure" },
  { at: "tests", snake: "entry_point", camel: "entryPoint" },
  { at: "limits", snake: "cpu_seconds", camel: "cpuSeconds" },
  { at: "limits", snake: "wall_seconds", camel: "wallSeconds" },
  { at: "limits", snake: "memory_mb", camel: "memoryMb" },
  { at: "limits", snake: "output_kb", camel: "outputKb" },
] as const;

/**
 * A job as it was parsed from JSON, its fields in one spelling; whatever is no job stays as it is, for the schema to refuse.
 * Throws InputError, which begins with `where`, for a field that is there in both.
 */
export function spelledIn(spelling: Spelling, job: unknown, where: string): unknown {
  if (!isObject(job)) return job;
  const spell = (at: "job" | "tests" | "limits", value: unknown): unknown => {
    if (!isObject(value)) return value;
    const spelled = { ...value };
    for (const field of fields) {
      const from = spelling === "snake" ? field.camel : field.snake;
      if (field.at !== at || !Object.hasOwn(value, from)) continue;
      if (Object.hasOwn(value, field[spelling]))
        throw new InputError(where, `"${field.snake}" and "${field.camel}" are one field: give one of them`);
      delete spelled[from];
      spelled[field[spelling]] = value[from];
    }
    return spelled;
  };
  const spelled = spell("job", job) as Record<string, unknown>;
  if ("tests" in spelled) spelled.tests = spell("tests", spelled.tests);
  if ("limits" in spelled) spelled.limits = spell("limits", spelled.limits);
  if (Array.isArray(spelled.groups)) spelled.groups = spelled.groups.map((group) => spell("tests", group));
  return spelled;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
