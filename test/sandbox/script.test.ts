// What the sandbox must answer for JavaScript and TypeScript, verdict by verdict, and what hostile programs get.
// The programs run in QuickJS on WebAssembly, whatever the isolation tier; nothing here needs Linux.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Limits } from "../../src/core/problem.ts";
import { createSandbox, type Outcome, type Sandbox } from "../../src/sandbox/index.ts";

const quick: Limits = { cpuSeconds: 0.5, wallSeconds: 8, memoryMb: 128, outputKb: 64 };
type Language = "javascript" | "typescript";

let sandbox: Sandbox;
const frames: Buffer[] = [];
beforeAll(async () => {
  sandbox = await createSandbox({
    workers: 1,
    isolation: "portable",
    onFrame: (frame) => frames.push(frame),
  });
});
afterAll(() => sandbox?.close());

function ask(
  program: string,
  groups: string[][],
  limits = quick,
  language: Language = "javascript",
): Promise<Outcome[]> {
  const tests = groups.map((asserts) => ({ style: "function" as const, asserts }));
  return sandbox.judge({ language, program, groups: tests, limits });
}

async function feed(program: string, cases: [string, string][], language: Language = "javascript") {
  const group = { style: "stdio" as const, cases: cases.map(([input, output]) => ({ input, output })) };
  return (await sandbox.judge({ language, program, groups: [group], limits: quick }))[0]!;
}

let fresh = 0;

/** An honest program, new to the cache each time, that would notice a realm that another one has poisoned. */
async function expectHonestPass(): Promise<void> {
  const program = `const salt = ${fresh++};
class Counter extends Map { add(key) { return this.set(key, (this.get(key) ?? 0) + 1); } }
function f(xs) {
  const counter = new Counter();
  for (const x of xs) counter.add(x);
  return [[...counter].sort((a, b) => a[0] - b[0]), JSON.stringify({ a: salt }), "x".padStart(3), xs.length, typeof leaked];
}`;
  const [outcome] = await ask(program, [
    [`assert.deepStrictEqual(f([3, 1, 3]), [[[1, 1], [3, 2]], '{"a":${fresh - 1}}', "  x", 3, "undefined"])`],
  ]);
  expect(outcome).toEqual({ verdict: "passed", passed: 1, total: 1 });
}

