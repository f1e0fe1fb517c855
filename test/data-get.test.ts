// `mucode data get` as a user runs it, in a process of its own, against a local mirror. The right bytes are those of
// the benchmarks themselves, so most of it needs MUCODE_DATA; nothing is downloaded.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dataSets, filesOf } from "../src/benchmarks/sources.ts";
import { type Behaviour, closeServer, type FileServer, listen, serveFiles } from "./fixtures/file-server.ts";
import { until } from "./processes.ts";
import { type Finished, repository } from "./run-process.ts";

const data = process.env.MUCODE_DATA;
if (!data) process.stderr.write("mucode data get: mostly skipped, MUCODE_DATA names no folder\n");
const openssl = findOpenssl();
if (!openssl) process.stderr.write("mucode data get over TLS: skipped, there is no openssl\n");

const files = filesOf(dataSets);
const large = "humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz";
const largeBytes = files.find(({ path }) => path === large)!.bytes;
const contents = data
  ? Object.fromEntries(files.map(({ path }) => [path, readFileSync(join(data, path))]))
  : {};

let home: string;
let server: FileServer | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mucode-data-"));
});
afterEach(async () => {
  rmSync(home, { recursive: true, force: true });
  await server?.close();
  server = undefined;
});

async function serve(behaviours: Behaviour[] = [], always: Behaviour = {}): Promise<FileServer> {
  server = await serveFiles(contents, behaviours, always);
  return server;
}

interface Started {
  process: ChildProcess;
  stderr(): string;
  ended: Promise<Finished>;
}

function start(args: string[], environment: Record<string, string> = {}): Started {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(repository, "bin", "mucode.js"), "data", ...args], {
    env: { PATH, HOME, MUCODE_HOME: home, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes) => {
    stdout += bytes;
  });
  child.stderr.on("data", (bytes) => {
    stderr += bytes;
  });
  const ended = new Promise<Finished>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, stderr: () => stderr, ended };
}

const run = (args: string[], environment?: Record<string, string>) => start(args, environment).ended;
const at = (path: string) => join(home, "data", path);
const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0);
const below = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort()
    : [];

function expectInstalled(path: string): void {
  const { sha256 } = files.find((file) => file.path === path)!;
  expect(
    createHash("sha256")
      .update(readFileSync(at(path)))
      .digest("hex"),
  ).toBe(sha256);
}

