// All studies, in the order of the paper. To add one, write a value and name it here (docs/reference/studies.md).
import { InputError } from "../../core/errors.ts";
import { nearest } from "../config-file.ts";
import { beyond } from "./beyond.ts";
import { codeContests, models } from "./other-worlds.ts";
import { candidates, losses, testless, turns } from "./paper-figures.ts";
import { imitation, main, selectors, strongTests } from "./paper-tables.ts";
import { quick } from "./quick.ts";
import type { Study } from "./study.ts";
import { cost, iterations, mixing } from "./training-questions.ts";
import { dense, favourites, stale } from "./verifier-questions.ts";

export const studies: readonly Study[] = [
  quick,
  main,
  imitation,
  selectors,
  models,
  strongTests,
  turns,
  testless,
  candidates,
  losses,
  stale,
  codeContests,
  iterations,
  favourites,
  mixing,
  dense,
  cost,
  beyond,
];

/** @throws InputError that names the nearest study */
export function findStudy(name: string): Study {
  const study = studies.find((one) => one.name === name);
  if (study) return study;
  const known = studies.map((one) => one.name);
  const near = nearest(name, known);
  throw new InputError(
    "study",
    `there is no study ${JSON.stringify(name)}; ${near ? `did you mean ${near}?` : `known: ${known.join(", ")}`}`,
  );
}
