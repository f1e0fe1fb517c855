// What a JavaScript program finds around it, and what reads its values. The text of `installRealm` is evaluated inside
// the program's own realm, before the program: nothing in it is trusted with a verdict, and nothing of the host is
// reachable from it, because no function of the host is ever given to it. It keeps the language's own functions in its
// closure, so that a program which patches prototypes only harms itself.
//
// Values become JSON (read again by script-wire.ts): null, booleans, strings and numbers as they are; {"u":0} undefined,
// {"n":"NaN"|"Infinity"|"-Infinity"|"-0"}, {"i":"0x…"} big integer, […] array, {"h":0} a hole in one, {"o":[[key,
// value]…],"c"?:class} object, {"m":[[key,value]…]} Map, {"s":[…]} Set, {"d":time} Date, {"x":type} anything else.
// @ts-check

/**
 * @typedef {object} Realm What the harness calls; see script-engine.mjs.
 * @property {(value: unknown, budget: number) => string} encode text of a value; throws TooLarge as a string
 * @property {(error: unknown) => string} describe JSON of [type, message, line], with "memory" or "output" as a fourth
 * @property {(input: string, limit: number) => void} open gives stdin, and the shims of a script
 * @property {(limit: number) => void} limitOutput
 * @property {() => string} output everything that was printed
 * @property {() => boolean} runTimer runs the timer that is due next; whether there was one
 * @property {(error: unknown) => number} exitCode of a script that left by process.exit, or -1
 */

