// The Executor of one machine: every job is a child of one warm engine process. Whatever dies is started
// again: the warm process, a model server (behind its handle), a training job (once).
import { WorkError } from "../core/errors.ts";
import { Slots } from "../core/slots.ts";
import type { EngineProgram } from "./engine.ts";
import type { Executor, TrainProgress, TrainResult, TrainSpec } from "./executor.ts";
import { type Host, launchHost } from "./host.ts";
import { failure, startJob, worthRepeating } from "./job.ts";
import { openLog } from "./log.ts";
import { serveModel } from "./served.ts";

export interface LocalOptions {
  program: EngineProgram;
  /** File for what the engine says (bounded). */
  log: string;
  /** What training jobs may take together: CPU threads on a CPU, devices on GPUs. */
  slots: number;
  /** How long the warm process may take to start, seconds. */
  readySeconds?: number;
}

/** Starts of anything that may be cut short in a row, and failures of a training job by its own doing. */
const startsInARow = 5;
const failuresAllowed = 2;

/** Nothing is started before the first job. */
export function localExecutor({
  program,
  log: logFile,
  slots: total,
  readySeconds = 300,
}: LocalOptions): Executor {
  const log = openLog(logFile);
  const slots = new Slots(total);
  let warm: Promise<Host> | undefined;
  const closing = new AbortController();

  /** One that is killed on its way up is started anew, like everything else that dies. */
  async function launch(): Promise<Host> {
    for (let start = 1; ; start++) {
      try {
        return await launchHost(program, log, readySeconds, closing.signal);
      } catch (error) {
        const killed = (error as WorkError).cause !== undefined;
        if (!killed || closing.signal.aborted || start === startsInARow) throw error;
      }
    }
  }

  async function warmHost(): Promise<Host> {
    for (;;) {
      if (closing.signal.aborted) throw new WorkError("the engine has been stopped");
      const asked = warm ?? launch();
      warm = asked;
      const host = await asked.catch((error) => {
        if (warm === asked) warm = undefined;
        throw error;
      });
      if (host.alive) return host;
      if (warm === asked) warm = undefined;
    }
  }

  async function train(
    spec: TrainSpec,
    onProgress?: (progress: TrainProgress) => void,
  ): Promise<TrainResult> {
    let failures = 0;
    for (let run = 1; ; run++) {
      const host = await warmHost();
      const job = startJob(host, "train", spec, log, (event) => {
        if (event.event !== "progress") return;
        const { step, steps, loss, tokens_per_second: tokensPerSecond } = event;
        onProgress?.({ step, steps, loss, tokensPerSecond });
      });
      const ending = await job.ended;
      if (ending.result !== undefined) return ending.result;
      // When the whole engine died, another job may have been the reason.
      if (host.alive) failures++;
      const error = failure(`training the ${spec.kind}`, ending, log);
      if (
        closing.signal.aborted ||
        failures === failuresAllowed ||
        run === startsInARow ||
        !worthRepeating(ending)
      )
        throw error;
      log.write(`mucode: ${error.message}; training once more\n`);
    }
  }

  return {
    serve: (spec) => serveModel(spec, warmHost, () => closing.signal.aborted, log),
    train: (spec, onProgress) => slots.run(() => train(spec, onProgress), Number(spec.options.threads ?? 1)),
    async close() {
      closing.abort();
      const host = await warm?.catch(() => undefined);
      await host?.close();
    },
  };
}
