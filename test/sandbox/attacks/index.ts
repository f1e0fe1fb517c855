// All attacks by family, and what a tier does not stop, with the reason.
import type { Isolation } from "../../../src/sandbox/index.ts";
import type { Attack } from "./attack.ts";
import { escapes } from "./escape.ts";
import { exhaustion } from "./exhaustion.ts";
import { forgery } from "./forgery.ts";
import { persistence } from "./persistence.ts";
import { protocol } from "./protocol.ts";

export const families: Record<string, Attack[]> = {
  forgery,
  escape: escapes,
  exhaustion,
  persistence,
  protocol,
};

/** Attacks that get through in a tier, by name, and why. Each must get through: a list longer than the truth is wrong too. */
export function notStopped(tier: Isolation): Record<string, string> {
  if (tier === "portable")
    return {
      "reads /dev/shm, the console and the memory devices":
        "the name exists in the interpreter's own file system in memory, and leads nowhere",
      "a session and a group of its own":
        "the call is answered by the interpreter's library, and does nothing",
    };
  if (tier !== "fork") return {};
  const always = {
    "learns which files exist": "Landlock does not cover a file's metadata, and there is no root of its own",
  };
  const ordinary = { "has root's or a user's id": "only root can become another user" };
  return process.getuid?.() === 0 ? always : { ...always, ...ordinary };
}
