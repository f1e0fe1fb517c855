// Runs JavaScript and TypeScript programs in QuickJS, compiled to WebAssembly, in a thread of the worker process. Every
// program gets an instance of its own: its own linear memory, its own realm. No function of the host is put into it,
// and what comes out is text. The thread may be ended at any point by supervisor.mjs, which counts the CPU time.
// @ts-check
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import release from "@jitl/quickjs-ng-wasmfile-release-sync";
import { newQuickJSWASMModuleFromVariant, newVariant } from "quickjs-emscripten-core";
import { transform } from "sucrase";
import { installRealm } from "./script-realm.mjs";

/** @typedef {import("quickjs-emscripten-core").QuickJSHandle} Handle */
/** @typedef {import("./supervisor.mjs").Job} Job */
/** @typedef {{ type: string, message: string, line: number | null, limit?: "memory" | "output" }} Raised */

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
// Neither Node's types nor the language's know WebAssembly without those of a browser.
const { WebAssembly } = /** @type {any} */ (globalThis);
const variant = /** @type {import("quickjs-emscripten-core").QuickJSSyncVariant} */ (
  /** @type {unknown} */ (release)
);
const binary = readFileSync(workerData.wasm);
const wasmModule = await WebAssembly.compile(binary);
const realmSource = `(${installRealm})()`;
// The engine's own stack lies in its linear memory and is the smaller one: it overflows first, as an exception.
const stackBytes = 3 << 20;
// Pages of 64 KiB: what the module asks for at least, and what the engine and the realm take.
const leastPages = 256;
const pagesOfRealm = 64;

/** @param {number} memoryMb */
async function newRealm(memoryMb) {
  // The engine does not count what it allocates in WebAssembly; the memory itself can't grow beyond its maximum.
  const maximum = Math.min(32_768, Math.max(leastPages, Math.ceil(memoryMb * 16) + pagesOfRealm));
  const wasmMemory = new WebAssembly.Memory({ initial: leastPages, maximum });
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule, wasmMemory }));
  const runtime = module.newRuntime({ maxStackSizeBytes: stackBytes });
  const context = runtime.newContext();
  const harness = context.unwrapResult(context.evalCode(realmSource, "<realm>"));
  return { runtime, context, harness, memoryMb };
}

let next = newRealm(512);

port.on("message", async (/** @type {Job} */ job) => {
  const { memoryMb } = job.limits;
  const made = await next;
  const realm = made.memoryMb === memoryMb ? made : await newRealm(memoryMb);
  const end = run(realm, job);
  port.postMessage(end);
  // Made between two programs, so that no program waits or pays for it.
  next = newRealm(memoryMb);
});
await next;
port.postMessage({ kind: "ready" });

