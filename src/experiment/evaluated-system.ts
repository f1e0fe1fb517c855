// Reading what evaluations left behind, to compare systems: from a run, from a study of several seeds, or from a single
// `evaluation.jsonl`. Only these files are read: neither the benchmark nor the code that made them is needed.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { ModeOutcomes } from "../evaluation/accuracy.ts";
import { selectorNames } from "../evaluation/results.ts";

export interface EvaluatedSystem {
  /** Null where a file alone doesn't say. */
  recipe: string | null;
  /** One iteration a seed; empty where a file alone doesn't say. */
  iterations: number[];
  /** Turn limit and N of best-of-N; null where a file alone doesn't say. */
  turns: number | null;
  candidates: number | null;
  /** Files that were read: one a seed. */
  files: string[];
  /** All seeds together. */
  evaluations: ModeOutcomes[];
  /** Whether strong tests decided somewhere; null where a file alone doesn't say. */
  strongTests: boolean | null;
}

/** Which system of a run: its recipe, and an iteration where it is not the one that validation selected. */
export interface SystemChoice {
  recipe: string;
  iteration?: number | undefined;
}

const end = z.object({ stopped: z.int().min(1).nullable(), strong: z.boolean(), private: z.boolean() });
const recordSchema = z.object({
  problem: z.string().min(1),
  greedy: end,
  bestOfN: z.object(
    Object.fromEntries(selectorNames.map((name) => [name, end.optional()])) as Record<
      (typeof selectorNames)[number],
      z.ZodOptional<typeof end>
    >,
  ),
});

const metricsSchema = z.object({
  results: z.object({
    systems: z.array(
      z.object({
        recipe: z.string().min(1),
        iteration: z.int().min(0),
        selected: z.boolean(),
        greedy: z.object({ strong: z.array(z.unknown()) }),
        bestOfN: z.object({ candidates: z.int().min(1) }),
      }),
    ),
  }),
});

const resultsSchema = z.object({
  results: z.object({ turns: z.int().min(1), samples: z.int().min(1), private: z.unknown() }),
});

/**
 * The systems of `path`: of a run folder the one chosen, or the selected one of every recipe; of a folder with runs
 * `seed-1`, `seed-2`, … the same with all seeds together; of an `evaluation.jsonl` or its folder that one.
 * @throws InputError where `path` is none of these, a file is damaged, or the chosen system is not there
 */
export function readEvaluatedSystems(path: string, choice?: SystemChoice): EvaluatedSystem[] {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (!kind) throw new InputError(path, "is not there; name a run directory or an evaluation.jsonl");
  if (kind.isFile()) return [fromFile(path)];
  if (existsSync(join(path, "metrics.json"))) return fromRun(path, choice);
  if (existsSync(join(path, "evaluation.jsonl"))) return [fromFile(join(path, "evaluation.jsonl"))];
  const seeds = readdirSync(path)
    .filter((name) => /^seed-\d+$/.test(name))
    .sort((x, y) => Number(x.slice(5)) - Number(y.slice(5)));
  if (seeds.length > 0) return pool(seeds.map((name) => fromRun(join(path, name), choice)));
  if (existsSync(join(path, "evaluation.jsonl.partial")))
    throw new InputError(
      path,
      "is an evaluation that is not finished; the same mucode evaluate continues it",
    );
  if (existsSync(join(path, "environment.json")))
    throw new InputError(path, "is a run without metrics.json: not finished; mucode train continues it");
  throw new InputError(path, "is no run: it has neither metrics.json nor evaluation.jsonl");
}

function fromFile(file: string): EvaluatedSystem {
  const evaluations = readEvaluations(file);
  const { turns, samples, strongTests } = readResults(join(dirname(file), "results.json"));
  return {
    recipe: null,
    iterations: [],
    turns,
    candidates: samples,
    files: [file],
    evaluations,
    strongTests,
  };
}

/** What `mucode evaluate --benchmark` left beside the file; nulls where it comes from elsewhere. */
function readResults(
  file: string,
): Pick<EvaluatedSystem, "turns" | "strongTests"> & { samples: number | null } {
  if (!existsSync(file)) return { turns: null, samples: null, strongTests: null };
  const parsed = resultsSchema.safeParse(parseJson(readText(file), file));
  if (parsed.success) {
    const { turns, samples, private: paper } = parsed.data.results;
    return { turns, samples, strongTests: paper !== null };
  }
  throw new InputError(file, `${fieldProblem(parsed.error)}; mucode evaluate writes it anew`);
}