export function installRealm() {
  const { apply, ownKeys, get, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
  const { isArray, prototype: arrayPrototype } = Array;
  const { stringify } = JSON;
  const { prototype: objectPrototype, is, defineProperty } = Object;
  const { slice, split, charCodeAt, indexOf } = String.prototype;
  const { join } = arrayPrototype;
  const text = String;
  const bigText = BigInt.prototype.toString;
  const sizeOf = (/** @type {object} */ prototype) =>
    /** @type {() => number} */ (
      /** @type {PropertyDescriptor} */ (getOwnPropertyDescriptor(prototype, "size")).get
    );
  const mapSize = sizeOf(Map.prototype);
  const setSize = sizeOf(Set.prototype);
  const { forEach: eachOfMap } = Map.prototype;
  const { forEach: eachOfSet } = Set.prototype;
  const { getTime } = Date.prototype;
  const { exec } = RegExp.prototype;
  const TypeErrorHere = TypeError;
  const PromiseHere = Promise;
  const thenOf = Promise.prototype.then;
  const maximum = Math.max;
  const { isFinite: finite } = Number;
  /** @type {unknown[][]} */
  const opaque = [
    Error,
    RegExp,
    Promise,
    Number,
    String,
    Boolean,
    BigInt,
    Symbol,
    ArrayBuffer,
    DataView,
    WeakMap,
    WeakSet,
    Function,
  ]
    .map((type) => /** @type {unknown[]} */ ([type.prototype, type.name]))
    .concat([[getPrototypeOf(Uint8Array.prototype), "TypedArray"]]);
  const tooLarge = "the value is larger than the output limit";

  let budget = 0;
  let spent = false;
  const add = (/** @type {unknown[]} */ list, /** @type {unknown} */ item) =>
    defineProperty(list, list.length, { value: item, writable: true, enumerable: true, configurable: true });
  const spend = (/** @type {number} */ amount) => {
    budget -= amount;
    if (budget < 0) {
      spent = true;
      throw tooLarge;
    }
  };
  const attempt = (/** @type {Function} */ method, /** @type {unknown} */ self) => {
    try {
      return apply(method, self, []);
    } catch {
      return undefined;
    }
  };

  /** @type {(value: unknown, depth: number) => string} */
  const encode = (value, depth) => {
    spend(2);
    if (depth > 200) spend(budget + 1);
    switch (typeof value) {
      case "undefined":
        return '{"u":0}';
      case "boolean":
        return value ? "true" : "false";
      case "string":
        spend(value.length);
        return stringify(value);
      case "number":
        if (!finite(value)) return `{"n":"${value}"}`;
        return is(value, -0) ? '{"n":"-0"}' : text(value);
      case "bigint": {
        const digits = apply(bigText, value < 0n ? -value : value, [16]);
        spend(digits.length);
        return `{"i":"${value < 0n ? "-" : ""}0x${digits}"}`;
      }
      case "object":
        return value === null ? "null" : encodeObject(value, depth + 1);
      default:
        return `{"x":"${typeof value}"}`;
    }
  };
  /** @type {(parts: string[]) => string} */
  const list = (parts) => `[${apply(join, parts, [","])}]`;
  /** @type {(value: object, depth: number) => string} */
  const encodeObject = (value, depth) => {
    /** @type {string[]} */
    const parts = [];
    if (isArray(value)) {
      const length = value.length;
      spend(length);
      for (let i = 0; i < length; i++)
        add(
          parts,
          getOwnPropertyDescriptor(value, i) === undefined ? '{"h":0}' : encode(get(value, i), depth),
        );
      return list(parts);
    }
    if (attempt(mapSize, value) !== undefined) {
      apply(eachOfMap, value, [
        (/** @type {unknown} */ item, /** @type {unknown} */ key) =>
          add(parts, `[${encode(key, depth)},${encode(item, depth)}]`),
      ]);
      return `{"m":${list(parts)}}`;
    }
    if (attempt(setSize, value) !== undefined) {
      apply(eachOfSet, value, [(/** @type {unknown} */ item) => add(parts, encode(item, depth))]);
      return `{"s":${list(parts)}}`;
    }
    const time = attempt(getTime, value);
    if (time !== undefined) return `{"d":${encode(time, depth)}}`;
    const prototype = getPrototypeOf(value);
    for (let at = prototype, steps = 0; at !== null && at !== objectPrototype && steps < 100; steps++) {
      for (let i = 0; i < opaque.length; i++)
        if (/** @type {unknown[]} */ (opaque[i])[0] === at)
          return `{"x":${stringify(/** @type {unknown[]} */ (opaque[i])[1])}}`;
      at = getPrototypeOf(at);
    }
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key !== "string") continue;
      if (!(/** @type {PropertyDescriptor | undefined} */ (getOwnPropertyDescriptor(value, key))?.enumerable))
        continue;
      spend(key.length + 3);
      add(parts, `[${stringify(key)},${encode(get(value, key), depth)}]`);
    }
    const kind = prototype === objectPrototype ? "" : `,"c":${stringify(className(prototype))}`;
    return `{"o":${list(parts)}${kind}}`;
  };
  /** @type {(prototype: object | null) => string} */
  const className = (prototype) => {
    if (prototype === null) return "null";
    const type = getOwnPropertyDescriptor(prototype, "constructor")?.value;
    const name = typeof type === "function" ? getOwnPropertyDescriptor(type, "name")?.value : undefined;
    return typeof name === "string" ? apply(slice, name, [0, 80]) : "object";
  };

  /** @type {string[]} */
  const printed = [];
  let room = 0;
  let flooded = false;
  const print = (/** @type {string} */ words) => {
    room -= words.length;
    if (room < 0) {
      flooded = true;
      throw new RangeErrorHere("the output limit was reached");
    }
    add(printed, words);
  };
  const RangeErrorHere = RangeError;

  /** One line as Node prints it, as long as it is short. @type {(value: unknown, depth: number) => string} */
  const show = (value, depth) => {
    if (typeof value === "string") return depth === 0 ? value : `'${value}'`;
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "symbol") return apply(Symbol.prototype.toString, value, []);
    if (typeof value === "function") return `[Function: ${value.name || "(anonymous)"}]`;
    if (typeof value !== "object" || value === null) return is(value, -0) ? "-0" : text(value);
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : text(value);
    if (depth > 3) return isArray(value) ? "[Array]" : "[Object]";
    /** @type {string[]} */
    const parts = [];
    const wrap = (/** @type {string} */ open, /** @type {string} */ close) =>
      parts.length === 0 ? open + close : `${open} ${apply(join, parts, [", "])} ${close}`;
    if (isArray(value)) {
      for (let i = 0; i < value.length && i < 100; i++) add(parts, show(value[i], depth + 1));
      if (value.length > 100)
        add(parts, `... ${value.length - 100} more item${value.length > 101 ? "s" : ""}`);
      return parts.length === 0 ? "[]" : wrap("[", "]");
    }
    const entries = attempt(mapSize, value);
    if (entries !== undefined) {
      apply(eachOfMap, value, [
        (/** @type {unknown} */ item, /** @type {unknown} */ key) =>
          add(parts, `${show(key, depth + 1)} => ${show(item, depth + 1)}`),
      ]);
      return `Map(${entries}) ${wrap("{", "}")}`;
    }
    const members = attempt(setSize, value);
    if (members !== undefined) {
      apply(eachOfSet, value, [(/** @type {unknown} */ item) => add(parts, show(item, depth + 1))]);
      return `Set(${members}) ${wrap("{", "}")}`;
    }
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key !== "string" || !getOwnPropertyDescriptor(value, key)?.enumerable) continue;
      const name = apply(exec, /^[A-Za-z_$][\w$]*$/, [key]) ? key : `'${key}'`;
      add(parts, `${name}: ${show(get(value, key), depth + 1)}`);
    }
    const prototype = getPrototypeOf(value);
    const kind =
      prototype === objectPrototype
        ? ""
        : prototype === null
          ? "[Object: null prototype] "
          : `${className(prototype)} `;
    return kind + wrap("{", "}");
  };
  const log = (/** @type {unknown[]} */ ...values) => {
    /** @type {string[]} */
    const parts = [];
    for (let i = 0; i < values.length; i++) add(parts, show(values[i], 0));
    print(`${apply(join, parts, [" "])}\n`);
  };
  const silent = () => {};

  // Timers run in the order of their times, without waiting: nothing in here sleeps, and no verdict hangs on a clock.
  /** @type {{ id: number, due: number, run: Function, values: unknown[], every: number }[]} */
  const timers = [];
  let now = 0;
  let lastTimer = 0;
  const timer = (
    /** @type {Function} */ run,
    /** @type {number} */ delay,
    /** @type {unknown[]} */ values,
    /** @type {boolean} */ again,
  ) => {
    const wait = delay > 0 ? delay : 0;
    const id = ++lastTimer;
    add(timers, { id, due: now + wait, run, values, every: again ? maximum(1, wait) : -1 });
    return id;
  };
  const clear = (/** @type {number} */ id) => {
    for (let i = 0; i < timers.length; i++) if (timers[i]?.id === id) remove(i);
  };
  const remove = (/** @type {number} */ index) => {
    for (let i = index; i + 1 < timers.length; i++) add2(timers, i, timers[i + 1]);
    timers.length = timers.length - 1;
  };
  const add2 = (/** @type {unknown[]} */ items, /** @type {number} */ i, /** @type {unknown} */ item) =>
    defineProperty(items, i, { value: item, writable: true, enumerable: true, configurable: true });
  const runTimer = () => {
    let next = -1;
    for (let i = 0; i < timers.length; i++)
      if (next < 0 || /** @type {any} */ (timers[i]).due < /** @type {any} */ (timers[next]).due) next = i;
    const found = timers[next];
    if (!found) return false;
    now = found.due;
    remove(next);
    if (found.every > 0) add(timers, { ...found, due: now + found.every });
    apply(found.run, undefined, found.values);
    return true;
  };

  // The same numbers in every run: the same program gets the same verdict. (xorshift32, Marsaglia 2003.)
  let seed = 0x9e3779b9;
  Math.random = () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 4294967296;
  };

  const world = /** @type {any} */ (globalThis);
  const give = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    defineProperty(world, name, { value, writable: true, enumerable: false, configurable: true });
  give("console", {
    log,
    info: log,
    debug: log,
    error: silent,
    warn: silent,
    trace: silent,
    assert: silent,
    time: silent,
    timeEnd: silent,
  });
  give(
    "setTimeout",
    (/** @type {Function} */ run, /** @type {number} */ delay, /** @type {unknown[]} */ ...values) =>
      timer(run, delay, values, false),
  );
  give(
    "setInterval",
    (/** @type {Function} */ run, /** @type {number} */ delay, /** @type {unknown[]} */ ...values) =>
      timer(run, delay, values, true),
  );
  give("setImmediate", (/** @type {Function} */ run, /** @type {unknown[]} */ ...values) =>
    timer(run, 0, values, false),
  );
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) give(name, clear);
  give("module", { exports: {} });
  give("exports", world.module.exports);
  give("global", world);
  /** @type {Record<string, unknown>} */
  const modules = { __proto__: null };
  give("require", (/** @type {string} */ name) => {
    const found = modules[apply(indexOf, name, ["node:"]) === 0 ? apply(slice, name, [5]) : name];
    if (found === undefined) throw new TypeErrorHere(`Cannot find module '${name}'`);
    return found;
  });

  /** A script's surroundings: stdin as text, stdout, the usual ways to read lines. */
  const open = (/** @type {string} */ input, /** @type {number} */ limit) => {
    room = limit;
    /** @type {{ name: string, run: Function, self: object }[]} */
    const listeners = [];
    const fire = (
      /** @type {object} */ self,
      /** @type {string} */ name,
      /** @type {unknown[]} */ values,
    ) => {
      for (let i = 0; i < listeners.length; i++) {
        const one = /** @type {{ name: string, run: Function, self: object }} */ (listeners[i]);
        if (one.self === self && one.name === name) apply(one.run, self, values);
      }
    };
    const source = (/** @type {() => void} */ start) => {
      let started = false;
      const self = {
        on(/** @type {string} */ name, /** @type {Function} */ run) {
          add(listeners, { name, run, self });
          if (!started) timer(start, 0, [], false);
          started = true;
          return self;
        },
        setEncoding: () => self,
        resume: () => self,
        pause: () => self,
        close: silent,
        setPrompt: silent,
        prompt: silent,
      };
      return /** @type {any} */ (Object.assign(self, { once: self.on, addListener: self.on }));
    };
    const lines = apply(
      split,
      apply(charCodeAt, input, [input.length - 1]) === 10 ? apply(slice, input, [0, -1]) : input,
      ["\n"],
    );
    if (input === "") lines.length = 0;
    const stdin = source(() => {
      if (input !== "") fire(stdin, "data", [input]);
      fire(stdin, "end", []);
      fire(stdin, "close", []);
    });
    stdin.fd = 0;
    stdin[Symbol.asyncIterator] = async function* () {
      if (input !== "") yield input;
    };
    const createInterface = () => {
      let at = 0;
      const reader = source(() => {
        while (at < lines.length) fire(reader, "line", [lines[at++]]);
        fire(reader, "close", []);
      });
      reader.question = (/** @type {string} */ _words, /** @type {Function} */ run) =>
        timer(run, 0, [lines[at++] ?? ""], false);
      reader[Symbol.asyncIterator] = async function* () {
        while (at < lines.length) yield lines[at++];
      };
      return reader;
    };
    const readFileSync = (/** @type {unknown} */ path) => {
      if (path === 0 || path === "/dev/stdin") return input;
      throw new TypeErrorHere(`no file can be read but stdin: readFileSync(0), not ${show(path, 1)}`);
    };
    const writeSync = (/** @type {unknown} */ descriptor, /** @type {unknown} */ words) => {
      if (descriptor === 1) print(text(words));
    };
    const write = (/** @type {unknown} */ words) => {
      print(text(words));
      return true;
    };
    modules.fs = {
      readFileSync,
      writeSync,
      writeFileSync: (/** @type {unknown} */ path, /** @type {unknown} */ words) =>
        writeSync(path === "/dev/stdout" ? 1 : path, words),
    };
    modules.readline = { createInterface };
    modules.process = {
      stdin,
      stdout: { write },
      stderr: { write: () => true },
      argv: ["node", "program"],
      env: {},
      exitCode: 0,
      exit(/** @type {number | undefined} */ code) {
        throw { leaves: code ?? /** @type {any} */ (modules.process).exitCode ?? 0 };
      },
      on: silent,
      nextTick: (/** @type {Function} */ run, /** @type {unknown[]} */ ...values) =>
        apply(thenOf, PromiseHere.resolve(), [() => apply(run, undefined, values)]),
    };
    give("process", modules.process);
  };

  const describe = (/** @type {any} */ error) => {
    const cut = (/** @type {unknown} */ value, /** @type {number} */ limit) =>
      apply(slice, text(value), [0, limit]);
    let type = "";
    let message = "";
    let line = null;
    try {
      if (typeof error === "object" && error !== null && typeof error.message === "string") {
        type = cut(error.name, 80);
        message = cut(error.message, 400);
        const found = apply(exec, /<program>:(\d+)/, [error.stack]);
        if (found) line = +found[1];
      } else {
        type = "Uncaught";
        message = cut(show(error, 1), 400);
      }
    } catch {
      type = type || "Error";
    }
    const limit =
      spent || flooded
        ? "output"
        : type === "InternalError" && message === "out of memory"
          ? "memory"
          : undefined;
    if (spent) message = tooLarge;
    spent = false;
    return stringify(limit ? [type, message, line, limit] : [type, message, line]);
  };

  return {
    encode: (/** @type {unknown} */ value, /** @type {number} */ limit) => {
      budget = limit;
      spent = false;
      return encode(value, 0);
    },
    describe,
    exitCode: (/** @type {any} */ error) => {
      try {
        return typeof error === "object" && typeof error?.leaves === "number" ? error.leaves & 255 : -1;
      } catch {
        return -1;
      }
    },
    open,
    limitOutput: (/** @type {number} */ limit) => {
      room = limit;
    },
    output: () => apply(join, printed, [""]),
    runTimer,
  };
}