/** @param {Awaited<ReturnType<typeof newRealm>>} realm @param {Job} job */
function run({ runtime, context, harness }, job) {
  const { limits } = job;
  const began = performance.now();
  const used = process.cpuUsage();
  let outOfTime = false;
  runtime.setInterruptHandler(() => {
    // A thread has no more CPU time than wall time, and the clock is the cheaper question.
    if (performance.now() - began < limits.cpuSeconds * 1000) return false;
    const { user, system } = process.cpuUsage(used);
    outOfTime = (user + system) / 1e6 >= limits.cpuSeconds;
    return outOfTime;
  });

  const ask = (/** @type {string} */ name, /** @type {Handle[]} */ ...values) =>
    context
      .getProp(harness, name)
      .consume((method) => context.callFunction(method, context.undefined, ...values));
  /** @type {string[]} */
  const lines = [];
  const answer = (/** @type {string} */ line) => {
    if (job.stepwise) port.postMessage({ kind: "answer", text: `${line}\n` });
    else lines.push(line);
  };
  /** @returns {{ e: unknown[], k?: unknown }} */
  const described = (/** @type {Handle} */ error) => {
    const result = ask("describe", error);
    error.dispose();
    if (result.error) return { e: ["Error", "an error that can't be described", null] };
    const [type, message, line, limit] = JSON.parse(context.getString(result.value));
    return { e: [type, message, line], ...(limit && { k: limit }) };
  };
  /** Runs what waits: promises first, then timers in order. @returns {Handle | undefined} an error */
  const settle = (/** @type {boolean} */ timers) => {
    for (;;) {
      const jobs = runtime.executePendingJobs();
      if (jobs.error) return jobs.error;
      if (!timers) return undefined;
      const timer = ask("runTimer");
      if (timer.error) return timer.error;
      if (!context.dump(timer.value)) return undefined;
    }
  };
  const finish = (/** @type {number} */ exit) => {
    const printed = job.style === "stdio" ? ask("output") : undefined;
    return {
      kind: "done",
      text: lines.map((line) => `${line}\n`).join(""),
      stdout: printed && !printed.error ? context.getString(printed.value) : "",
      exit,
    };
  };

  try {
    const number = (/** @type {number} */ value) => context.newNumber(value);
    if (job.style === "stdio") ask("open", context.newString(job.stdin ?? ""), number(limits.outputBytes));
    else ask("limitOutput", number(limits.outputBytes));
    const source = prepared(job);
    if (typeof source !== "string") {
      answer(JSON.stringify({ p: "unparsable", e: source.e }));
      return finish(0);
    }
    const parsed = context.evalCode(source, "<program>", { type: "global", compileOnly: true });
    if (parsed.error) {
      answer(JSON.stringify({ p: "unparsable", e: described(parsed.error).e }));
      return finish(0);
    }
    const ran = context.evalCode(source, "<program>", { type: "global" });
    const failed = ran.error ?? settle(true);
    if (outOfTime) return finish(timeUp());
    if (failed) {
      if (job.style === "stdio") {
        const code = ask("exitCode", failed);
        const left = code.error ? -1 : context.getNumber(code.value);
        if (left === 0) return ended(null);
        if (left > 0) return ended({ e: ["process.exit", String(left), null] });
        return ended(described(failed));
      }
      answer(JSON.stringify({ p: "error", ...described(failed) }));
      return finish(0);
    }
    if (job.style === "stdio") return ended(null);
    answer('{"p":"ok"}');
    let room = limits.outputBytes;
    for (const call of job.calls ?? []) {
      const line = one(call, room);
      if (outOfTime) return finish(timeUp());
      room -= line.length;
      answer(line);
    }
    return finish(0);
  } catch (error) {
    if (outOfTime) return finish(timeUp());
    // The machine's own stack, or a trap: nothing more can be asked of this instance.
    return {
      kind: "done",
      text: lines.map((line) => `${line}\n`).join(""),
      stdout: "",
      exit: signalOf(error),
    };
  }

  /** How the script ended. @param {{ e: unknown[], k?: unknown } | null} end */
  function ended(end) {
    answer('{"p":"ok"}');
    answer(JSON.stringify({ c: end, end: null }));
    return finish(0);
  }

  function timeUp() {
    answer('{"end":"cpu"}');
    return 0;
  }

  /** @param {string} call @param {number} room */
  function one(call, room) {
    const waits = /^\s*await\b/.test(call);
    const result = context.evalCode(waits ? `(async () => (${call}\n))()` : `(${call}\n)`, "<test>", {
      type: "global",
    });
    if (result.error) return JSON.stringify(described(result.error));
    let value = result.value;
    const failed = settle(waits);
    if (failed) return JSON.stringify(described(failed));
    if (waits) {
      const state = context.getPromiseState(value);
      if (state.type === "rejected") return JSON.stringify(described(state.error));
      if (state.type === "pending")
        return JSON.stringify({ e: ["Error", "the promise is never settled", null] });
      value = state.value;
    }
    const encoded = ask("encode", value, context.newNumber(room));
    return encoded.error
      ? JSON.stringify(described(encoded.error))
      : `{"j":${context.getString(encoded.value)}}`;
  }
}

/**
 * The program as plain JavaScript with its lines where they were: types are cut out, `import` and `export` become
 * calls. @param {Job} job @returns {string | { e: unknown[] }}
 */
function prepared(job) {
  const isTyped = job.language === "typescript";
  const isModule = /^\s*(?:import|export)\b/m.test(job.program);
  const program = job.program.replace(/^\ufeff/, "");
  if (!isTyped && !isModule) return program;
  try {
    return transform(program, {
      transforms: [
        ...(isTyped ? /** @type {const} */ (["typescript"]) : []),
        ...(isModule ? /** @type {const} */ (["imports"]) : []),
      ],
      disableESTransforms: true,
      production: true,
    }).code;
  } catch (error) {
    const { message = "", loc } = /** @type {{ message?: string, loc?: { line: number } }} */ (error);
    // QuickJS names what is wrong in plain JavaScript better than a tool that only cuts.
    if (!isTyped) return program;
    return {
      e: [
        "SyntaxError",
        message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, ""),
        loc?.line ?? null,
      ],
    };
  }
}

/** @param {unknown} error what WebAssembly threw into the host, as the signal that it would have been */
function signalOf(error) {
  if (error instanceof WebAssembly.RuntimeError && /out of bounds/.test(/** @type {Error} */ (error).message))
    return -11;
  return -6;
}
