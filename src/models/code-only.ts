// A verifier that was taught on programs alone is asked about programs alone: the prose around them is taken off here, so
// that whoever has an answer scored needs not know which kind of verifier it is.
import { extractProgram } from "../core/program.ts";
import type { Verifier } from "./model.ts";

/** The same verifier, reading of each assistant message only the program that is extracted from it; "" where none is. */
export function codeOnly(verifier: Verifier): Verifier {
  return {
    score: (input) =>
      verifier.score(
        input.map(({ role, content }) => ({
          role,
          content: role === "assistant" ? extractProgram(content) : content,
        })),
      ),
  };
}
