// The two kinds of failure a person can act on. Anything else is a fault of ours and keeps its stack trace.

/** Bad input or configuration: one line that says what is wrong, where, and what would be right. Exit code 2. */
export class InputError extends Error {
  /** Where it is: `run.yaml:12:7`, `problems.jsonl:3, field "prompt"`. */
  readonly where: string;
  constructor(where: string, message: string) {
    super(`${where}: ${message}`);
    this.name = "InputError";
    this.where = where;
  }
}

/** The work itself failed for a reason outside the program (disk full, engine died for good). Exit code 1. */
export class WorkError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WorkError";
  }
}
