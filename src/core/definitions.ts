// What a task's prompt defines beside the function that it asks for, such as the encoder whose inverse is wanted. A model
// was shown it and may call it, and tools that cut a program to what its own function needs drop it: so it is there for
// every program that uses it, whichever command judges it.

/** The functions that code defines at its margin. */
export function definedFunctions(code: string): string[] {
  return [...code.matchAll(/^def (\w+)/gm)].map((found) => found[1]!);
}

/** Whether a name stands in code, as a word. */
export function mentions(code: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(code);
}

/**
 * The program; behind it, so that its lines keep their numbers, the prompt's definitions, where it uses a function of
 * theirs that it neither defines nor imports. They never take the place of what a program has.
 */
export function withDefinitions(program: string, definitions: string | undefined): string {
  if (definitions === undefined) return program;
  const has = (name: string) =>
    new RegExp(
      `^(?:(?:async def|def|class)[ \\t]+${name}\\b|${name}[ \\t]*[=:]|(?:from|import)\\b.*\\b${name}\\b)`,
      "m",
    ).test(program);
  const lacks = (name: string) => mentions(program, name) && !has(name);
  return definedFunctions(definitions).some(lacks) ? `${program}\n\n\n${definitions}` : program;
}
