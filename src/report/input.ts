// What a report is made of: plain data, gathered by the run, so that drawing needs no disk and no clock.
import type { Outcome } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Stop } from "../core/rollout.ts";
import type { Metrics } from "../evaluation/results.ts";

export interface ReportInput {
  metrics: Metrics;
  /** The resolved configuration as YAML text. */
  config: string;
  /** Versions, hardware, commit: `environment.json`. Nested objects are shown as dotted names. */
  environment: Record<string, unknown>;
  /**
   * A sample of training problems for the browser, in the order to list them. Sixty problems with all their rollouts
   * of a quickstart stay below 3 MB; give every rollout of a problem, since "solved" is read off them.
   */
  problems: ReportProblem[];
}

export interface ReportProblem {
  id: string;
  split: Problem["split"];
  prompt: string;
  rollouts: ReportRollout[];
  /** What each recipe's expert chose for this problem, by iteration; several where states got different targets. */
  targets: ReportTarget[];
}

export interface ReportRollout {
  /** The system whose generator wrote it: iteration 0 is the base model. */
  recipe: string;
  iteration: number;
  /** Index among the rollouts of its problem, from 0. */
  sample: number;
  stop: Stop;
  turns: ReportTurn[];
}

export interface ReportTurn {
  program: string;
  public: Outcome;
  private: Outcome;
  /** Public and private tests all pass. */
  correct: boolean;
  /** What the generator was told after this turn; null after the last one. */
  feedback: string | null;
  /** The newest verifier's score of this program; null where it was not scored. */
  score: number | null;
}

export interface ReportTarget {
  recipe: string;
  /** The iteration whose fine-tuning used it, from 1. */
  iteration: number;
  program: string;
  score: number | null;
  /** Whether it passes public, private and strong tests. */
  right: boolean;
  /** How many visited states of the problem it answers. */
  states: number;
}
