// How the engine's process is started: its Python, its source in this package, and an environment that holds
// what it needs and nothing else (no tokens, no proxy passwords: model files may bring code and chatter).
import { fileURLToPath } from "node:url";

/** Folder of the engine's Python source and lock files. */
export const engineFolder = fileURLToPath(new URL("../../engine/", import.meta.url));

export interface EngineProgram {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/** Taken over from our own environment. */
const passedOn = /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|TMP|TEMP|LD_LIBRARY_PATH|(CUDA|NVIDIA|ROCR|HIP)_.*)$/;

/**
 * The warm engine process under the given interpreter.
 * @param threads of the numeric libraries, before a job sets its own, >= 1.
 */
export function engineProgram(python: string, threads: number): EngineProgram {
  const inherited = Object.entries(process.env).filter(([name]) => passedOn.test(name)) as [string, string][];
  const count = String(threads);
  return {
    command: python,
    args: ["-m", "mucode_engine", "host"],
    env: {
      ...Object.fromEntries(inherited),
      PYTHONPATH: engineFolder,
      PYTHONUNBUFFERED: "1",
      PYTHONHASHSEED: "0",
      OMP_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      OPENBLAS_NUM_THREADS: count,
      // Waiting threads sleep: jobs share the cores with the sandbox and with each other.
      OMP_WAIT_POLICY: "PASSIVE",
      // The same code path on every call, so that a run repeats bit for bit on one machine.
      MKL_CBWR: "AUTO",
      CUBLAS_WORKSPACE_CONFIG: ":4096:8",
      TOKENIZERS_PARALLELISM: "false",
      HF_HUB_OFFLINE: "1",
      TRANSFORMERS_OFFLINE: "1",
    },
  };
}
