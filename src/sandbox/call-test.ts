// One test of the style "function", in whichever language: a call that is evaluated inside and a value that is kept
// outside. The judge knows no more of languages than this.
import { expectedText, type ParsedAssert, parseAssert, satisfies } from "./assert.ts";
import { type PyValue, pythonText } from "./python-value.ts";
import { parseScriptAssert, type ScriptAssert, satisfiesScript } from "./script/script-assert.ts";
import { type ScriptValue, scriptText } from "./script/script-value.ts";
import type { Language } from "./wire.ts";

export type CallTest = ParsedAssert | ScriptAssert;
export type Value = PyValue | ScriptValue;

/** Reads a test in the language's own forms. Throws InputError for what can't be judged outside. */
export function parseTest(language: Language, text: string, where?: string): CallTest {
  return language === "python" ? parseAssert(text, where) : parseScriptAssert(text, where);
}

/** Whether a value that came back is what the test expects; one of another language never is. */
export function satisfiesTest(test: CallTest, actual: Value): boolean {
  if ("language" in test) return "type" in actual && !("kind" in actual) && satisfiesScript(test, actual);
  return "kind" in actual && satisfies(test, actual);
}

/** What is expected, at most `limit` characters. */
export function expectedOf(test: CallTest, limit: number): string {
  return "language" in test ? scriptText(test.expected, limit) : expectedText(test, limit);
}

/** A value as its language writes it, at most about `limit` characters. */
export function valueText(value: Value, limit: number): string {
  return "kind" in value ? pythonText(value, limit) : scriptText(value, limit);
}
