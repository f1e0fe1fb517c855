// What the Jinja library says of a mistake, in words for somebody who writes a template and knows none of its classes.

const tokens: Record<string, string> = {
  CloseStatement: "%}",
  CloseExpression: "}}",
  OpenStatement: "{%",
  OpenExpression: "{{",
  CloseParen: ")",
  OpenParen: "(",
  CloseSquareBracket: "]",
  OpenSquareBracket: "[",
  CloseCurlyBracket: "}",
  OpenCurlyBracket: "{",
  Comma: ",",
  Dot: ".",
  Colon: ":",
  Equals: "=",
  Pipe: "|",
};
const tokenText = (name: string) => tokens[name] ?? name;

const values: Record<string, string> = {
  StringValue: "a text",
  BooleanValue: "true or false",
  NumericValue: "a number",
  IntegerValue: "a number",
  ArrayValue: "a list",
  ObjectValue: "a map",
  NullValue: "nothing",
  UndefinedValue: "nothing",
};
const valueText = (name: string) => values[name] ?? name;

/** Tried in order; what none matches stays as it is. */
const rules: readonly [RegExp, (...groups: string[]) => string][] = [
  [
    /^Unexpected end of input$/,
    () => 'it ends in the middle of a tag or a quoted text: "}}", "%}" or a quote is missing',
  ],
  [/^Missing end of comment tag$/, () => 'a comment is not closed: "#}" is missing'],
  [
    /^Unknown statement type: end(\w+)$/,
    (word) => `{% end${word} %} closes nothing: no {% ${word} %} is open`,
  ],
  [/^Unknown statement type: (else|elif)$/, (word) => `{% ${word} %} stands in no {% if %}`],
  [/^Unknown statement type: (\S+)$/, (word) => `there is no {% ${word} %}; there are if, for, set, macro`],
  [/^Expected `in` keyword following loop variable$/, () => "a loop is written {% for name in list %}"],
  [/^Unknown \w+ filter: (\S+)$/, (name) => `there is no filter "${name}"`],
  [/^Unknown test: (\S+)$/, (name) => `there is no test "is ${name}"`],
  [/^Unexpected token: (\w+)$/, (name) => `something is missing before "${tokenText(name)}"`],
  [/^Unexpected character: (.+)$/, (text) => `the character "${text}" has no meaning there`],
  [
    /^Expected .* (\w+) !== (\w+)\.$/,
    (seen, right) => `"${tokenText(right)}" was expected, seen "${tokenText(seen)}"`,
  ],
  [
    /^Cannot call something that is not a function: got (\w+)$/,
    (kind) => `only functions can be called, and this is ${valueText(kind)}`,
  ],
  [
    /^Cannot apply filter "(\S+)" to type: (\w+)$/,
    (name, kind) => `the filter "${name}" takes something else than ${valueText(kind)}`,
  ],
  [
    /^Unknown operator "(.+)" between (\w+) and (\w+)$/,
    (sign, left, right) => `"${sign}" has no meaning between ${valueText(left)} and ${valueText(right)}`,
  ],
];

export function inPlainWords(message: string): string {
  for (const [pattern, words] of rules) {
    const found = pattern.exec(message);
    if (found) return words(...found.slice(1));
  }
  return message;
}
