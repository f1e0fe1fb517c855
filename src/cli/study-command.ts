// mucode study: the systems that answer one question of the paper or of its reviewers, over several seeds, pooled into a
// page.
import { join, parse } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { InputError } from "../core/errors.ts";
import type { Config } from "../experiment/config.ts";
import { readConfig } from "../experiment/config-file.ts";
import { writeAtomically } from "../experiment/files.ts";
import { packageFolder } from "../experiment/package.ts";
import { baseModel, splitsOf } from "../experiment/run.ts";
import { changedSettings, makeRunFolder } from "../experiment/run-folder.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { findStudy, studies } from "../experiment/studies/catalog.ts";
import {
  checkStudy,
  runFolder,
  runStudy,
  type StudyFolders,
  type StudyRun,
  variantsOf,
} from "../experiment/studies/run-study.ts";
import { type Study, withIterations } from "../experiment/studies/study.ts";
import { figureSvg, type ShownStudy, studyMarkdown, studyPage } from "../report/index.ts";
import { count, limits } from "./flags.ts";
import { withServices } from "./services.ts";

const quickstart = join(packageFolder, "configs", "quickstart.yaml");
const studiesFolder = join("runs", "studies");

export function studyCommand() {
  return new Command("study")
    .description("run a study: the systems that answer one question, over several seeds, pooled into a page")
    .argument("[name]", "which study; without it, or with `list`, all of them are listed")
    .option("--config <file>", "configuration to vary (default: configs/quickstart.yaml on all problems)")
    .option("--seeds <n>", "seeds 1 … n", count, 5)
    .option("--iterations <n>", "rounds of expert iteration, where the study doesn't fix them", count)
    .option("--limit <n>", "only the first problems: n of each split, or train=n,validation=n,test=n", limits)
    .option("--out <folder>", `folder of all studies, whose phases they share (default: ${studiesFolder})`)
    .option("--page <file>", "write the page here too (Markdown; .html and .svg beside it)")
    .option("--quiet", "no progress")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Examples:
  mucode study list
  mucode study main --seeds 5 --page main.md    the same command continues an interrupted study
  mucode study turns --seeds 1 --limit train=40,validation=20,test=50`,
    )
    .action(async (name, options) => {
      if (name === undefined || name === "list") return list(options.json === true);
      const found = findStudy(name);
      const study = options.iterations === undefined ? found : withIterations(found, options.iterations);
      const read = await readConfig(options.config ?? quickstart);
      // Of the quickstart all problems, not its half of them.
      const limit = options.limit ?? (options.config === undefined ? {} : read.limit);
      const config = { ...read, limit };
      const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
      const folders = foldersOf(study, config, options.out);
      const asked: StudyRun = { study, config, seeds, folders, command: commandOf(name, options) };
      // Before anything is made or started: bad input leaves no trace.
      if (options.page !== undefined && /\.(?:html|svg)$/.test(options.page))
        throw new InputError("--page", "names the Markdown page; .html and .svg are written beside it");
      checkStudy(study, config);
      await splitsOf(config);
      await baseModel(config);
      const store = options.out ?? studiesFolder;
      makeRunFolder(store);
      const unlock = lockRun(store);
      try {
        await tellChanges(asked);
        const shown = await withServices(config, folders.study, options.quiet === true, (services) =>
          runStudy(asked, services),
        );
        await writePages(shown, folders.study, options.page);
        process.stdout.write(
          options.json ? `${JSON.stringify(shown, null, 2)}\n` : studyMarkdown(shown, null),
        );
        process.stderr.write(`\nPage: ${join(folders.study, "page.html")}\n`);
      } finally {
        unlock();
      }
    });
}

function list(json: boolean): void {
  const listed = studies.map(({ name, question }) => ({ name, question }));
  const text = json
    ? JSON.stringify(listed, null, 2)
    : listed.map(({ name, question }) => `${name.padEnd(14)} ${question}`).join("\n");
  process.stdout.write(`${text}\n`);
}

/** A study with a folder of its own keeps it; --out names that folder then. */
function foldersOf(study: Study, config: Config, out: string | undefined): StudyFolders {
  const all = out ?? studiesFolder;
  const own = study.folder === undefined ? join(all, config.name, study.name) : (out ?? study.folder);
  return { study: own, phases: join(all, "phases") };
}

function commandOf(
  name: string,
  given: {
    seeds: number;
    config?: string | undefined;
    iterations?: number | undefined;
    limit?: Config["limit"] | undefined;
  },
): string {
  const limit = Object.entries(given.limit ?? {}).map(([split, most]) => `${split}=${most}`);
  return [
    `npx mucode study ${name} --seeds ${given.seeds}`,
    ...(given.config === undefined ? [] : [`--config ${given.config}`]),
    ...(given.iterations === undefined ? [] : [`--iterations ${given.iterations}`]),
    ...(limit.length === 0 ? [] : [`--limit ${limit.join(",")}`]),
  ].join(" ");
}

/** @throws InputError where another run has a folder that the study needs */
async function tellChanges({ study, config, seeds, folders }: StudyRun): Promise<void> {
  const told = new Set<string>();
  for (const variant of variantsOf(study, config)) {
    for (const seed of seeds) {
      const folder = runFolder(folders, variant, seed);
      makeRunFolder(folder);
      for (const change of await changedSettings({ ...variant.config, seed }, folder)) told.add(change);
    }
  }
  if (told.size > 0)
    process.stderr.write(
      `mucode: ${folders.study}: settings changed since this study was begun: ${[...told].join(", ")}; what depends on them is made anew\n`,
    );
}

async function writePages(shown: ShownStudy, folder: string, page: string | undefined): Promise<void> {
  await writeAtomically(join(folder, "results.json"), `${JSON.stringify(shown, null, 2)}\n`);
  for (const file of [join(folder, "page.md"), ...(page === undefined ? [] : [page])]) {
    const { dir, name } = parse(file);
    await writeAtomically(file, studyMarkdown(shown, `${name}.svg`));
    await writeAtomically(join(dir, `${name}.svg`), figureSvg(shown.figure));
    await writeAtomically(join(dir, `${name}.html`), studyPage(shown));
  }
}
