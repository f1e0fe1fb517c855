// Phases as content-addressed folders: a phase is named by what it does and by the digests of what it reads.
// While it runs it lives in `NAME.partial`, where it may leave what it needs to continue; when it is whole it
// is renamed. So the same command continues a run, and equal phases of different recipes are done once.
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Slots } from "../core/slots.ts";
import type { PhaseTokens } from "../evaluation/results.ts";
import { canonicalJson, folderDigests, sha256, writeAtomically } from "./files.ts";

/** What a finished phase leaves beside its files, in `phase.json`. */
export interface PhaseRecord {
  kind: string;
  /** sha256 of each file that it wrote. */
  files: Record<string, string>;
  tokens: PhaseTokens;
  /** Wall time of the leg that finished it, seconds. */
  seconds: number;
}

export interface Phase {
  kind: string;
  folder: string;
  /** Digest of the phase's files: the input of the phases that read them. */
  digest: string;
  record: PhaseRecord;
}

export type PhaseWork = (folder: string) => Promise<PhaseTokens>;

export const noTokens: PhaseTokens = { prompt: 0, completion: 0, training: 0 };

const recordFile = "phase.json";

/** The folder of a phase below `phases/`: its kind, and a digest of all that determines what it makes. */
export function phaseName(
  kind: string,
  code: string,
  parameters: unknown,
  inputs: readonly string[],
): string {
  return `${kind}-${sha256(canonicalJson({ kind, code, parameters, inputs })).slice(0, 16)}`;
}

/** A finished phase as its record tells it, its files unread; null where there is none. */
export async function recordedPhase(kind: string, folder: string): Promise<Phase | null> {
  try {
    return asPhase(kind, folder, JSON.parse(await readFile(join(folder, recordFile), "utf8")) as PhaseRecord);
  } catch {
    return null;
  }
}

export class PhaseStore {
  readonly folder: string;
  readonly #code: string;
  readonly #slots: Slots;
  readonly #finishedOnly: boolean;
  readonly #running = new Map<string, Promise<Phase>>();

  /**
   * @param code what else the results depend on: the versions of mucode and of its engine
   * @param slots how many phases that need a model may be in work at once
   * @param finishedOnly refuse to make a phase that is not there: for reading a finished run
   */
  constructor(folder: string, code: string, slots: Slots, finishedOnly = false) {
    this.folder = folder;
    this.#code = code;
    this.#slots = slots;
    this.#finishedOnly = finishedOnly;
  }

  /**
   * The phase of this kind over these parameters and inputs: as it was made before, or made now by `work`.
   *
   * @param needed slots that the work takes; 0 for work without a model
   */
  run(
    kind: string,
    parameters: unknown,
    inputs: readonly string[],
    work: PhaseWork,
    needed = 0,
  ): Promise<Phase> {
    const name = phaseName(kind, this.#code, parameters, inputs);
    let phase = this.#running.get(name);
    if (!phase) {
      phase = this.#runOnce(kind, join(this.folder, name), work, needed);
      this.#running.set(name, phase);
    }
    return phase;
  }

  async #runOnce(kind: string, folder: string, work: PhaseWork, needed: number): Promise<Phase> {
    if (await exists(folder)) return reuse(kind, folder);
    if (this.#finishedOnly)
      throw new InputError(folder, "this phase of the run is not finished; mucode train continues it");
    const make = () => makePhase(kind, folder, work);
    return needed > 0 ? this.#slots.run(make, needed) : make();
  }
}

/** The clock runs from here: waiting for a slot is not the phase's time. */
async function makePhase(kind: string, folder: string, work: PhaseWork): Promise<Phase> {
  const partial = `${folder}.partial`;
  await mkdir(partial, { recursive: true });
  const start = performance.now();
  const tokens = await work(partial);
  const seconds = (performance.now() - start) / 1000;
  await rm(join(partial, recordFile), { force: true });
  const record: PhaseRecord = { kind, files: await folderDigests(partial), tokens, seconds };
  await writeAtomically(join(partial, recordFile), `${JSON.stringify(record, null, 2)}\n`);
  await rename(partial, folder);
  return asPhase(kind, folder, record);
}

function asPhase(kind: string, folder: string, record: PhaseRecord): Phase {
  return { kind, folder, digest: sha256(canonicalJson(record.files)), record };
}

/** A finished phase is trusted only as long as its files are what they were. */
async function reuse(kind: string, folder: string): Promise<Phase> {
  const advice = "delete the folder to make it anew";
  let record: PhaseRecord;
  try {
    record = JSON.parse(await readFile(join(folder, recordFile), "utf8")) as PhaseRecord;
  } catch {
    throw new InputError(
      join(folder, recordFile),
      `can't be read as the record of a finished phase; ${advice}`,
    );
  }
  const { [recordFile]: _, ...found } = await folderDigests(folder);
  for (const [file, digest] of Object.entries(record.files ?? {})) {
    if (found[file] === undefined) throw new InputError(join(folder, file), `is missing; ${advice}`);
    if (found[file] !== digest)
      throw new InputError(join(folder, file), `is not what the phase wrote (its sha256 differs); ${advice}`);
  }
  return asPhase(kind, folder, record);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
