// The main thread of a WebAssembly worker process: it reads jobs from its stdin, hands each to the engine's thread, and
// ends that thread where a limit strikes that the engine could not see to itself. It does nothing else, so that it
// always answers. Frames in both directions: a four-byte big-endian length, then JSON.
//
// usage: supervisor.mjs ENGINE DATA, where ENGINE is a file beside this one and DATA is JSON for it.
// @ts-check
import { Worker } from "node:worker_threads";

/**
 * @typedef {object} Limits
 * @property {number} cpuSeconds
 * @property {number} wallSeconds
 * @property {number} memoryMb
 * @property {number} outputBytes
 * @property {number} answerBytes
 *
 * @typedef {object} Job
 * @property {"function" | "stdio"} style
 * @property {string} [language]
 * @property {string} program
 * @property {string[]} [calls]
 * @property {boolean} [stepwise]
 * @property {string} [stdin]
 * @property {Limits} limits
 *
 * @typedef {{ kind: "ready" } | { kind: "keep", state: unknown } | { kind: "answer", text: string }
 *   | { kind: "done", text: string, stdout: string, exit: number, replace?: boolean }} Message
 */

const [, , engine = "", data = "{}"] = process.argv;
const stackMb = 64;
const tickMs = 20;
const graceSeconds = 0.2;
const SIGPROF = 27;

/** What an engine found out while it started and wants its successors to know. @type {unknown} */
let kept;
/** What the engine looks at while it runs, a signal's number, and what it tells: the microseconds that it has slept. */
const alarm = new SharedArrayBuffer(8);

/** @type {Worker | undefined} */
let thread;
/** @type {undefined | { job: Job, began: number, cpu: NodeJS.CpuUsage, text: string, timer: NodeJS.Timeout }} */
let running;
let isReady = false;
/** @type {Job | undefined} */
let waiting;

function start() {
  isReady = false;
  const fresh = new Worker(new URL(engine, import.meta.url), {
    workerData: { ...JSON.parse(data), kept, alarm },
    resourceLimits: { stackSizeMb: stackMb },
    env: {},
    // What an engine prints must never be taken for a frame.
    stdout: true,
    stderr: true,
  });
  thread = fresh;
  fresh.on("message", (/** @type {Message} */ message) => {
    if (fresh === thread) hear(message);
  });
  fresh.on("error", (error) => {
    if (fresh !== thread) return;
    if (!running) throw error;
    // Out of the engine's own memory, or a fault that it did not catch: the program's, since nobody else was there.
    const memory = /** @type {NodeJS.ErrnoException} */ (error).code === "ERR_WORKER_OUT_OF_MEMORY";
    replace({ exit: memory ? -9 : -6 });
  });
}

/** @param {Message} message */
function hear(message) {
  if (message.kind === "keep") kept = message.state;
  else if (message.kind === "ready") {
    isReady = true;
    send({ kind: "ready" });
    if (waiting) run(waiting);
  } else if (!running) return;
  else if (message.kind === "answer") {
    running.text += message.text;
    if (running.text.length > running.job.limits.answerBytes) replace({ killed: "flood" });
  } else {
    running.text += message.text;
    const { stdout, exit } = message;
    if (message.replace) replace({ stdout, exit });
    else finish({ stdout, exit });
  }
}

/** @param {Job} job */
function run(job) {
  if (!isReady) {
    waiting = job;
    return;
  }
  waiting = undefined;
  ring(0);
  const timer = setInterval(check, tickMs);
  running = { job, began: performance.now(), cpu: process.cpuUsage(), text: "", timer };
  /** @type {Worker} */ (thread).postMessage(job);
}

/** @param {number} signal */
function ring(signal) {
  const bell = new Int32Array(alarm);
  Atomics.store(bell, 0, signal);
  if (signal === 0) Atomics.store(bell, 1, 0);
  Atomics.notify(bell, 0);
}

/** CPU seconds since the program started: of the process, but a single thread has no more than the time it was awake. */
function cpuSeconds() {
  if (!running) return 0;
  const { user, system } = process.cpuUsage(running.cpu);
  const asleep = Atomics.load(new Int32Array(alarm), 1) / 1e6;
  return Math.min((user + system) / 1e6, (performance.now() - running.began) / 1000 - asleep);
}

function check() {
  if (!running) return;
  const { limits } = running.job;
  const wall = (performance.now() - running.began) / 1000;
  const cpu = cpuSeconds();
  if (cpu > limits.cpuSeconds) ring(SIGPROF);
  if (cpu > limits.cpuSeconds + graceSeconds) replace({ killed: "cpu" });
  else if (wall > limits.wallSeconds) replace({ killed: "wall" });
}

/** Ends the engine with its program, and starts another. @param {{ killed?: string, stdout?: string, exit?: number }} end */
function replace(end) {
  const old = thread;
  thread = undefined;
  const gone = old ? old.terminate() : Promise.resolve(0);
  const ended = stop();
  void gone.then(() => {
    report(ended, { exit: end.killed ? -9 : 0, ...end });
    start();
  });
}

/** @param {{ stdout: string, exit: number }} end */
function finish(end) {
  report(stop(), end);
}

function stop() {
  const ended = running;
  const cpu = cpuSeconds();
  if (ended) clearInterval(ended.timer);
  running = undefined;
  return { text: ended?.text ?? "", cpu };
}

/** @param {{ text: string, cpu: number }} ended @param {{ killed?: string, stdout?: string, exit?: number }} end */
function report({ text, cpu }, { killed, stdout = "", exit = 0 }) {
  send({ kind: "done", text, stdout, exit, cpuSeconds: cpu, ...(killed && { killed }) });
}

/** @param {object} message */
function send(message) {
  const body = Buffer.from(JSON.stringify(message), "utf8");
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  process.stdout.write(Buffer.concat([head, body]));
}

/** @type {Buffer} */
let pending = Buffer.alloc(0);
process.stdin.on("data", (/** @type {Buffer} */ chunk) => {
  pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
  while (pending.length >= 4) {
    const length = pending.readUInt32BE(0);
    if (pending.length < 4 + length) return;
    const job = JSON.parse(pending.toString("utf8", 4, 4 + length));
    pending = pending.subarray(4 + length);
    run(job);
  }
});
process.stdin.on("end", () => process.exit(0));
start();
