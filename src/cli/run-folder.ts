// Before a command works in a run's folder: the folder is made, another run there is refused, and settings that
// changed since the run was begun are told once.
import type { Config } from "../experiment/config.ts";
import { changedSettings, makeRunFolder } from "../experiment/run-folder.ts";

/** @throws InputError where the folder can't be one, or holds another run */
export async function takeRunFolder(config: Config, folder: string): Promise<void> {
  makeRunFolder(folder);
  const changes = await changedSettings(config, folder);
  if (changes.length === 0) return;
  process.stderr.write(
    `mucode: ${folder}: settings changed since this run was begun: ${changes.join(", ")}; what depends on them is made anew\n`,
  );
}