/** One line, no trace of code, and nothing in a file's place. */
function expectLine({ code, stderr }: Finished, exitCode: number, line: RegExp): void {
  expect(stderr).toMatch(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(/^mucode: /);
  expect(code).toBe(exitCode);
  expect(below(home).filter((name) => !/\.part(\.json)?$/.test(name))).toEqual([]);
}

describe("without the benchmarks at hand", () => {
  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    ["an unknown name", ["get", "mbp"], {}, 2, /there is no benchmark "mbp"; expected pocket, mbpp,/],
    ["no name", ["get"], {}, 2, /missing required argument 'names'/],
    [
      "a mirror that is no address",
      ["get", "mbpp", "--mirror", "srv"],
      {},
      2,
      /data mirror: "srv" is no address/,
    ],
    [
      "a mirror whose password can't be decoded",
      ["get", "mbpp", "--mirror", "http://a%zz:b@127.0.0.1:9/"],
      {},
      2,
      /data mirror: the name or password in the address of 127\.0\.0\.1:9 has a %/,
    ],
    ["the same by the variable", ["get", "mbpp"], { MUCODE_DATA_MIRROR: "srv" }, 2, /"srv" is no address/],
    [
      "a proxy that is no address",
      ["get", "mbpp"],
      { HTTPS_PROXY: "proxy" },
      2,
      /HTTPS_PROXY: "proxy" is no proxy/,
    ],
    [
      "no network wanted",
      ["get", "mbpp", "--offline"],
      {},
      1,
      /offline, and \S+\/data lacks mbpp\/mbpp\.jsonl: copy/,
    ],
    ["the same by the variable", ["get", "mbpp"], { MUCODE_OFFLINE: "1" }, 1, /offline, and /],
    [
      "a benchmark that is made by hand",
      ["get", "codecontests"],
      {},
      1,
      /not downloaded yet: docs\/reference\/data\.md/,
    ],
  ])("%s is one line", async (_, args, environment, code, line) => {
    expectLine(await run(args, environment), code, line);
  });

  test("a file that the mirror lacks is one line, and is asked for once", async () => {
    const empty = await serveFiles({});
    expectLine(
      await run(["get", "mbpp", "--mirror", empty.url]),
      1,
      /mbpp\.jsonl: http:\/\/127\S+: status 404$/m,
    );
    expect(empty.requests.map(({ url }) => url)).toEqual(["/mbpp/mbpp.jsonl"]);
    await empty.close();
  });

  test("a file that is another one is one line with both digests, and is not installed", async () => {
    const { bytes, sha256 } = files.find(({ path }) => path === "mbpp/mbpp.jsonl")!;
    const wrong = await serveFiles({ "mbpp/mbpp.jsonl": Buffer.alloc(bytes) });
    const seen = createHash("sha256").update(Buffer.alloc(bytes)).digest("hex");
    const finished = await run(["get", "mbpp"], { MUCODE_DATA_MIRROR: wrong.url });
    expectLine(finished, 1, new RegExp(`its sha256 is ${seen}, expected ${sha256}; it was not installed`));
    await wrong.close();
  });

  test("a cache folder that can't be made is one line, however many files are wanted", async () => {
    writeFileSync(join(home, "file"), "");
    const { code, stderr } = await run(["get", "all"], {
      MUCODE_HOME: join(home, "file"),
      MUCODE_DATA_MIRROR: "http://127.0.0.1:9",
    });
    expect(stderr).toMatch(
      /^mucode: \S+: a part of its path is a file, not a folder; MUCODE_HOME and [^\n]*\n$/,
    );
    expect(code).toBe(1);
  });

  test("each file that can't be had is a line, and they are all tried", async () => {
    const empty = await serveFiles({});
    const { code, stderr, stdout } = await run(["get", "humaneval", "--json", "--mirror", empty.url]);
    expect(stderr.trim().split("\n")).toHaveLength(2);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).files).toMatchObject([
      {
        file: "humaneval/HumanEval.jsonl.gz",
        status: "failed",
        problem: expect.stringContaining("status 404"),
      },
      { file: "humanevalpack/humanevalpack.jsonl", status: "failed" },
    ]);
    await empty.close();
  });

  test("the list shows what is missing, begun, different and made by hand", async () => {
    for (const folder of ["mbpp", "humaneval", "codecontests"]) mkdirSync(at(folder), { recursive: true });
    writeFileSync(at("mbpp/mbpp.jsonl"), "{}");
    writeFileSync(at("humaneval/HumanEval.jsonl.gz.part"), "x");
    writeFileSync(at("codecontests/test165.jsonl"), "{}");
    const { stdout, stderr, code } = await run(["list", "--json"]);
    expect([stderr, code]).toEqual(["", 0]);
    const { folder, sets } = JSON.parse(stdout) as {
      folder: string;
      sets: { files: object[]; byHand?: object }[];
    };
    expect(folder).toBe(join(home, "data"));
    expect(sets.flatMap(({ files }) => files)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: "mbpp/mbpp.jsonl", state: "different" }),
        expect.objectContaining({ path: "humaneval/HumanEval.jsonl.gz", state: "partial" }),
        expect.objectContaining({ path: "mbpp/sanitized-mbpp.json", state: "missing" }),
      ]),
    );
    expect(sets.flatMap(({ byHand }) => byHand ?? [])).toMatchObject([
      { state: "there, unchecked" },
      { state: "missing" },
    ]);
    const text = await run(["list"]);
    expect(text.stdout).toMatch(/different +mbpp\/mbpp\.jsonl {2}563,743 bytes, CC-BY-4\.0/);
    // What is there needs no hint, and all paths stand in one column.
    expect(text.stdout).toMatch(/there, unchecked {2}codecontests\/test165\.jsonl\n/);
    expect(text.stdout).toMatch(/missing +codecontests\/sandboxfusion20\.jsonl {2}not downloaded: docs/);
    const columns = text.stdout.matchAll(
      /^( {2}(?:present|different|partial|missing|there, unchecked) +)\S/gm,
    );
    expect(new Set([...columns].map(([, before]) => before!.length)).size).toBe(1);
  });

  test("the list looks where benchmarks are read from; a download elsewhere says so", async () => {
    const elsewhere = join(home, "elsewhere");
    const list = await run(["list", "--json"], { MUCODE_DATA: elsewhere });
    expect([JSON.parse(list.stdout).folder, list.stderr]).toEqual([elsewhere, ""]);
    const got = await run(["get", "mbpp", "--offline"], { MUCODE_DATA: elsewhere });
    expect(got.stderr).toContain(
      `mucode: these files go to ${join(home, "data")}, and MUCODE_DATA says that benchmarks are read from ${elsewhere}\n`,
    );
  });
});

