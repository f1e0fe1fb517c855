// mucode study: the same configuration under several seeds, pooled into one page.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "@commander-js/extra-typings";
import { readConfig } from "../experiment/config-file.ts";
import { writeAtomically } from "../experiment/files.ts";
import { readFinishedRun } from "../experiment/finished-run.ts";
import { packageFolder } from "../experiment/package.ts";
import { train } from "../experiment/run.ts";
import { lockRun } from "../experiment/run-lock.ts";
import { poolSeeds, readSeedRun, type SeedRun } from "../experiment/study.ts";
import { renderStudy } from "../experiment/study-page.ts";
import { count } from "./flags.ts";
import { withServices } from "./services.ts";

export function studyCommand() {
  return new Command("study")
    .description("run a study: several seeds of one configuration, pooled, with standard errors by task")
    .addArgument(new Argument("<name>", "which study").choices(["quick"]))
    .option("--config <file>", "configuration to repeat", join(packageFolder, "configs", "quickstart.yaml"))
    .option("--seeds <n>", "seeds 1 … n", count, 5)
    .option("--out <folder>", "folder of the runs", join("runs", "study-quick"))
    .option("--page <file>", "write the page here as well as on stdout")
    .option("--quiet", "no progress")
    .action(async (_name, options) => {
      // All of the benchmark, and one iteration each: recipes are compared at equal effort.
      const config = { ...(await readConfig(options.config)), limit: {}, iterations: 1 };
      const runs: SeedRun[] = [];
      for (let seed = 1; seed <= options.seeds; seed++) {
        const folder = join(options.out, `seed-${seed}`);
        mkdirSync(folder, { recursive: true });
        const unlock = lockRun(folder);
        try {
          const seeded = { ...config, seed };
          await withServices(seeded, folder, options.quiet === true, (services) =>
            train(seeded, folder, services),
          );
          runs.push(await readSeedRun(await readFinishedRun(folder)));
        } finally {
          unlock();
        }
      }
      const command = `npx mucode study quick --seeds ${options.seeds}`;
      const body = renderStudy(poolSeeds(runs), runs, config.evaluation.turns);
      const page = `# Pocket, ${options.seeds} seeds\n\nMade by \`${command}\`.\n\n${body}`;
      if (options.page !== undefined) await writeAtomically(options.page, page);
      process.stdout.write(page);
    });
}
