// The seam between the method and the code that runs hostile programs. Everything above it knows only
// this interface; a pool of local workers, a service or another language is one more implementation.

import type { Outcome } from "../core/outcome.ts";
import type { Limits, Tests } from "../core/problem.ts";

export interface SandboxJob {
  language: "python";
  program: string;
  /** Groups of tests, judged in one visit: the program is started once and answers all of them. */
  groups: Tests[];
  limits?: Partial<Limits>;
}

export interface Sandbox {
  /**
   * Runs one program against its groups of tests. Resolves with one outcome per group, in order.
   * Never rejects because of what the program did; a failure of the sandbox itself is retried once and
   * then given as the verdict "fault". Safe to call concurrently; the implementation bounds what runs at once.
   */
  judge(job: SandboxJob): Promise<Outcome[]>;
  /** Ends all workers and everything that they started. */
  close(): Promise<void>;
}
