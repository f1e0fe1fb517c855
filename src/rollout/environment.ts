// One step of the environment: a completion becomes a program, the program an outcome, the outcome feedback.
// Programs of a problem that are the same text are executed once.

import { withDefinitions } from "../core/definitions.ts";
import { feedbackText } from "../core/feedback.ts";
import type { Outcome } from "../core/outcome.ts";
import { allPassed } from "../core/outcome.ts";
import type { Problem, Tests } from "../core/problem.ts";
import { extractProgram } from "../core/program.ts";
import type { Turn } from "../core/rollout.ts";
import type { Completion } from "../models/model.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** What all tests of a problem say about one program. `strong` is absent where the problem has no strong tests. */
export interface Judgement {
  public: Outcome;
  private: Outcome;
  strong?: Outcome;
}

export interface Step {
  program: string;
  judgement: Judgement;
}

/** Judges the completions of one problem. Lives as long as the problem is being worked on. */
export interface ProblemEnvironment {
  step(completion: string): Promise<Step>;
}

/** R(x, y) of the paper (section 2): all public and private tests pass. */
export function isCorrect(judgement: Judgement): boolean {
  return allPassed(judgement.public) && allPassed(judgement.private);
}

/** The stricter measure for evaluation: strong tests too. Equal to R(x, y) where a problem has none. */
export function isStronglyCorrect(judgement: Judgement): boolean {
  return isCorrect(judgement) && (judgement.strong === undefined || allPassed(judgement.strong));
}

/** Whether the outcome holds words of the program's own: a value that it gave or an error that it raised. */
function quotesProgram({ verdict, failure }: Outcome): boolean {
  return verdict !== "unparsable" && (failure?.actual !== undefined || failure?.error !== undefined);
}

/**
 * @param withStrong also run the strong tests. Only evaluation may ask for them.
 */
export function problemEnvironment(
  problem: Problem,
  sandbox: Sandbox,
  withStrong: boolean,
): ProblemEnvironment {
  const strong = withStrong ? problem.strongTests : undefined;
  const groups: Tests[] = [problem.publicTests, problem.privateTests, ...(strong ? [strong] : [])];
  const judged = new Map<string, Promise<Judgement>>();

  async function judge(program: string): Promise<Judgement> {
    const limits = problem.limits ? { limits: problem.limits } : {};
    const outcomes = await sandbox.judge({ language: "python", program, groups, ...limits });
    const judgement: Judgement = { public: outcomes[0]!, private: outcomes[1]! };
    // The process that answered was given the calls of all groups, and a program may look for them in its own memory. So
    // where feedback quotes the program, it quotes one that was given the public tests and nothing else.
    if (quotesProgram(judgement.public)) {
      const alone = await sandbox.judge({
        language: "python",
        program,
        groups: [problem.publicTests],
        ...limits,
      });
      judgement.public = alone[0]!;
    }
    return strong ? { ...judgement, strong: outcomes[2]! } : judgement;
  }

  return {
    async step(completion) {
      const program = extractProgram(completion);
      let judgement = judged.get(program);
      if (!judgement) {
        judgement = judge(withDefinitions(program, problem.definitions));
        judged.set(program, judgement);
      }
      return { program, judgement: await judgement };
    },
  };
}

/** The record of one turn. Feedback is for the next state, so the last turn of an episode has none. */
export function recordTurn(
  turn: number,
  completion: Completion,
  { program, judgement }: Step,
  isLast: boolean,
): Turn {
  return {
    turn,
    completion: completion.text,
    program,
    public: judgement.public,
    private: judgement.private,
    correct: isCorrect(judgement),
    feedback: isLast ? null : feedbackText(judgement.public),
    tokens: completion.tokens,
  };
}
