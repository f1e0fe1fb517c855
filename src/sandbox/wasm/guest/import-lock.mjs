// The wall around Pyodide: a WebAssembly program reaches the host through its imports and in no other way. Every
// import of everything that is instantiated after `guardImports` goes through a gate; once the lock is on, only what
// a running program needs is let through, and the rest, JavaScript's objects above all, ends the program.
// @ts-check

/** Thrown into a program that called what is locked. */
export class Locked extends Error {}

// Pure arithmetic, clocks and the ends of a program. What touches files is listed in memory-files.mjs.
const harmless = new Set([
  "_PyEM_TrampolineCall_JS", // calls a function of the program's own table
  "_Py_CheckEmscriptenSignals_Helper",
  "clock_time_get",
  "clock_res_get",
  "emscripten_get_now",
  "emscripten_date_now",
  "_emscripten_get_now_is_monotonic",
  "_localtime_js",
  "_gmtime_js",
  "_mktime_js",
  "_timegm_js",
  "_tzset_js",
  "emscripten_get_heap_max",
  "_emscripten_throw_longjmp",
  "random_get",
  "getentropy",
  "environ_sizes_get",
  "environ_get",
  "_Py_emscripten_runtime",
  "_emscripten_runtime_keepalive_clear",
  "emscripten_runtime_keepalive_push",
  "emscripten_runtime_keepalive_pop",
  "__call_sighandler", // of the program's own table too
  "__syscall_umask_js",
]);

/** Errors of system calls, by WASI's numbers. */
const ENOSYS = 52;

/**
 * @typedef {(...values: number[]) => number} Import
 * @typedef {{ on: boolean, replaced: Map<string, (original: Import) => Import> }} Lock
 */

/**
 * Puts a gate before every import of modules instantiated from now on in this thread.
 * @param {Map<string, (original: Import) => Import>} replaced what stands in for an import once the lock is on
 * @returns {Lock}
 */
export function guardImports(replaced) {
  /** @type {Lock} */
  const lock = { on: false, replaced };
  const { WebAssembly } = /** @type {any} */ (globalThis);
  const { instantiate, Instance } = WebAssembly;
  const guarded = (/** @type {Record<string, any> | undefined} */ imports) => {
    if (imports === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(imports).map(([space, names]) => [
        space,
        new Proxy(names, { get: (target, name) => gate(lock, String(name), target[name]) }),
      ]),
    );
  };
  WebAssembly.instantiate = (/** @type {unknown} */ source, /** @type {any} */ imports) =>
    instantiate.call(WebAssembly, source, guarded(imports));
  WebAssembly.instantiateStreaming = undefined;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, [module, imports]) {
      if (lock.on) throw new Locked("a new module");
      return new target(module, guarded(imports));
    },
  });
  return lock;
}

/** @param {Lock} lock @param {string} name @param {unknown} original */
function gate(lock, name, original) {
  // Memories, tables, globals and functions that are WebAssembly's own hold nothing of the host.
  if (typeof original !== "function") return original;
  const call = /** @type {Import} */ (original);
  const instead = lock.replaced.get(name)?.(call);
  return (/** @type {number[]} */ ...values) => {
    if (!lock.on) return call(...values);
    if (instead) return instead(...values);
    if (harmless.has(name)) return call(...values);
    if (name.startsWith("__syscall_")) return -ENOSYS;
    if (/^(?:fd|path|sock|poll)_/.test(name)) return ENOSYS;
    throw new Locked(name);
  };
}