describe("functions", () => {
  test("every test is counted, and the first failure is told", async () => {
    const program =
      "function f(x) {\n  if (x === 2)\n    throw new RangeError('no ' + x);\n  return x + 1;\n}\n";
    const [first, second] = await ask(program, [
      ["assert.strictEqual(f(1), 2)", "assert(f(1) === 3)", "assert.equal(f(2), 3);", "expect(f(5)).toBe(6)"],
      ["assert.deepStrictEqual(f(2), 1)", "console.assert(f(3) === 4, 'message')"],
    ]);
    expect(first).toEqual({
      verdict: "wrong",
      passed: 2,
      total: 4,
      failure: { test: 1, input: "f(1)", expected: "3", actual: "2" },
    });
    expect(second).toEqual({
      verdict: "exception",
      passed: 1,
      total: 2,
      failure: { test: 0, input: "f(2)", expected: "1", error: "RangeError: no 2", line: 3 },
    });
  });

  test.each<[string, string, RegExp, number | undefined]>([
    ["function f(x) {\n  return x +* 2;\n}", "unparsable", /^SyntaxError/, 2],
    ["let a = 1;\nlet a = 2;", "unparsable", /^SyntaxError/, 2],
    ["function f(x) { return y; }", "exception", /^ReferenceError: y is not defined$/, 1],
    ["const f = (x) => null.z", "exception", /^TypeError/, 1],
    ["\n\nthrow new Error('at once')", "exception", /^Error: at once$/, 3],
    ["throw 'a string'", "exception", /^Uncaught: 'a string'$/, undefined],
    ["function f(x) { return f(x) + 1; }", "exception", /^RangeError: Maximum call stack/, 1],
    ["function f(x) { for (;;); }", "cpu-time", /CPU time limit of 0.5 s/, undefined],
    ["function f(x) { for (;;) { try { for (;;); } finally { continue; } } }", "cpu-time", /CPU/, undefined],
    ["function f(x) { return /^(a+)+$/.test('a'.repeat(40) + 'b'); }", "cpu-time", /CPU/, undefined],
    [
      "function f(x) { const a = []; for (;;) a.push('x'.repeat(1e7) + a.length); }",
      "memory",
      /out of memory/,
      1,
    ],
    ["function f(x) { return 'a'.repeat(200_000); }", "output", /output limit/, undefined],
    ["function f(x) { for (;;) console.log('a'.repeat(1000)); }", "output", /output limit/, 1],
    ["const a = []; a.push(a, a); const f = () => a", "output", /output limit/, undefined],
    ["const f = (x) => new Promise(() => {})", "wrong", /^$/, undefined],
    ["import { x } from 'somewhere'", "exception", /Cannot find module 'somewhere'/, 1],
  ])("%j gives %s", async (program, verdict, error, line) => {
    // Filling memory costs CPU time of its own.
    const limits = verdict === "memory" ? { ...quick, cpuSeconds: 6 } : quick;
    const [outcome] = await ask(program, [["assert.strictEqual(f(1), 1)"]], limits);
    expect(outcome).toMatchObject({ verdict, passed: 0, total: 1 });
    expect(outcome!.failure!.error ?? "").toMatch(error);
    expect(outcome!.failure!.line).toBe(line);
    await expectHonestPass();
  });

  test("loops inside the engine, which it does not interrupt itself, are ended from outside", async () => {
    const program = "function f(x) { const a = new Array(3e6).fill(0); for (;;) a.sort().join(); }";
    const [outcome] = await ask(program, [["assert.strictEqual(f(1), 1)"]]);
    expect(outcome!.verdict).toMatch(/^(cpu-time|memory)$/);
    const big = "function f(x) { let n = 3n; for (;;) n = n * n; }";
    expect((await ask(big, [["assert.strictEqual(f(1), 1)"]]))[0]!.verdict).not.toMatch(/passed|fault|wrong/);
    await expectHonestPass();
  });

  test("a limit that strikes in a later group leaves the groups before it alone", async () => {
    const program = "function f(x) { while (x === 7); return x; }";
    const one = ["assert.equal(f(1), 1)", "assert.equal(f(2), 2)"];
    const outcomes = await ask(program, [one, ["assert.equal(f(3), 3)", "assert.equal(f(7), 7)"], one]);
    expect(outcomes.map(({ verdict, passed }) => [verdict, passed])).toEqual([
      ["passed", 2],
      ["cpu-time", 1],
      ["cpu-time", 0],
    ]);
  });

  test("an asynchronous function is awaited, its timers without waiting", async () => {
    const program = `
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
async function f(x) { await sleep(60_000); if (x < 0) throw new TypeError("negative"); return [x]; }`;
    const [outcome] = await ask(program, [
      ["assert.deepStrictEqual(await f(1), [1])", "expect(await f(2)).toEqual([2])"],
    ]);
    expect(outcome).toEqual({ verdict: "passed", passed: 2, total: 2 });
    const [failed] = await ask(program, [["assert.deepEqual(await f(-1), [1])"]]);
    expect(failed!.failure!.error).toBe("TypeError: negative");
  });

  test("what honest programs do around their function is no reason to fail", async () => {
    const program = `
"use strict";
Array.prototype.sum = function () { return this.reduce((a, b) => a + b, 0); };
console.log("hello", [1, { a: 1 }]); console.error("noise");
export const g = (x) => x.sum();
export default class Stack { items = []; #size = 0; push(x) { this.items.push(x); this.#size++; return this.#size; } }
function deep(n) { return n === 0 ? 0 : 1 + deep(n - 1); }
module.exports = { g };
`.replace(/\n/g, "\r\n");
    const [outcome] = await ask(`\ufeff${program}`, [
      [
        "assert.equal(g([1, 2]), 3)",
        "expect(new Stack().push(2)).toBe(1)",
        "assert.strictEqual(deep(5000), 5000)",
      ],
    ]);
    expect(outcome).toEqual({ verdict: "passed", passed: 3, total: 3 });
  });
});

