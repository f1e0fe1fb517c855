// Which tiers this machine can give, asked by making each: what `mucode doctor` shows.
import { findInterpreter } from "./interpreter.ts";
import type { WorkerIsolation } from "./isolation.ts";
import { startPortableWorker } from "./wasm/wasm-worker.ts";
import { JailRefused, type Layers, startWorker } from "./worker.ts";

export interface JailReport {
  available: boolean;
  /** The interpreter that programs would run in, with its version; empty where none was found. */
  python: string;
  /** What it is made of here; there when it is available. */
  layers?: Layers;
  /** Which step failed, what the system said, and what to do about it. */
  reason?: string;
  fix?: string;
}

/** Makes a worker of a tier and takes it down again. Never throws. */
export async function probeJail(python?: string, isolation: WorkerIsolation = "strict"): Promise<JailReport> {
  let interpreter = "";
  try {
    const { path, version } = await findInterpreter(python);
    interpreter = `${path} (${version})`;
    const worker = await startWorker({ python: path, slots: 1, isolation });
    await worker.close();
    return { available: true, python: interpreter, layers: worker.layers };
  } catch (error) {
    if (!(error instanceof JailRefused)) {
      return { available: false, python: interpreter, reason: (error as Error).message };
    }
    const reason = `step "${error.step}" failed (${error.reason})`;
    return { available: false, python: interpreter, reason, ...(error.fix && { fix: error.fix }) };
  }
}

export interface PortableReport {
  available: boolean;
  /** What is missing, and how to get it. */
  reason?: string;
}

/** Starts Pyodide and ends it again; takes seconds. Never throws. */
export async function probePortable(): Promise<PortableReport> {
  try {
    const worker = await startPortableWorker();
    await worker.close();
    return { available: true };
  } catch (error) {
    return { available: false, reason: (error as Error).message };
  }
}
