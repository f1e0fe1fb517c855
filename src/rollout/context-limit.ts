// Where a conversation outgrows the model's context, its episode ends: not solved, as at the turn limit. One long
// conversation must not end the work on all others.
import type { Turn } from "../core/rollout.ts";
import { ContextOverflow } from "../models/index.ts";

/** What was drawn, or null where the server says that the conversation is too long; other failures reject. */
export async function unlessOutgrown<T>(drawing: Promise<T>): Promise<T | null> {
  try {
    return await drawing;
  } catch (error) {
    if (error instanceof ContextOverflow) return null;
    throw error;
  }
}

/** The turns of an episode that ended so: the last one's feedback was never part of a state. */
export function endedByContext(turns: readonly Turn[]): Turn[] {
  return turns.map((turn, index) => (index === turns.length - 1 ? { ...turn, feedback: null } : turn));
}

/** "3 episodes ended because the conversation outgrew the model's context"; empty for none. */
export function outgrownNote(episodes: number): string {
  if (episodes === 0) return "";
  return `${episodes} ${episodes === 1 ? "episode" : "episodes"} ended because the conversation outgrew the model's context`;
}
