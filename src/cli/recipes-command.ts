// mucode recipes: the training methods, or what one of them does and where it comes from.
import { Command } from "@commander-js/extra-typings";
import { InputError } from "../core/errors.ts";
import { nearest } from "../experiment/config-file.ts";
import type { Recipe } from "../learning/recipe.ts";
import { findRecipe, recipes } from "../learning/recipes.ts";

export function recipesCommand() {
  return new Command("recipes")
    .description("list the training methods, or explain one")
    .argument("[name]", "a recipe, such as mucode")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExamples:\n  mucode recipes --json\n  mucode recipes mucode-official")
    .action((name, { json }) => {
      const text =
        name === undefined
          ? listed(json === true)
          : json
            ? JSON.stringify(explanationOf(known(name)), null, 2)
            : explained(known(name));
      process.stdout.write(`${text}\n`);
    });
}

function listed(json: boolean): string {
  if (json)
    return JSON.stringify(
      recipes.map(({ name, summary }) => ({ name, summary })),
      null,
      2,
    );
  const width = Math.max(...recipes.map(({ name }) => name.length)) + 2;
  return recipes.map(({ name, summary }) => `${name.padEnd(width)}${summary}`).join("\n");
}

/** @throws InputError with the nearest name where there is none of this */
function known(name: string): Recipe {
  const recipe = findRecipe(name);
  if (recipe) return recipe;
  const names = recipes.map((one) => one.name);
  const near = nearest(name, names);
  const right = near ? `did you mean "${near}"?` : `known are ${names.join(", ")}`;
  throw new InputError("recipes", `${JSON.stringify(name)} is no recipe; ${right}`);
}

function explanationOf({ name, summary, keeps, imitates, source, usesScores, keepsLabels }: Recipe) {
  return { name, summary, keeps, imitates, source, usesScores, keepsLabels: keepsLabels === true };
}

function explained(recipe: Recipe): string {
  const { name, summary, keeps, imitates, source, usesScores, keepsLabels } = explanationOf(recipe);
  const iterations = keepsLabels
    ? "examples of earlier iterations stay as their own verifier labelled them"
    : "all rollouts so far are relabelled together";
  const verifier = usesScores
    ? "its scores choose the examples"
    : "trained for evaluation alone; fine-tuning does not wait for it";
  return [
    `${name}: ${summary}`,
    "",
    `  keeps       ${keeps}`,
    `  imitates    ${imitates}`,
    `  iterations  ${iterations}`,
    `  verifier    ${verifier}`,
    `  source      ${source}`,
    "",
    "As a formula: docs/reference/recipes.md",
  ].join("\n");
}