function fromRun(folder: string, choice: SystemChoice | undefined): EvaluatedSystem[] {
  const { systems } = readMetrics(join(folder, "metrics.json"));
  const wanted = systems.filter(({ recipe, iteration, selected }) =>
    choice === undefined
      ? selected
      : recipe === choice.recipe &&
        (choice.iteration === undefined ? selected : iteration === choice.iteration),
  );
  if (wanted.length === 0) {
    const known = systems.map(({ recipe, iteration }) => `${recipe}/${iteration}`).join(", ");
    const asked = choice
      ? `${choice.recipe}${choice.iteration === undefined ? "" : `/${choice.iteration}`}`
      : "";
    throw new InputError(folder, `has no system ${asked}; it has ${known || "none"}`);
  }
  return wanted.map(({ recipe, iteration, greedy, bestOfN }) => {
    const file = join(folder, recipe, `iteration-${iteration}`, "evaluation.jsonl");
    const [turns, { candidates }] = [greedy.strong.length, bestOfN];
    return {
      recipe,
      iterations: [iteration],
      turns,
      candidates,
      files: [file],
      evaluations: readEvaluations(file),
      strongTests: null,
    };
  });
}

/** Seeds of one study: the recipes that all of them have, each with all its evaluations. */
function pool(seeds: EvaluatedSystem[][]): EvaluatedSystem[] {
  const [first, ...others] = seeds;
  return first!.flatMap((system) => {
    const same = others.map((systems) => systems.find(({ recipe }) => recipe === system.recipe));
    if (same.some((one) => one === undefined)) return [];
    const parts = [system, ...same.map((one) => one!)];
    const agreed = <T>(pick: (one: EvaluatedSystem) => T) =>
      parts.every((one) => pick(one) === pick(system)) ? pick(system) : null;
    return [
      {
        recipe: system.recipe,
        iterations: parts.flatMap(({ iterations }) => iterations),
        turns: Math.min(...parts.map(({ turns }) => turns!)),
        candidates: agreed(({ candidates }) => candidates),
        files: parts.flatMap(({ files }) => files),
        evaluations: parts.flatMap(({ evaluations }) => evaluations),
        strongTests: null,
      },
    ];
  });
}

function readMetrics(file: string): z.infer<typeof metricsSchema>["results"] {
  const parsed = metricsSchema.safeParse(parseJson(readText(file), file));
  if (parsed.success) return parsed.data.results;
  throw new InputError(file, `${fieldProblem(parsed.error)}; mucode report writes it anew`);
}

/** One evaluation a problem; every mistake is one line with file, line and field. */
function readEvaluations(file: string): ModeOutcomes[] {
  const seen = new Map<string, number>();
  const evaluations = readText(file)
    .split("\n")
    .flatMap((line, index) => {
      if (line.trim() === "") return [];
      const where = `${file}:${index + 1}`;
      const parsed = recordSchema.safeParse(parseJson(line, where));
      if (!parsed.success) throw new InputError(where, fieldProblem(parsed.error));
      const { problem, greedy, bestOfN } = parsed.data;
      const earlier = seen.get(problem);
      if (earlier !== undefined)
        throw new InputError(where, `problem ${JSON.stringify(problem)} stands in line ${earlier} too`);
      seen.set(problem, index + 1);
      return [{ problem, greedy, bestOfN: withoutMissing(bestOfN) }];
    });
  if (evaluations.length === 0) throw new InputError(file, "holds no evaluation; expected one a line");
  return evaluations;
}

function withoutMissing(bestOfN: z.infer<typeof recordSchema>["bestOfN"]): ModeOutcomes["bestOfN"] {
  return Object.fromEntries(Object.entries(bestOfN).filter(([, value]) => value !== undefined));
}

function fieldProblem(error: z.ZodError): string {
  const issue = error.issues[0]!;
  const field = issue.path.join(".");
  return field === "" ? `must be an object: ${issue.message}` : `field "${field}": ${issue.message}`;
}

function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      file,
      code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is not UTF-8 text" : `can't be read (${code})`,
    );
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(where, `is not JSON: ${(error as Error).message.split("\n")[0]}`);
  }
}
