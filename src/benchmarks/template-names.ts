// The names that a Jinja template may use and those that it does use. Jinja renders a name that it doesn't know as
// nothing; looked up here, before anything is rendered, it is a mistake.
import type { Template } from "@huggingface/jinja";

/** What a template may name. Values are filled in as they are: nothing in them is ever parsed as a template. */
export interface TemplateVariables {
  /** The task's own text; without its examples where prompts are testless. */
  statement: string;
  /** The public tests as text: setup and asserts one a line, or the examples; "" where prompts are testless. */
  tests: string;
  /** Name of the function that the tests call; "" where there is none. */
  entry_point: string;
  /** `def f(a, b):`, from the statement or else from the reference solution; "" where there is none. */
  signature: string;
  style: "function" | "stdio";
  benchmark: string;
  testless: boolean;
}

const variables: readonly string[] = [
  "statement",
  "tests",
  "entry_point",
  "signature",
  "style",
  "benchmark",
  "testless",
] satisfies (keyof TemplateVariables)[];

/** What Jinja itself brings along. The clock is not among it: a prompt must not depend on the day. */
const builtIn = [
  "true",
  "false",
  "none",
  "True",
  "False",
  "None",
  "range",
  "namespace",
  "raise_exception",
] as const;

/** What may follow the dot of a variable: methods of texts. */
const methods = [
  "strip",
  "lstrip",
  "rstrip",
  "split",
  "replace",
  "upper",
  "lower",
  "title",
  "capitalize",
  "startswith",
  "endswith",
];

/** What a template uses of the variables, and the first name or attribute in it that does not exist. */
export function namesOf(template: Template): { used: Set<string>; mistake: string | undefined } {
  const use: Use = { used: new Set(), mistake: undefined };
  visitAll(template.parsed.body, new Set(builtIn), use);
  return use;
}

/** A node of the parsed template, as far as names are concerned. */
interface Node {
  type: string;
  [field: string]: unknown;
}

interface Use {
  used: Set<string>;
  mistake: string | undefined;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function visitAll(nodes: unknown, bound: Set<string>, use: Use): void {
  if (nodes instanceof Map) for (const pair of nodes) visitAll(pair, bound, use);
  else if (Array.isArray(nodes)) for (const node of nodes) visitAll(node, bound, use);
  else if (isNode(nodes)) visit(nodes, bound, use);
}

/** Looks up every name that a node reads; `bound` holds what the template itself has defined up to here. */
function visit(node: Node, bound: Set<string>, use: Use): void {
  switch (node.type) {
    case "Identifier":
      lookUp(String(node.value), bound, use);
      break;
    case "MemberExpression": {
      const object = node.object as Node;
      const property = node.property as Node;
      visit(object, bound, use);
      const name = String(property.value);
      if (node.computed) visitAll(property, bound, use);
      else if (object.type === "Identifier" && isVariable(object.value, bound) && !methods.includes(name))
        use.mistake ??= `${object.value} has no "${name}": it is a text or a flag of its own`;
      break;
    }
    case "FilterExpression":
    case "FilterStatement":
      visitAll([node.operand, (node.filter as Node).args, node.body], bound, use);
      break;
    case "TestExpression":
      visitAll(node.operand, bound, use);
      break;
    case "KeywordArgumentExpression":
      visitAll(node.value, bound, use);
      break;
    case "Set": {
      visitAll([node.value, node.body], bound, use);
      const target = node.assignee as Node;
      if (target.type === "MemberExpression") visitAll(target.object, bound, use);
      for (const name of namesIn(target)) bound.add(name);
      break;
    }
    case "For": {
      const inner = new Set([...bound, "loop", ...namesIn(node.loopvar as Node)]);
      const iterable = node.iterable as Node;
      const chosen = iterable.type === "SelectExpression";
      visitAll(chosen ? iterable.lhs : iterable, bound, use);
      if (chosen) visitAll(iterable.test, inner, use);
      visitAll(node.body, inner, use);
      visitAll(node.defaultBlock, bound, use);
      break;
    }
    case "Macro":
      bound.add(String((node.name as Node).value));
      visitAll(node.body, new Set([...bound, "caller", ...parametersOf(node.args, bound, use)]), use);
      break;
    case "CallStatement":
      visitAll(node.call, bound, use);
      visitAll(node.body, new Set([...bound, ...parametersOf(node.callerArgs, bound, use)]), use);
      break;
    default:
      // An operator is a token, and `and` one that looks like a name.
      for (const [field, child] of Object.entries(node))
        if (field !== "operator") visitAll(child, bound, use);
  }
}

function isVariable(name: unknown, bound: Set<string>): boolean {
  return variables.includes(String(name)) && !bound.has(String(name));
}

function lookUp(name: string, bound: Set<string>, use: Use): void {
  if (bound.has(name)) return;
  if (variables.includes(name)) use.used.add(name);
  else use.mistake ??= `unknown variable "${name}" (there are ${variables.join(", ")})`;
}

/** The names of a loop variable or of what `set` assigns to. */
function namesIn(target: Node): string[] {
  if (target.type === "Identifier") return [String(target.value)];
  return target.type === "TupleLiteral" ? (target.value as Node[]).flatMap(namesIn) : [];
}

/** Parameters of a macro; their defaults are read outside it. */
function parametersOf(parameters: unknown, bound: Set<string>, use: Use): string[] {
  return ((parameters ?? []) as Node[]).flatMap((parameter) => {
    if (parameter.type !== "KeywordArgumentExpression") return namesIn(parameter);
    visitAll(parameter.value, bound, use);
    return namesIn(parameter.key as Node);
  });
}
