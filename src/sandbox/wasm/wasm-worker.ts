// One WebAssembly worker: a Node process without environment, files or descriptors of ours, in which a supervisor runs
// one program at a time in QuickJS or Pyodide (guest/). It is a Worker like the jailed one: the same visits, the same
// lines of answer, so that the judge and the pool know no difference.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { WorkError } from "../../core/errors.ts";
import type { Visit } from "../wire.ts";
import { type VisitLimits, type VisitResult, type Worker, WorkerDied } from "../worker.ts";

export interface WasmWorkerOptions {
  /** Sees everything that is sent to the process. For audits and tests. */
  onFrame?: (frame: Buffer) => void;
}

interface Engine {
  /** The file in guest/ that runs in the supervisor's thread. */
  file: string;
  /** What it needs to know, as JSON. */
  data: object;
  /** Folders that the process may read; it may write none. */
  folders: string[];
  /** What the frame says besides the visit. */
  language: string;
}

const require = createRequire(import.meta.url);
const guest = fileURLToPath(new URL("./guest/", import.meta.url));
const startSeconds = 60;
const graceSeconds = 15;

/** JavaScript or TypeScript in QuickJS. Throws WorkError where it can't be started. */
export function startScriptWorker(options: WasmWorkerOptions = {}): Promise<Worker> {
  const variant = "@jitl/quickjs-ng-wasmfile-release-sync";
  return startWasmWorker(
    {
      file: "script-engine.mjs",
      data: { wasm: require.resolve(`${variant}/wasm`) },
      folders: packageFolders([variant, "quickjs-emscripten-core", "sucrase"]),
      language: "javascript",
    },
    options,
  );
}

/** Python in Pyodide. Throws WorkError where Pyodide is not installed or does not start. */
export function startPortableWorker(options: WasmWorkerOptions = {}): Promise<Worker> {
  try {
    packageFolder("pyodide");
  } catch {
    throw new WorkError(
      'isolation "portable" runs Python in Pyodide, which is not installed: `npm install pyodide`',
    );
  }
  // Beside src/ and dist/ alike: the Python sources are shipped as they are.
  const python = fileURLToPath(new URL("../../../src/sandbox/python/", import.meta.url));
  return startWasmWorker(
    {
      file: "portable-engine.mjs",
      data: { python },
      folders: [...packageFolders(["pyodide"]), python],
      language: "python",
    },
    options,
  );
}

/** The folders of packages and of all that they depend on, without the links that lead there: permissions go by real paths. */
function packageFolders(names: readonly string[]): string[] {
  const folders = new Map<string, string>();
  const visit = (name: string, from: string) => {
    const folder = packageFolder(name, from);
    if (folders.has(folder)) return;
    folders.set(folder, name);
    const description = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    // A package of types alone has nothing that could be loaded.
    for (const dependency of Object.keys(description.dependencies ?? {}))
      if (!dependency.startsWith("@types/")) visit(dependency, join(folder, "package.json"));
  };
  for (const name of names) visit(name, import.meta.url);
  return [...folders.keys()];
}

function packageFolder(name: string, from: string = import.meta.url): string {
  const entry = realpathSync(createRequire(from).resolve(name));
  const marker = `${sep}node_modules${sep}${name.replace("/", sep)}${sep}`;
  const end = entry.lastIndexOf(marker);
  return end < 0 ? dirname(entry) : entry.slice(0, end + marker.length - 1);
}

