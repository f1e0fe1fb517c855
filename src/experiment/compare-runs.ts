// Comparing two runs: which systems of theirs belong together, up to which turn, and on which problems.
import { InputError } from "../core/errors.ts";
import type { CountingTests, Mode } from "../evaluation/accuracy.ts";
import { compareModes, type ModeComparison, sameProblems } from "../evaluation/compare.ts";
import { type EvaluatedSystem, readEvaluatedSystems, type SystemChoice } from "./evaluated-system.ts";

export interface CompareRunsOptions {
  /** The system of each side; without it every recipe that both sides have. */
  choice?: { a: SystemChoice; b: SystemChoice } | undefined;
  /** Default: the smaller turn limit of the two. */
  turn?: number | undefined;
  tests: CountingTests;
  /** Compare the problems that both have, where they differ. */
  common: boolean;
  modes?: readonly Mode[] | undefined;
  seed: number;
}

/** What is compared on one side. */
export interface ComparedSide {
  path: string;
  recipe: string | null;
  /** By seed. */
  iterations: number[];
  seeds: number;
  /** N of best-of-N, where known and equal in all seeds. */
  candidates: number | null;
  files: string[];
}

export interface SystemComparison {
  a: ComparedSide;
  b: ComparedSide;
  turn: number;
  tests: CountingTests;
  /** Whether a side has strong tests, as far as it is known; where not, public and private tests decide. */
  strongTests: boolean;
  /** Problems compared. */
  problems: number;
  modes: ModeComparison[];
}

/**
 * @throws InputError where a path is no run, its files are damaged, no systems belong together, the problems differ
 * (and `common` is not set), or the turn lies beyond what was evaluated
 */
export function compareRuns(pathA: string, pathB: string, options: CompareRunsOptions): SystemComparison[] {
  const a = readEvaluatedSystems(pathA, options.choice?.a);
  const b = readEvaluatedSystems(pathB, options.choice?.b);
  if (options.choice !== undefined && [...a, ...b].every(({ recipe }) => recipe === null))
    throw new InputError(
      "--recipe",
      "chooses a system of a run, and both sides are evaluations of one system",
    );
  return pairs(a, b, pathA, pathB, options.choice !== undefined).map(([left, right]) =>
    compareSystems(side(pathA, left), left, side(pathB, right), right, options),
  );
}

function pairs(
  a: EvaluatedSystem[],
  b: EvaluatedSystem[],
  pathA: string,
  pathB: string,
  chosen: boolean,
): [EvaluatedSystem, EvaluatedSystem][] {
  const bare = [a, b].some((systems) => systems.some(({ recipe }) => recipe === null));
  if (chosen || bare) {
    for (const [path, systems] of [
      [pathA, a],
      [pathB, b],
    ] as const) {
      if (systems.length === 0) throw new InputError(path, "has no system that all its seeds have");
      if (systems.length > 1)
        throw new InputError(
          path,
          `has several systems (${names(systems)}); choose one with --recipe NAME, or A's and B's with --recipe NAME,NAME`,
        );
    }
    return [[a[0]!, b[0]!]];
  }
  const together = a.flatMap((left): [EvaluatedSystem, EvaluatedSystem][] => {
    const right = b.find(({ recipe }) => recipe === left.recipe);
    return right ? [[left, right]] : [];
  });
  if (together.length === 0)
    throw new InputError(
      pathB,
      `has no recipe of ${pathA}: ${names(b)} here, ${names(a)} there; pair them with --recipe NAME,NAME`,
    );
  return together;
}

const names = (systems: EvaluatedSystem[]) => systems.map(({ recipe }) => recipe).join(", ");

const side = (path: string, { recipe, iterations, files, candidates }: EvaluatedSystem): ComparedSide => ({
  path,
  recipe,
  iterations,
  seeds: files.length,
  candidates,
  files,
});

function compareSystems(
  a: ComparedSide,
  left: EvaluatedSystem,
  b: ComparedSide,
  right: EvaluatedSystem,
  { turn: asked, tests, common, modes, seed }: CompareRunsOptions,
): SystemComparison {
  for (const [{ path }, { turns }] of [
    [a, left],
    [b, right],
  ] as const) {
    if (asked !== undefined && turns !== null && asked > turns)
      throw new InputError("--turns", `${asked} is more than ${path} was evaluated with (${turns})`);
  }
  const known = [left.turns, right.turns].filter((turns) => turns !== null);
  const turn = asked ?? (known.length > 0 ? Math.min(...known) : Math.max(lastStop(left), lastStop(right)));
  const same = sameProblems(
    { name: sideName(a), evaluations: left.evaluations },
    { name: sideName(b), evaluations: right.evaluations },
    common,
  );
  const compared = compareModes(same.a, same.b, { turn, tests, seed, modes });
  const strongTests = left.strongTests !== false || right.strongTests !== false;
  return { a, b, turn, tests, strongTests, problems: compared[0]!.problems.length, modes: compared };
}

const sideName = ({ path, recipe }: ComparedSide) => (recipe === null ? path : `${path} (${recipe})`);

/** The last turn at which anything stopped: beyond it nothing changes, whatever the turn limit was. */
function lastStop({ evaluations }: EvaluatedSystem): number {
  const stops = evaluations.flatMap(({ greedy, bestOfN }) =>
    [greedy, ...Object.values(bestOfN)].map(({ stopped }) => stopped ?? 1),
  );
  return stops.reduce((most, stopped) => Math.max(most, stopped), 1);
}
