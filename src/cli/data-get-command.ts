// mucode data get: downloads benchmarks, continues what was begun, and installs a file only when it is the right one.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { dataFolder, downloadFolder } from "../benchmarks/data-folder.ts";
import { mirrorAddress } from "../benchmarks/download/address.ts";
import { type GetOptions, type Got, getData } from "../benchmarks/download/get-data.ts";
import { type DataSet, dataSets, filesOf, setsNamed } from "../benchmarks/sources.ts";
import { WorkError } from "../core/errors.ts";
import { withLock } from "../jobs/index.ts";
import { count } from "./flags.ts";
import { terminalProgress } from "./progress.ts";

const mirrorVariable = "MUCODE_DATA_MIRROR";
const offlineVariable = "MUCODE_OFFLINE";

export function dataGetCommand() {
  return new Command("get")
    .description("download benchmarks; the same command continues an interrupted download")
    .argument("<names...>", `benchmarks (${dataSets.map(({ name }) => name).join(", ")}), or "all"`)
    .option("--data <folder>", "where they go (default: data/ in MUCODE_HOME or in ~/.cache/mucode)")
    .addOption(
      new Option(
        "--mirror <url>",
        "base address of a server with the same layout, instead of the public ones",
      ).env(mirrorVariable),
    )
    .option("--offline", `ask nobody; fail where something is missing (${offlineVariable}=1 does it too)`)
    .option("--attempts <count>", "attempts at a file; new bytes start the count again", count, 5)
    .option("--stall-seconds <count>", "give an attempt up after so long without a byte", count, 30)
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Proxies are taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
Examples:
  mucode data get mbpp humaneval
  mucode data get all --data /srv/mucode               serve this folder, and it is a mirror:
  mucode data get all --mirror http://host/mucode`,
    )
    .action(async (names, options) => {
      const sets = setsNamed(names);
      const folder = options.data === undefined ? downloadFolder() : resolve(options.data);
      const readFrom = dataFolder();
      if (options.data === undefined && readFrom !== folder)
        say(`these files go to ${folder}, and MUCODE_DATA says that benchmarks are read from ${readFrom}`);
      const mirror = options.mirror || undefined;
      const got = await getData(filesOf(sets), folder, {
        attempts: options.attempts,
        stallSeconds: options.stallSeconds,
        offline: options.offline === true || isOn(process.env[offlineVariable]),
        ...(mirror !== undefined && { mirror: mirrorAddress(mirror, "data mirror") }),
        alone: (path, work) =>
          withLock(
            `${path}.lock`,
            () => say(`${path}: another mucode is downloading it; waiting for it`),
            work,
          ),
        onFile: fileProgress(),
      });
      process.stdout.write(options.json ? asJson(folder, got) : asText(got));
      for (const line of remarks(sets, names, folder)) say(line);
      const failures = got.flatMap(({ problem }) => problem ?? []);
      for (const failure of failures.slice(0, -1)) say(failure);
      if (failures.length > 0) throw new WorkError(failures.at(-1)!);
    });
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "no"].includes(value.toLowerCase());
}

/** What has no file to download: named alone it has failed, among others it is only said. */
function remarks(sets: readonly DataSet[], names: readonly string[], folder: string): string[] {
  const lacking = sets.filter(({ byHand }) => byHand !== undefined && !existsSync(join(folder, byHand.path)));
  const lines = lacking.map(({ name, byHand }) => `${name}: ${byHand!.how}`);
  if (filesOf(sets).length === 0 && lacking.some(({ name }) => names.includes(name)))
    throw new WorkError(lines.join("; "));
  return lines;
}

/** A line that is drawn again and again on a terminal; nothing elsewhere. */
function fileProgress(): NonNullable<GetOptions["onFile"]> {
  if (!process.stderr.isTTY) return () => ({ progress() {}, end() {} });
  return (file) => {
    const terminal = terminalProgress();
    let line: ReturnType<typeof terminal.phase> | undefined;
    let done = 0;
    return {
      progress(bytes) {
        line ??= terminal.phase(file.path, file.bytes / 1000, "kB", bytes / 1000);
        line.advance(done === 0 ? 0 : (bytes - done) / 1000);
        done = bytes;
      },
      end: () => terminal.stop(),
    };
  };
}

function asJson(folder: string, got: readonly Got[]): string {
  const files = got.map(({ file, path, status, received, resumedFrom, problem }) => ({
    file: file.path,
    path,
    status,
    bytes: file.bytes,
    sha256: file.sha256,
    received,
    resumedFrom,
    ...(problem !== undefined && { problem }),
  }));
  return `${JSON.stringify({ folder, files }, null, 2)}\n`;
}

function asText(got: readonly Got[]): string {
  const text = ({ file, path, status, resumedFrom }: Got) => {
    const resumed = resumedFrom > 0 ? `, the first ${resumedFrom.toLocaleString("en-US")} bytes earlier` : "";
    return `${path}  ${file.bytes.toLocaleString("en-US")} bytes, ${status}${resumed}\n`;
  };
  return got
    .filter(({ status }) => status !== "failed")
    .map(text)
    .join("");
}

function say(line: string): void {
  process.stderr.write(`mucode: ${line}\n`);
}
