// A program with its verifier score: what every measure of a verifier starts from.
import { WorkError } from "../core/errors.ts";

export interface ScoredProgram {
  problem: string;
  /** R_φ(x, y), a raw score. */
  score: number;
  /** Whether the program is right by the tests that count. */
  right: boolean;
}

/**
 * A score that is not a number would silently scramble every rank.
 * @throws WorkError at the first one
 */
export function requireFinite(programs: readonly Pick<ScoredProgram, "score">[]): void {
  for (const { score } of programs) {
    if (!Number.isFinite(score)) throw new WorkError(`a verifier score is not a finite number: ${score}`);
  }
}