describe("values", () => {
  const program = `
class Point { constructor(x) { this.x = x; } }
const values = {
  undefined: undefined, null: null, nan: NaN, minus: -0, zero: 0, inf: -Infinity, big: 2n ** 70n, tiny: 5e-324, text: "é😀\\n\\ud800",
  list: [1, [2, "3"], undefined], hole: [1, , 3], object: { b: [1], a: null }, gone: { a: 1, b: undefined }, point: new Point(1),
  bare: Object.assign(Object.create(null), { a: 1 }), map: new Map([["a", [1]], [2, "b"]]), set: new Set([3, [1], "a"]),
  fn: () => 1, symbol: Symbol("s"), error: new Error("e"), pattern: /a/, typed: new Uint8Array(2), boxed: new Number(3), date: new Date(5),
};
const v = (name) => values[name];`;

  test("of every plain kind arrive whole", async () => {
    const equal = [
      ["undefined", "undefined"],
      ["null", "null"],
      ["nan", "NaN"],
      ["minus", "-0"],
      ["inf", "-Infinity"],
      ["big", "1180591620717411303424n"],
      ["tiny", "5e-324"],
      ["text", '"é\\u{1f600}\\n\\ud800"'],
      ["list", "[1, [2, '3'], undefined]"],
      ["object", '{ a: null, "b": [0x1,], }'],
      ["gone", "{ a: 1, b: undefined }"],
      ["map", 'new Map([[2, `b`], ["a", [1]]])'],
      ["set", 'new Set(["a", 3, [1]])'],
    ].map(([name, literal]) => `assert.deepStrictEqual(v("${name}"), ${literal})`);
    expect(await ask(program, [equal])).toEqual([{ verdict: "passed", passed: 13, total: 13 }]);
  });

  test.each([
    // Each assertion keeps its own notion of equal; the left ones hold, the right ones do not.
    ["assert.strictEqual(v('nan'), NaN)", "assert.strictEqual(v('zero'), -0)"],
    ["assert(v('minus') === 0)", "assert(v('zero') === '0')"],
    ["assert(v('zero') == '0')", "assert(v('nan') == 0)"],
    ["assert.equal(v('nan'), NaN)", "assert.equal(v('null'), 0)"],
    ["assert.equal(v('null'), undefined)", "assert.strictEqual(v('null'), undefined)"],
    ["expect(v('minus')).toBe(-0)", "expect(v('minus')).toBe(0)"],
    ["expect(v('gone')).toEqual({ a: 1 })", "expect(v('gone')).toStrictEqual({ a: 1 })"],
    ["expect(v('hole')).toEqual([1, undefined, 3])", "assert.deepEqual(v('hole'), [1, undefined, 3])"],
    ["expect(v('point')).toEqual({ x: 1 })", "assert.deepStrictEqual(v('point'), { x: 1 })"],
    ["assert.deepEqual(v('point'), { x: '1' })", "assert.deepEqual(v('gone'), { a: 1 })"],
    ["assert.deepEqual(v('bare'), { a: 1 })", "assert.deepStrictEqual(v('bare'), { a: 1 })"],
    [
      "assert.deepEqual(v('list'), ['1', [2, 3], null])",
      "assert.deepStrictEqual(v('list'), [1, [2, 3], undefined])",
    ],
    ["expect(v('null')).toBeNull()", "expect(v('undefined')).toBeNull()"],
    ["expect(v('undefined')).toBeUndefined()", "expect(v('error')).toEqual({})"],
    ["assert(v('list'))", "assert(!v('list'))"],
    ["assert.ok(v('fn'))", "assert.deepEqual(v('typed'), [0, 0])"],
    ["assert(!v('null'))", "assert.deepEqual(v('boxed'), 3)"],
  ])("%s holds, %s does not", async (holds, fails) => {
    expect(await ask(program, [[holds]])).toEqual([{ verdict: "passed", passed: 1, total: 1 }]);
    expect((await ask(program, [[fails]]))[0]).toMatchObject({ verdict: "wrong", passed: 0 });
  });

  test("are shown as their language writes them", async () => {
    const shown = async (name: string) =>
      (await ask(program, [[`assert.deepEqual(v("${name}"), "other")`]]))[0]!.failure!.actual;
    expect(await shown("object")).toBe("{ b: [1], a: null }");
    expect(await shown("point")).toBe("Point { x: 1 }");
    expect(await shown("map")).toBe('new Map([["a", [1]], [2, "b"]])');
    expect(await shown("hole")).toBe("[1, <empty>, 3]");
    expect(await shown("fn")).toBe("<function>");
  });
});

