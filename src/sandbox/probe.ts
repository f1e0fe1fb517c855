// Whether this machine can make the jail, asked by making one: what `mucode doctor` shows.
import { findInterpreter } from "./interpreter.ts";
import { JailRefused, startWorker } from "./worker.ts";

export interface JailReport {
  available: boolean;
  /** The interpreter that programs would run in, with its version; empty where none was found. */
  python: string;
  /** Which step failed, what the system said, and what to do about it. */
  reason?: string;
  fix?: string;
}

/** Makes a jail and takes it down again. Never throws. */
export async function probeJail(python?: string): Promise<JailReport> {
  let interpreter = "";
  try {
    const { path, version } = await findInterpreter(python);
    interpreter = `${path} (${version})`;
    const worker = await startWorker({ python: path, slots: 1, isolation: "jail" });
    await worker.close();
    return { available: true, python: interpreter };
  } catch (error) {
    if (!(error instanceof JailRefused)) {
      return { available: false, python: interpreter, reason: (error as Error).message };
    }
    const reason = `step "${error.step}" failed (${error.reason})`;
    return { available: false, python: interpreter, reason, ...(error.fix && { fix: error.fix }) };
  }
}
