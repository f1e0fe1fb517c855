// Getting the files of benchmarks: what is there and right stays, what is missing comes from its public address or a
// mirror, one after the other; offline, what is missing is named.
import { join } from "node:path";
import { WorkError } from "../../core/errors.ts";
import { stateOf } from "../data-folder.ts";
import type { DataFile } from "../sources.ts";
import { openConnection } from "./connection.ts";
import { type FetchOptions, fetchFile } from "./fetch-file.ts";
import { isDiskFault, makeFolderOf } from "./part-file.ts";

export interface GetOptions extends Omit<FetchOptions, "onProgress"> {
  /** Asks nobody: WorkError where something is missing. */
  offline?: boolean;
  /** Runs work for a file while no other process does (it may run twice at once without harm, only with waste). */
  alone?: <T>(path: string, work: () => Promise<T>) => Promise<T>;
  /** Told when the download of a file begins; the returned functions are told how far it is, and its end. */
  onFile?: (file: DataFile) => { progress(bytes: number): void; end(): void };
  environment?: NodeJS.ProcessEnv;
}

export interface Got {
  file: DataFile;
  /** Where it lies. */
  path: string;
  status: "present" | "downloaded" | "failed";
  /** Bytes that an earlier process had left of it. */
  resumedFrom: number;
  /** Bytes that came over the network. */
  received: number;
  /** Why it failed. */
  problem?: string;
}

/**
 * Brings every file into `folder`. A file that can't be had does not keep the others from coming.
 * @throws WorkError offline, where a file is missing or different, and where the disk refuses; InputError for a proxy
 * that is no address.
 */
export async function getData(
  files: readonly DataFile[],
  folder: string,
  options: GetOptions = {},
): Promise<Got[]> {
  const states = await Promise.all(files.map((file) => stateOf(folder, file)));
  if (options.offline) requirePresent(files, states, folder);
  const connection = openConnection(options.environment);
  const got: Got[] = [];
  try {
    for (const [index, file] of files.entries()) {
      const path = join(folder, file.path);
      const present: Got = { file, path, status: "present", resumedFrom: 0, received: 0 };
      if (states[index] === "present") {
        got.push(present);
        continue;
      }
      try {
        makeFolderOf(path);
        const alone = options.alone ?? ((_, work) => work());
        const fetched = await alone(path, async () => {
          if ((await stateOf(folder, file)) === "present") return present;
          const shown = options.onFile?.(file);
          try {
            const onProgress = (bytes: number) => shown?.progress(bytes);
            const result = await fetchFile(file, folder, connection, { ...options, onProgress });
            return { file, path, status: "downloaded" as const, ...result };
          } finally {
            shown?.end();
          }
        });
        got.push(fetched);
      } catch (error) {
        if (!(error instanceof WorkError) || isDiskFault(error)) throw error;
        got.push({ ...present, status: "failed", problem: error.message });
      }
    }
  } finally {
    await connection.close();
  }
  return got;
}

function requirePresent(files: readonly DataFile[], states: readonly string[], folder: string): void {
  const lacking = files
    .map(({ path }, index) => ({ path, state: states[index]! }))
    .filter(({ state }) => state !== "present")
    .map(({ path, state }) => (state === "missing" ? path : `${path} (${state})`));
  if (lacking.length === 0) return;
  throw new WorkError(
    `offline, and ${folder} lacks ${lacking.join(", ")}: copy it there, or get it where there is a network`,
  );
}
