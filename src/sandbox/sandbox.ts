// The seam between the method and the code that runs hostile programs. Everything above it knows only
// this interface; a pool of local workers, a service or another language is one more implementation.

import type { Outcome } from "../core/outcome.ts";
import type { Limits, Tests } from "../core/problem.ts";
import type { Layers } from "./handshake.ts";
import type { Isolation } from "./isolation.ts";
import type { Language } from "./wire.ts";

export interface SandboxJob {
  /** Tests of the style "function" are written in the same language. */
  language: Language;
  program: string;
  /** Groups of tests, judged in one visit: the program is started once and answers all of them. */
  groups: Tests[];
  limits?: Partial<Limits>;
  /** Packages that it needs beside the standard library. A program that imports numpy need not say so. */
  packages?: readonly "numpy"[];
  /** In groups of the style "stdio", leave out the cases after the first that failed. They count as failed; default: run all. */
  stopAtFailure?: boolean;
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

/** What a job cost besides what it gave. */
export interface Measured {
  outcomes: Outcome[];
  /** CPU time of the costliest process of the job, seconds, by the kernel's count: what `cpuSeconds` limits. */
  cpuSeconds: number;
}

/** A sandbox whose processes run here, so that it can tell what a program costs. */
export interface LocalSandbox extends Sandbox {
  /** What holds its programs. */
  readonly layers: Layers & { isolation: Isolation };
  /** As `judge`, always anew. */
  measure(job: SandboxJob): Promise<Measured>;
}
