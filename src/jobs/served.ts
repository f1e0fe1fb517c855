// A model server behind a handle that outlives it: when its process dies it is started again.
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WorkError } from "../core/errors.ts";
import type { Served, ServeSpec } from "./executor.ts";
import type { Host } from "./host.ts";
import { type Ending, failure, type RunningJob, startJob, worthRepeating } from "./job.ts";
import type { BoundedLog } from "./log.ts";

/** Starts in a row that may fail before the server counts as gone for good. */
const startsInARow = 5;

/**
 * Starts a server and resolves when it answers.
 * @param warmHost gives a living host.
 * @param closing says that nothing may start any more.
 */
export async function serveModel(
  spec: ServeSpec,
  warmHost: () => Promise<Host>,
  closing: () => boolean,
  log: BoundedLog,
): Promise<Served> {
  const what = `serving ${spec.model}`;
  const model = basename(spec.model);
  const { maxBatch, ...rest } = spec;
  const asked = { ...rest, max_batch: maxBatch, name: model, host: "127.0.0.1", port: 0 };
  let url = "";
  let job: RunningJob | undefined;
  let stopped = false;
  const wanted = () => !stopped && !closing();

  /** Resolves with nothing when it listens, and with its ending when it ends before that. */
  async function start(): Promise<Ending | undefined> {
    const host = await warmHost();
    return await new Promise((resolve) => {
      job = startJob(host, "serve", asked, log, (event) => {
        if (event.event !== "listening") return;
        url = event.url;
        resolve(undefined);
      });
      job.ended.then(resolve);
    });
  }

  async function bringUp(): Promise<void> {
    for (let starts = 1; ; starts++) {
      const ending = await start();
      if (ending === undefined) break;
      if (!wanted() || !worthRepeating(ending) || starts === startsInARow) throw failure(what, ending, log);
      await sleep(100 * 2 ** starts);
    }
    job?.ended.then((ending) => {
      if (!wanted()) return;
      log.write(`mucode: ${what}: ${ending.cause}; starting it again\n`);
      current = bringUp();
      current.catch(() => {}); // ready() tells whoever asks.
    });
  }

  let current = bringUp();
  await current;

  return {
    get url() {
      return url;
    },
    model,
    async ready() {
      if (!wanted()) throw new WorkError(`${what}: the server has been stopped`);
      await current;
    },
    async stop() {
      stopped = true;
      await current.catch(() => {});
      job?.stop();
      await job?.ended;
    },
  };
}