describe("TypeScript", () => {
  test("types are taken out, and errors keep the lines of the program", async () => {
    const program = `interface Box<T> {
  value: T;
}
enum Colour { Red = 1, Green }
export function f<T extends number>(box: Box<T>, ...rest: readonly string[]): number {
  const x = box.value as number satisfies number;
  if (x > 5)
    throw new Error(\`too big\`);
  return x! + Colour.Green;
}
class Thing { constructor(private readonly n: number) {} get(): number { return this.n; } }`;
    const asserts = ["assert.strictEqual(f({ value: 1 }), 3)", "expect(new Thing(4).get()).toBe(4)"];
    expect(await ask(program, [asserts], quick, "typescript")).toEqual([
      { verdict: "passed", passed: 2, total: 2 },
    ]);
    const [failed] = await ask(program, [["assert.equal(f({ value: 9 }), 3)"]], quick, "typescript");
    expect(failed!.failure).toMatchObject({ error: "Error: too big", line: 8 });
    const [broken] = await ask(
      "let a: number = 1;\nlet b: = 2;",
      [["assert.equal(b, 2)"]],
      quick,
      "typescript",
    );
    expect(broken).toMatchObject({ verdict: "unparsable", failure: { line: 2 } });
  });
});

describe("scripts", () => {
  test.each([
    "const lines = require('fs').readFileSync(0, 'utf8').split('\\n');\nconsole.log(lines.filter(Boolean).map(Number).reduce((a, b) => a + b, 0));",
    "import { readFileSync } from 'node:fs';\nlet sum = 0;\nfor (const n of readFileSync('/dev/stdin').toString().split(/\\s+/)) sum += +n;\nprocess.stdout.write(sum + '\\n');",
    "const rl = require('readline').createInterface({ input: process.stdin });\nlet sum = 0;\nrl.on('line', (line) => { sum += Number(line); });\nrl.on('close', () => console.log(sum));",
    "let data = '';\nprocess.stdin.on('data', (part) => { data += part; });\nprocess.stdin.on('end', () => { console.log(String(data.split('\\n').reduce((a, b) => a + +b, 0))); process.exit(0); });",
    "(async () => { let sum = 0; for await (const line of require('readline').createInterface({ input: process.stdin })) sum += +line; console.log(sum); })();",
  ])("read stdin and are judged by stdout: %j", async (program) => {
    expect(
      await feed(program, [
        ["1\n2\n", "3\n"],
        ["", "0"],
        ["5\n", "6"],
      ]),
    ).toEqual({
      verdict: "wrong",
      passed: 2,
      total: 3,
      failure: { test: 2, input: "5\n", expected: "6", actual: "5\n" },
    });
  });

  test("console.log writes values as Node does, on one line", async () => {
    const program =
      "console.log([1, 'a', [], {}], { a: -0, 'b c': null }, new Map([[1, 'x']]), new Set(), 5n, undefined, 'text')";
    const line = "[ 1, 'a', [], {} ] { a: -0, 'b c': null } Map(1) { 1 => 'x' } Set(0) {} 5n undefined text";
    expect(await feed(program, [["", line]])).toMatchObject({ verdict: "passed" });
  });

  test.each([
    ["process.exit(3)", "exception", /process\.exit: 3/],
    ["console.log(1", "unparsable", /SyntaxError/],
    ["for (;;);", "cpu-time", /CPU/],
    ["for (;;) console.log('x'.repeat(999))", "output", /output limit/],
    ["require('child_process')", "exception", /Cannot find module/],
    ["require('fs').readFileSync('/etc/passwd')", "exception", /no file can be read but stdin/],
    ["console.log(2)", "wrong", /^$/],
  ])("%j gives %s", async (program, verdict, error) => {
    const outcome = await feed(program, [
      ["x", "1"],
      ["y", "1"],
    ]);
    expect(outcome).toMatchObject({ verdict, passed: 0, total: 2 });
    expect(outcome.failure!.error ?? "").toMatch(error);
  });
});