async function startWasmWorker(engine: Engine, options: WasmWorkerOptions): Promise<Worker> {
  const child = spawnSupervisor(engine);
  const input = child.stdin!;
  const output = child.stdout!;
  const errors = tailOf(child);
  let running:
    | { resolve: (result: VisitResult) => void; reject: (error: Error) => void; guard: NodeJS.Timeout }
    | undefined;
  let gone = false;
  let onReady = () => {};
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      gone = true;
      if (running) {
        clearTimeout(running.guard);
        running.reject(new WorkerDied(`the sandbox's worker died: ${errors() || "killed"}`));
        running = undefined;
      }
      resolve();
    };
    child.once("exit", end);
    child.once("error", end);
  });
  for (const stream of [input, output]) stream.on("error", () => child.kill("SIGKILL"));

  readFrames(child, (message) => {
    if (message.kind === "ready") return onReady();
    if (message.kind !== "done" || !running) return void child.kill("SIGKILL");
    const { text, stdout, exit, cpuSeconds, killed } = message;
    const visit = running;
    running = undefined;
    clearTimeout(visit.guard);
    visit.resolve({ text, stdout: Buffer.from(stdout), exit, cpuSeconds, ...(killed && { killed }) });
  });

  await new Promise<void>((resolve, reject) => {
    const refuse = (reason: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new WorkError(`the ${engine.language} sandbox did not start: ${reason}`));
    };
    const timer = setTimeout(() => refuse(`no answer within ${startSeconds} s`), startSeconds * 1000);
    void ended.then(() => refuse(errors() || "its worker died"));
    onReady = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  onReady = () => {};

  return {
    pid: child.pid!,
    layers: { cgroup: "none", landlock: 0, hotPages: 0 },
    ended,
    free: () => (gone || running ? 0 : 1),
    visit: (visit: Visit, limits: VisitLimits) =>
      new Promise((resolve, reject) => {
        if (gone || running) return reject(new WorkerDied("the sandbox's worker has no free slot"));
        // The supervisor enforces the limits; one that does not answer at all is replaced.
        const guard = setTimeout(() => child.kill("SIGKILL"), (limits.wallSeconds + graceSeconds) * 1000);
        running = { resolve, reject, guard };
        const frame = frameOf(
          visit.style === "stdio" ? { ...visit, stdin: visit.stdins[0], limits } : { ...visit, limits },
        );
        options.onFrame?.(frame);
        input.write(frame);
      }),
    close: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

function spawnSupervisor({ file, data, folders }: Engine): ChildProcess {
  const readable = [guest, ...folders].map((folder) => `--allow-fs-read=${join(folder, "*")}`);
  const supervisor = join(guest, "supervisor.mjs");
  const flags = ["--no-warnings", permissionFlag(), "--allow-worker", ...readable];
  return spawn(process.execPath, [...flags, supervisor, file, JSON.stringify(data)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: {},
    cwd: guest,
    windowsHide: true,
  });
}

/** Node's own lock on files, processes and native modules; its name lost a prefix in Node 22.13. */
function permissionFlag(): string {
  return process.allowedNodeEnvironmentFlags.has("--permission")
    ? "--permission"
    : "--experimental-permission";
}

function frameOf(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message), "utf8");
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

type Message = { kind: "ready" } | ({ kind: "done"; stdout: string } & Omit<VisitResult, "stdout">);

/** A frame that is too long or not JSON ends the process: only a broken supervisor writes one. */
function readFrames(child: ChildProcess, onMessage: (message: Message) => void): void {
  const longest = 256 << 20;
  let chunks: Buffer[] = [];
  let received = 0;
  child.stdout!.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    while (received >= 4) {
      const data = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      chunks = [data];
      const length = data.length >= 4 ? data.readUInt32BE(0) : 0;
      if (length > longest) return void child.kill("SIGKILL");
      if (received < 4 + length) return;
      chunks = [data.subarray(4 + length)];
      received -= 4 + length;
      let message: Message;
      try {
        message = JSON.parse(data.toString("utf8", 4, 4 + length)) as Message;
      } catch {
        return void child.kill("SIGKILL");
      }
      onMessage(message);
    }
  });
}

/** The last words on stderr. */
function tailOf(child: ChildProcess): () => string {
  let tail = "";
  child.stderr!.setEncoding("utf8");
  child.stderr!.on("data", (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  const telling = /\b(?:Error|error|denied|refused)\b/;
  return () => {
    const lines = tail.trim().split("\n");
    return (lines.find((line) => telling.test(line)) ?? lines.at(-1) ?? "").trim();
  };
}
