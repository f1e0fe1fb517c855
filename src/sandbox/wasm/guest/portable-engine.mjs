// Runs Python programs in Pyodide, in a thread of the worker process. The interpreter is made ready once and its whole
// linear memory is copied; each program starts from that copy. While a program runs, its imports are locked
// (import-lock.mjs), its files are in memory (memory-files.mjs), and nothing but bytes goes in or out.
// @ts-check
import { constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { guardImports, Locked } from "./import-lock.mjs";
import { Left, MemoryFiles } from "./memory-files.mjs";

/** @typedef {import("./supervisor.mjs").Job} Job */

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
/** @type {{ python: string, kept?: { snapshot: Uint8Array }, alarm: SharedArrayBuffer }} */
const { python, kept, alarm } = workerData;
const sigsys = 31;
const sigsegv = 11;
const sigabrt = 6;
const ring = new Int32Array(alarm);

const files = new MemoryFiles(ring);
const lock = guardImports(files.imports());
// Emscripten asks for the numbers of file flags by a way that Node's permissions close; no host file is ever opened.
/** @type {any} */ (process).binding = () => ({ fs: constants });
const { loadPyodide } = await import("pyodide");
const options = { env: { PYTHONHASHSEED: "0" }, checkAPIVersion: false };
const served = ["serving.py", "objects.py", "handles.py", "reading.py", "writing.py", "crossing.py"];
const sources = ["candidate.py", "values.py", "portable.py", ...served];

const pyodide = kept
  ? await loadPyodide({ ...options, _loadSnapshot: /** @type {any} */ (kept.snapshot) })
  : await loadPyodide({ ...options, _makeSnapshot: true });
const folder = "/tmp/mucode";
if (!kept) {
  pyodide.FS.mkdir(folder);
  for (const name of sources)
    pyodide.FS.writeFile(`${folder}/${name}`, readFileSync(join(python, name), "utf8"));
  pyodide.runPython(`import sys\nsys.path.insert(0, "${folder}")\nimport portable\nportable.prepare()`);
  for (const name of sources) pyodide.FS.unlink(`${folder}/${name}`);
  pyodide.FS.rmdir(folder);
  // The next interpreter of this process starts from here, in a tenth of the time.
  const bytes = pyodide.makeMemorySnapshot();
  const snapshot = new Uint8Array(new SharedArrayBuffer(bytes.length));
  snapshot.set(bytes);
  port.postMessage({ kind: "keep", state: { snapshot } });
}

const module = /** @type {any} */ (pyodide)._module;
// The devices behind 0, 1 and 2 are the process's own until they are set; memory-files.mjs comes before them all the same.
pyodide.setStdin({ stdin: () => null });
pyodide.setStdout({ write: (/** @type {Uint8Array} */ bytes) => bytes.length });
pyodide.setStderr({ write: (/** @type {Uint8Array} */ bytes) => bytes.length });
pyodide.setInterruptBuffer(/** @type {any} */ (ring));

files.seal(module);
const failed = module._PyRun_SimpleString(
  module.stringToNewUTF8("import portable, builtins\nbuiltins._visit = portable.become_anonymous()"),
);
if (failed) throw new Error("the interpreter could not be made ready");
const builtins = module._PyImport_ImportModule(module.stringToNewUTF8("builtins"));
const name = module.stringToNewUTF8("_visit");
const visit = module._PyObject_GetAttrString(builtins, name);
module._PyObject_SetAttrString(builtins, name, 0);
const stack = module.stackSave();
const image = module.HEAPU8.slice();

port.on("message", (/** @type {Job} */ job) => {
  const end = run(job);
  port.postMessage(end);
  // While the judge looks at the answer. What follows in this thread waits for it.
  if (!end.replace) restore();
});
port.postMessage({ kind: "ready" });

/** @param {Job} job */
function run(job) {
  const { limits, language: _language, ...rest } = job;
  const body = Buffer.from(JSON.stringify({ ...rest, limits }), "utf8");
  const head = Buffer.from("JOB1\0\0\0\0", "latin1");
  head.writeUInt32BE(body.length, 4);
  files.begin({
    frame: Buffer.concat([head, body]),
    stdin: job.stdin ?? "",
    outputBytes: limits.outputBytes,
    memoryBytes: Math.max(image.length + (16 << 20), limits.memoryMb * (1 << 20)),
  });
  /** @type {Buffer[]} */
  let answers = [];
  let answered = 0;
  files.onChannel = (bytes) => {
    answered += bytes.length;
    answers.push(bytes);
    const flooded = answered > limits.answerBytes;
    if (!job.stepwise && !flooded) return;
    port.postMessage({ kind: "answer", text: Buffer.concat(answers).toString("utf8") });
    answers = [];
    if (flooded) throw new Left(-sigabrt);
  };
  let exit = 0;
  let replace = false;
  lock.on = true;
  try {
    module._PyObject_CallNoArgs(visit);
    exit = 3; // it never returns by itself
  } catch (error) {
    exit = statusOf(error);
  } finally {
    lock.on = false;
  }
  try {
    files.clean();
  } catch {
    replace = true;
  }
  // Memory only grows: an interpreter that has grown is replaced, so that no program finds more room than another.
  if (module.HEAPU8.length !== image.length) replace = true;
  return {
    kind: "done",
    text: Buffer.concat(answers).toString("utf8"),
    stdout: job.style === "stdio" ? Buffer.concat(files.printed).toString("utf8") : "",
    exit,
    replace,
  };
}

/** The whole memory, whatever was done to it, and the stack pointer, which lies outside of it. */
function restore() {
  module.HEAPU8.set(image);
  module.stackRestore(stack);
}

/** @param {unknown} error what came out of the interpreter, as an exit code or minus the signal that it would have been */
function statusOf(error) {
  if (error instanceof Left) return error.status;
  if (error instanceof Locked) return -sigsys;
  if (error instanceof RangeError) return -sigsegv; // the machine's stack
  return /out of bounds/.test(String(error)) ? -sigsegv : -sigabrt;
}
