// mucode data list: what can be downloaded, from where, and what of it is there.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { dataFolder, stateOf } from "../benchmarks/data-folder.ts";
import { type DataSet, dataSets } from "../benchmarks/sources.ts";

export function dataListCommand() {
  return new Command("list")
    .description("what can be downloaded, from where, and what of it is there")
    .option("--data <folder>", "where to look (default: MUCODE_DATA, else the cache of `data get`)")
    .option("--json", "one JSON document on stdout")
    .action(async ({ data, json }) => {
      const folder = dataFolder(data);
      const sets = await Promise.all(dataSets.map((set) => lookAt(set, folder)));
      const text = json ? JSON.stringify({ folder, sets }, null, 2) : asText(folder, sets);
      process.stdout.write(`${text}\n`);
    });
}

type Listed = Awaited<ReturnType<typeof lookAt>>;

async function lookAt({ name, summary, files, byHand }: DataSet, folder: string) {
  const looked = files.map(async (file) => ({ ...file, state: await stateOf(folder, file) }));
  const made = byHand && {
    byHand: { ...byHand, state: existsSync(join(folder, byHand.path)) ? "there, unchecked" : "missing" },
  };
  return { name, summary, files: await Promise.all(looked), ...made };
}

function asText(folder: string, sets: readonly Listed[]): string {
  const lines = sets.flatMap(({ name, summary, files, byHand }) => [
    `${name.padEnd(20)} ${summary}`,
    ...files.flatMap(({ state, path, bytes, licence, url }) => [
      `  ${state.padEnd(16)}  ${path}  ${bytes.toLocaleString("en-US")} bytes, ${licence}`,
      ...(state === "present" ? [] : [`  ${"".padEnd(16)}  ${url}`]),
    ]),
    ...(byHand === undefined
      ? []
      : [
          `  ${byHand.state.padEnd(16)}  ${byHand.path}${byHand.state === "missing" ? `  ${byHand.how}` : ""}`,
        ]),
  ]);
  return [`in ${folder}`, "", ...lines].join("\n");
}