const secret = "the-secret-51c2";

describe("hostile programs", () => {
  test.each([
    [
      "an object that is equal to everything",
      "class E { valueOf() { return 1; } toString() { return 'x'; } [Symbol.toPrimitive]() { return 1; } }\nconst f = () => new E()",
    ],
    ["toJSON that lies", "const f = () => ({ toJSON: () => 1, length: 1 })"],
    ["getters that change their mind", "let n = 0;\nconst f = () => ({ get a() { return n++; } })"],
    [
      "a Proxy for everything",
      "const trap = new Proxy({}, { get: () => () => new Proxy(() => true, trap) });\nconst f = () => new Proxy({}, { get: () => true, ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) })",
    ],
    [
      "a Proxy that throws",
      "const f = () => new Proxy({}, { getPrototypeOf() { throw 1; }, ownKeys() { throw 2; } })",
    ],
    ["an array with a lying length", "const f = () => { const a = [1]; a.length = 4294967295; return a; }"],
    [
      "patched JSON, Reflect and Object",
      "for (const o of [JSON, Reflect, Object, Array, String, Number]) for (const k of Object.getOwnPropertyNames(o)) if (typeof o[k] === 'function') o[k] = () => '{\"j\":true}';\nconst f = () => 1",
    ],
    [
      "poisoned prototypes",
      "for (const p of [Object.prototype, Array.prototype, String.prototype, Function.prototype, Map.prototype, Promise.prototype]) for (const k of Reflect.ownKeys(p)) try { p[k] = () => { throw 'poison'; }; } catch {}\nObject.prototype.leaked = 1;\nvar leaked = 1;\nconst f = () => 1",
    ],
    [
      "setters on Object.prototype",
      "for (const k of ['0', '1', 'e', 'value', 'length', 'enumerable']) Object.defineProperty(Object.prototype, k, { set() { throw 'set'; }, get() { return true; }, configurable: true });\nconst f = () => [1, { a: 2 }]",
    ],
    [
      "a species that lies",
      "class L extends Array { static get [Symbol.species]() { return String; } get length() { return 0; } [Symbol.iterator]() { return 1; } }\nconst f = () => L.from([1, 2])",
    ],
    [
      "looks at its caller",
      "function f() { return [f.caller, f.arguments && f.arguments.callee.caller, new Error().stack].map(String).join(); }",
    ],
    [
      "prepareStackTrace",
      "Error.prepareStackTrace = (e, frames) => frames;\nconst f = () => new Error().stack",
    ],
    [
      "reaches for the host",
      "const g = Function('return this')();\nconst f = () => { const out = []; for (const n of ['process', 'Deno', 'Bun', 'WebAssembly', 'fetch', 'XMLHttpRequest', 'Worker', 'SharedArrayBuffer_', 'std', 'os', 'scriptArgs', 'print', 'load', 'Buffer', 'navigator', 'importScripts']) if (typeof g[n] !== 'undefined') out.push(n); return out.length ? 'harm ' + out : 1; }",
    ],
    [
      "climbs by constructors",
      "const f = () => { const out = []; for (const fn of [console.log, setTimeout, require, clearTimeout]) { const F = fn.constructor; try { out.push(F('return typeof process + typeof globalThis.fetch')()); } catch (e) { out.push('no'); } } return out.some((s) => s.includes('object')) ? 'harm' : 1; }",
    ],
    [
      "imports modules",
      "let got = 1;\nimport('fs').then((m) => { got = 'harm ' + Object.keys(m); }, () => {});\nimport('std').then((m) => { got = 'harm'; }, () => {});\nconst f = () => got",
    ],
    [
      "requires modules",
      "const f = () => { for (const n of ['fs', 'os', 'child_process', 'process', 'node:fs']) { try { return 'harm ' + Object.keys(require(n)); } catch {} } return 1; }",
    ],
    [
      "prints what a grader might look for",
      'console.log(\'{"p":"ok"}\\n{"j":true}\\nPASSED\'); const f = () => 1',
    ],
    [
      "throws from everywhere",
      "Object.defineProperty(globalThis, 'f', { get() { throw { get message() { throw 1; }, get name() { throw 2; } }; } })",
    ],
    [
      "an error that lies about its stack",
      "const f = () => { const e = new Error('m'); e.stack = { toString() { throw 1; } }; e.name = {}; throw e; }",
    ],
    [
      "an error in an endless chain",
      "const f = () => { const e = {}; e.message = 'x'.repeat(1e6); e.name = e; throw e; }",
    ],
    [
      "a promise that calls back for ever",
      "const loop = () => Promise.resolve().then(loop); loop(); const f = () => 1",
    ],
    ["timers without end", "setInterval(() => {}, 0); const f = () => 1"],
    ["an integer of a million digits", "const f = () => 1n << 4000000n"],
    ["a value of 100 MB", "const f = () => 'a'.repeat(1e8)"],
    ["an array buffer beyond memory", "const f = () => new ArrayBuffer(3e9).byteLength"],
    ["nested source", `const f = () => ${"(".repeat(20000)}1${")".repeat(20000)}`],
    ["nested arrays", "const f = () => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a; }"],
    ["nested JSON", "const f = () => JSON.stringify(JSON.parse('['.repeat(1e6) + ']'.repeat(1e6)))"],
    ["a pattern of many brackets", "const f = () => new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('')"],
    [
      "recursion through the engine",
      "const f = () => { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x; }",
    ],
    [
      "recursion through sort and toString",
      "const f = () => { const o = { toString() { return [o, o].sort() + ''; } }; return '' + o; }",
    ],
    ["the name of a tag", "const f = () => ({ u: 0, x: 'opaque', toString: 1 })"],
  ])("%s", async (_name, program) => {
    const [outcome] = await ask(program, [
      [`assert.strictEqual(f(1), "${secret}")`, "assert.deepEqual(f(2), 987654321)"],
    ]);
    expect(outcome!.passed).toBe(0);
    expect(outcome!.verdict).not.toMatch(/passed|fault/);
    expect(outcome!.failure!.actual ?? "").not.toMatch(/harm/);
    await expectHonestPass();
  });

  test("no frame that entered the worker held an expected value", () => {
    expect(frames.length).toBeGreaterThan(100);
    expect(frames.filter((frame) => frame.includes(secret) || frame.includes("987654321"))).toEqual([]);
  });

  test("a realm begins anew: equal in its randomness, with nothing of an earlier program", async () => {
    const random =
      "const f = () => [Math.random(), Math.random(), typeof leaked, Object.keys(globalThis).length]";
    const actual = async (salt: number) =>
      (await ask(`${random} // ${salt}`, [["assert.deepEqual(f(), 0)"]]))[0]!.failure!.actual;
    const first = await actual(1);
    await ask("globalThis.leaked = 1; var other = 2; Math.random()", [["assert.equal(other, 2)"]]);
    expect(await actual(2)).toBe(first);
  });
});
