// Mistakes of a template as the library tells them, through the compiler as it is installed: a new version that words them
// otherwise is seen here.
import { expect, test } from "vitest";
import { compileTemplate } from "./prompt-template.ts";

const values = {
  statement: "s",
  tests: "t",
  entry_point: "f",
  signature: "def f():",
  style: "function" as const,
  benchmark: "b",
  testless: false,
};

test.each([
  ["{{ statement", 'it ends in the middle of a tag or a quoted text: "}}", "%}" or a quote is missing'],
  ["{{ statement }}\n{% endif %}", "{% endif %} closes nothing: no {% if %} is open"],
  ["{{ statement }}\n{% else %}", "{% else %} stands in no {% if %}"],
  ["{{ statement }}\n{% include 'x' %}", "there is no {% include %}; there are if, for, set, macro"],
  ["{{ statement }}\n{% for x %}", "a loop is written {% for name in list %}"],
  ["{{ statement }}\n{{ tests | foo }}", 'there is no filter "foo"'],
  ["{{ statement }}\n{% if tests is foo %}a{% endif %}", 'there is no test "is foo"'],
  ["{{ statement }}\n{% if %}a{% endif %}", 'something is missing before "%}"'],
  ["{{ statement }}\n{{ 1 + }}", 'something is missing before "}}"'],
  ["{{ statement }}\n{{ @ }}", 'the character "@" has no meaning there'],
  ["{{ statement }}\n{{ tests } }", '"}}" was expected, seen "}"'],
  ["{{ statement }}\n{{ (tests }}", '")" was expected, seen "}}"'],
  ["{{ statement }}\n{{ tests() }}", "only functions can be called, and this is a text"],
])("%j", (template, words) => {
  const line = template.split("\n").length;
  expect(() => compileTemplate(template, "my.jinja").render(values)).toThrow(`my.jinja:${line}: ${words}`);
});
