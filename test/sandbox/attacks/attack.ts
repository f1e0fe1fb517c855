// What an attack is. The task of each: `f(1) == "<secret>"`, where the secret exists outside the sandbox alone.

export interface Attack {
  name: string;
  /** May say HOST_FOLDER, HOST_PID and HOST_SOCKET: things of the machine outside (host.ts). */
  program: string;
  /** What must be said of it; by default anything but "passed" and "fault". */
  verdicts?: readonly string[];
  /** A program that ran before, and left what this one looks for. */
  plant?: string;
  /** As a script whose output would have to be the secret; by default a function. */
  style?: "stdio";
}

/** [name, program, verdicts that are right]. A program says "harm" in its value where it got through. */
export type Row = readonly [name: string, program: string, verdicts?: readonly string[]];

export function attacks(...rows: readonly Row[]): Attack[] {
  return rows.map(([name, program, verdicts]) => ({ name, program, ...(verdicts && { verdicts }) }));
}

/** The body of `f`. */
export const f = (body: string) => `def f(x):\n${body.replace(/^/gm, "    ")}\n`;

/** The body of an `f` that does harm when `condition` is true. */
export const harmIf = (condition: string, imports = "import ctypes, os\nlibc = ctypes.CDLL(None)") =>
  f(`${imports}\nreturn 'harm' if ${condition} else 1`);

export const time = ["cpu-time", "wall-time"];