describe.skipIf(!data)("mucode data get", () => {
  test("brings everything from a mirror, and asks for nothing the second time, nor offline", async () => {
    const { url, requests } = await serve();
    const first = await run(["get", "all", "--mirror", url, "--json"]);
    expect(first.stderr).toMatch(
      /^mucode: codecontests: not downloaded yet: [^\n]*\nmucode: codecontests-fusion: not downloaded: [^\n]*\n$/,
    );
    expect(first.code).toBe(0);
    for (const { path } of files) expectInstalled(path);
    expect(below(home)).toHaveLength(files.length);
    const { files: told } = JSON.parse(first.stdout) as { files: { file: string; status: string }[] };
    expect(told.map(({ file, status }) => [file, status])).toEqual(
      files.map(({ path }) => [path, "downloaded"]),
    );
    expect(requests).toHaveLength(files.length);

    for (const args of [["--mirror", url], ["--offline"]]) {
      const { code, stderr, stdout } = await run(["get", "mbpp", "humaneval-plus", ...args]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout.trim().split("\n")).toHaveLength(3);
      expect(stdout).toMatch(/mbpp\.jsonl {2}563,743 bytes, present$/m);
    }
    expect(requests).toHaveLength(files.length);
  });

  test("a folder that it filled is a mirror", async () => {
    const { url } = await serve();
    await run(["get", "humaneval", "--data", join(home, "srv"), "--mirror", url]);
    const served = Object.fromEntries(
      ["humaneval/HumanEval.jsonl.gz", "humanevalpack/humanevalpack.jsonl"].map((path) => [
        path,
        readFileSync(join(home, "srv", path)),
      ]),
    );
    const second = await serveFiles(served);
    expect((await run(["get", "humaneval", "--mirror", second.url])).code).toBe(0);
    await second.close();
    expectInstalled("humaneval/HumanEval.jsonl.gz");
  });

  test("killed in the middle, the same command asks for the rest alone", async () => {
    const { url, requests } = await serve([{ stallAfter: 400_000 }]);
    const args = ["get", "humaneval-plus", "--mirror", url, "--json"];
    const killed = start(args);
    await until(() => sizeOf(`${at(large)}.part`) >= 300_000, 30, "300 kB of the file");
    killed.process.kill("SIGKILL");
    expect((await killed.ended).signal).toBe("SIGKILL");
    const left = sizeOf(`${at(large)}.part`);
    expect(left).toBeLessThan(largeBytes);
    expect(existsSync(at(large))).toBe(false);

    const { code, stdout, stderr } = await run(args);
    expect([code, stderr]).toEqual([0, ""]);
    expectInstalled(large);
    const [, second] = requests.filter(({ url }) => url === `/${large}`);
    expect(second).toMatchObject({ range: `bytes=${left}-`, ifRange: '"first"', sent: largeBytes - left });
    expect(JSON.parse(stdout).files[0]).toMatchObject({ resumedFrom: left, received: largeBytes - left });
    expect(below(home).filter((name) => !files.some(({ path }) => path.endsWith(name)))).toEqual([]);
  });

  test("killed again and again, it goes on each time from where it was", async () => {
    const kills = [20_000, 40_000, 60_000, 80_000, 100_000, 120_000];
    const { url, requests } = await serve(kills.map(() => ({ stallAfter: 150_000 })));
    const args = ["get", "humaneval-plus", "--mirror", url];
    const part = `${at(large)}.part`;
    const left = [0];
    for (const growth of kills) {
      const started = start(args);
      await until(() => sizeOf(part) >= left.at(-1)! + growth, 30, `${growth} bytes more`);
      started.process.kill("SIGKILL");
      await started.ended;
      left.push(sizeOf(part));
    }
    expect((await run(args)).code).toBe(0);
    expectInstalled(large);
    const ofLarge = requests.filter(({ url }) => url === `/${large}`);
    expect(ofLarge.map(({ range }) => range)).toEqual(
      left.map((size) => (size === 0 ? undefined : `bytes=${size}-`)),
    );
    expect(ofLarge.at(-1)!.sent).toBe(largeBytes - left.at(-1)!);
  });

  test("interrupted, it says that the same command continues", async () => {
    const { url } = await serve([{ stallAfter: 200_000 }]);
    const started = start(["get", "humaneval-plus", "--mirror", url]);
    await until(() => sizeOf(`${at(large)}.part`) >= 100_000, 30, "100 kB of the file");
    started.process.kill("SIGINT");
    const { code, stderr } = await started.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/the same command continues/);
    expect((await run(["get", "humaneval-plus", "--mirror", url])).code).toBe(0);
    expectInstalled(large);
  });

  test("two at once bring one file: the second waits", async () => {
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { url, requests } = await serve([{ hold }]);
    const one = start(["get", "humanevalpack", "--mirror", url]);
    await until(() => requests.length === 1, 30, "the first request");
    const second = start(["get", "humanevalpack", "--mirror", url]);
    await until(() => second.stderr().includes("waiting"), 30, "the second waits");
    release();
    const two = await second.ended;
    expect(two.code).toBe(0);
    expect(two.stderr).toMatch(
      /^mucode: \S+humanevalpack\.jsonl: another mucode is downloading it; waiting for it\n$/,
    );
    expect(two.stdout).toMatch(/present$/m);
    expect((await one.ended).code).toBe(0);
    expectInstalled("humanevalpack/humanevalpack.jsonl");
    expect(requests).toHaveLength(1);
  });

  test("a stall is given up after the time that was asked for", async () => {
    const { url } = await serve([{ stallAfter: 10_000 }]);
    const { code } = await run(["get", "humaneval", "--stall-seconds", "1", "--mirror", url]);
    expect(code).toBe(0);
    expectInstalled("humaneval/HumanEval.jsonl.gz");
  });

  test("goes through the proxy that the environment names", async () => {
    const { url } = await serve();
    const asked: string[] = [];
    const proxy = createServer(async (request, response) => {
      asked.push(request.url!);
      const answer = await fetch(url + new URL(request.url!).pathname);
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    });
    const environment = { HTTP_PROXY: await listen(proxy) };
    const { code } = await run(["get", "mbpp", "--mirror", "http://mirror.invalid"], environment);
    await closeServer(proxy);
    expect(code).toBe(0);
    expect(asked).toEqual(["http://mirror.invalid/mbpp/mbpp.jsonl"]);
    expectInstalled("mbpp/mbpp.jsonl");
  });

  test.skipIf(!openssl)(
    "over TLS through a proxy's tunnel: with a trusted certificate, and one line without",
    async () => {
      const { key, cert, path } = makeCertificate(home);
      const secure = createTlsServer({ key, cert }, (request, response) => {
        const content = contents[request.url!.slice(1)];
        response.writeHead(content ? 200 : 404).end(content);
      });
      const tlsPort = Number(new URL(await listen(secure as never)).port);
      const tunnels: string[] = [];
      const proxy = createServer().on("connect", (request, socket, head) => {
        tunnels.push(request.url!);
        const upstream = connect(tlsPort, "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 ok\r\n\r\n");
          upstream.write(head);
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on("error", () => socket.destroy());
        socket.on("error", () => upstream.destroy());
      });
      const environment = { HTTPS_PROXY: await listen(proxy) };
      const args = ["get", "mbpp", "--mirror", "https://mirror.invalid/"];
      const refused = await run(args, environment);
      expect(refused.stderr).toMatch(
        /^mucode: .* its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); [^\n]*\n$/,
      );
      expect(refused.code).toBe(1);
      expect(tunnels).toEqual(["mirror.invalid:443"]);
      const trusted = await run(args, { ...environment, NODE_EXTRA_CA_CERTS: path });
      expect([trusted.code, trusted.stderr]).toEqual([0, ""]);
      expectInstalled("mbpp/mbpp.jsonl");
      await closeServer(proxy);
      await closeServer(secure as never);
    },
  );

  test("a disk that is full is one line; with space the same command goes on", async () => {
    const { url } = await serve();
    const args = ["get", "humaneval-plus", "--mirror", url];
    // The shell's limit on a file's size stands for a full disk.
    const limited = `ulimit -f 512; exec "${process.execPath}" "${join(repository, "bin", "mucode.js")}" data ${args.join(" ")}`;
    const full = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = spawn("bash", ["-c", limited], {
        env: { ...process.env, MUCODE_HOME: home, MUCODE_DATA: "" },
      });
      let stderr = "";
      child.stderr.on("data", (bytes) => {
        stderr += bytes;
      });
      child.on("close", (code) => resolve({ code, stderr }));
    });
    expect(full.stderr).toMatch(
      /^mucode: \S+\.part: the file would be larger than this process may write; [^\n]*\n$/,
    );
    expect(full.code).toBe(1);
    expect(existsSync(at(large))).toBe(false);
    expect((await run(args)).code).toBe(0);
    expectInstalled(large);
  });
});

function findOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A key and a certificate of its own for mirror.invalid, made anew. */
function makeCertificate(folder: string): { key: Buffer; cert: Buffer; path: string } {
  const [keyPath, path] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const name = ["-subj", "/CN=mirror.invalid", "-addext", "subjectAltName=DNS:mirror.invalid"];
  const args = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "1",
    "-keyout",
    keyPath,
    "-out",
    path,
  ];
  execFileSync("openssl", [...args, ...name], { stdio: "ignore" });
  return { key: readFileSync(keyPath), cert: readFileSync(path), path };
}
