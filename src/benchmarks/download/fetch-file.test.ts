// One file from a server that misbehaves: it comes whole and right, or not at all with one line that says why.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Behaviour, type FileServer, serveFiles } from "../../../test/fixtures/file-server.ts";
import { randomStream } from "../../core/seed.ts";
import type { DataFile } from "../sources.ts";
import { mirrorAddress } from "./address.ts";
import { openConnection } from "./connection.ts";
import { type FetchOptions, fetchFile } from "./fetch-file.ts";

const random = randomStream(1);
const content = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(256 * random())));
const other = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(256 * random())));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const file: DataFile = {
  path: "set/file.bin",
  bytes: content.length,
  sha256: sha256(content),
  url: "https://unused.invalid/file.bin",
  licence: "none",
};

let folder: string;
let server: FileServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mucode-fetch-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.close();
});

const target = () => join(folder, file.path);
const lies = () => (existsSync(dirname(target())) ? readdirSync(dirname(target())).sort() : []);

async function fetchFrom(behaviours: Behaviour[], options: FetchOptions = {}, always: Behaviour = {}) {
  server = await serveFiles({ [file.path]: content }, behaviours, always);
  const connection = openConnection({});
  try {
    const mirror = mirrorAddress(server.url, "test");
    return await fetchFile(file, folder, connection, { mirror, backoffMs: 1, stallSeconds: 10, ...options });
  } finally {
    await connection.close();
  }
}

/** What an earlier process left. */
function leave(bytes: Buffer, note?: object): void {
  mkdirSync(dirname(target()), { recursive: true });
  writeFileSync(`${target()}.part`, bytes);
  if (note) writeFileSync(`${target()}.part.json`, JSON.stringify(note));
}

function expectInstalled(): void {
  expect(readFileSync(target()).equals(content)).toBe(true);
  expect(lies()).toEqual(["file.bin"]);
}

const ranges = () => server.requests.map(({ range }) => range);

describe("a file comes whole", () => {
  test("from a good server, in one request", async () => {
    expect(await fetchFrom([])).toEqual({ resumedFrom: 0, received: content.length });
    expectInstalled();
    expect(ranges()).toEqual([undefined]);
  });

  test("when the connection is cut in the middle: the rest alone is asked for", async () => {
    const { received } = await fetchFrom([{ cutAfter: 70_000 }, { cutAfter: 50_000 }]);
    expectInstalled();
    expect(ranges()).toEqual([undefined, "bytes=70000-", "bytes=120000-"]);
    expect(server.requests.map(({ ifRange }) => ifRange)).toEqual([undefined, '"first"', '"first"']);
    expect(received).toBe(content.length);
  });

  test("when it stalls in the middle, or before the first byte, or never answers", async () => {
    await fetchFrom([{ stallAfter: 70_000 }, { stallAfter: 0 }, { silent: true }], { stallSeconds: 0.5 });
    expectInstalled();
    expect(ranges()).toEqual([undefined, "bytes=70000-", "bytes=70000-", "bytes=70000-"]);
  });

  test("when it comes slowly, as long as bytes still come", async () => {
    const start = performance.now();
    await fetchFrom([{ pauseMs: 200 }], { attempts: 1, stallSeconds: 2 });
    expectInstalled();
    expect(performance.now() - start, "longer than a stall").toBeGreaterThan(2000);
  });

  test("when the server ends the body early without having told its length", async () => {
    await fetchFrom([{ chunkedUntil: 70_000 }]);
    expectInstalled();
    expect(ranges()).toEqual([undefined, "bytes=70000-"]);
  });

  test("when the server ignores ranges: from the beginning", async () => {
    const { received } = await fetchFrom([{ cutAfter: 70_000 }, { ignoreRange: true }]);
    expectInstalled();
    expect(received).toBe(70_000 + content.length);
  });

  test("when the file changes between two requests: the new one, not a mixture", async () => {
    await fetchFrom([{ content: other, etag: '"old"', cutAfter: 70_000 }]);
    expectInstalled();
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]).toMatchObject({ ifRange: '"old"', sent: content.length });
  });

  test("when the file changes and the server does not mind If-Range", async () => {
    await fetchFrom([{ content: other, etag: '"old"', cutAfter: 70_000 }, { ignoreIfRange: true }]);
    expectInstalled();
    expect(ranges()).toEqual([undefined, "bytes=70000-", undefined]);
  });

  test("when the file changes and the server has no ETags: the digest tells, and it is asked for anew", async () => {
    await fetchFrom([{ content: other, etag: null, cutAfter: 70_000 }, { etag: null }, { etag: null }]);
    expectInstalled();
    expect(ranges()).toEqual([undefined, "bytes=70000-", undefined]);
  });

  test("when a weak ETag may not be used with If-Range", async () => {
    await fetchFrom([{ etag: 'W/"a"', cutAfter: 70_000 }, { etag: 'W/"b"' }]);
    expectInstalled();
    expect(server.requests[1]).toMatchObject({ range: "bytes=70000-", ifRange: undefined });
  });

  test.each([408, 429, 500, 502, 503])("when the answer is %i at first", async (status) => {
    await fetchFrom([{ status }, { cutAfter: 70_000 }, { status }]);
    expectInstalled();
    expect(server.requests).toHaveLength(4);
  });

  test("after the pause that the server wishes", async () => {
    const start = performance.now();
    await fetchFrom([{ status: 429, headers: { "retry-after": "1" } }]);
    expectInstalled();
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  test("when it was corrupted on the way once", async () => {
    await fetchFrom([{ corruptAt: 100_000 }]);
    expectInstalled();
    expect(ranges()).toEqual([undefined, undefined]);
  });

  test("when the length was told wrongly once", async () => {
    await fetchFrom([{ headers: { "content-length": "199000" } }]);
    expectInstalled();
  });

  test("over redirects, with the range", async () => {
    const to = `/${file.path}`;
    await fetchFrom([
      { status: 302, headers: { location: `${to}?key=1` } },
      { cutAfter: 70_000 },
      { status: 307, headers: { location: to } },
    ]);
    expectInstalled();
    expect(ranges()).toEqual([undefined, undefined, "bytes=70000-", "bytes=70000-"]);
  });

  test("when each attempt brings a little, however many it takes", async () => {
    await fetchFrom([], { attempts: 2 }, { cutAfter: 30_000 });
    expectInstalled();
    expect(server.requests).toHaveLength(7);
  });

  test("in place of a file that is not the right one", async () => {
    mkdirSync(dirname(target()), { recursive: true });
    writeFileSync(target(), other);
    await fetchFrom([]);
    expectInstalled();
  });
});

describe("what an earlier process left", () => {
  const note = () => ({ url: `${server.url}/${file.path}`, etag: '"first"' });

  test("is continued", async () => {
    leave(content.subarray(0, 150_000));
    expect(await fetchFrom([])).toEqual({ resumedFrom: 150_000, received: 50_000 });
    expectInstalled();
    expect(ranges()).toEqual(["bytes=150000-"]);
  });

  test("is continued only if it comes from the same version", async () => {
    server = await serveFiles({ [file.path]: content });
    leave(other.subarray(0, 150_000), { ...note(), etag: '"older"' });
    const connection = openConnection({});
    await fetchFile(file, folder, connection, { mirror: mirrorAddress(server.url, "test") });
    await connection.close();
    expectInstalled();
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]!.ifRange).toBe('"older"');
  });

  test("with a note from another server is continued without it", async () => {
    leave(content.subarray(0, 150_000), { url: "https://elsewhere.invalid/file.bin", etag: '"x"' });
    await fetchFrom([]);
    expectInstalled();
    expect(server.requests[0]).toMatchObject({ range: "bytes=150000-", ifRange: undefined });
  });

  test("needs no request when it is whole", async () => {
    leave(content);
    expect(await fetchFrom([])).toEqual({ resumedFrom: content.length, received: 0 });
    expectInstalled();
    expect(server.requests).toHaveLength(0);
  });

  test.each<[string, Buffer]>([
    ["damaged", Buffer.alloc(150_000)],
    ["whole but damaged", Buffer.alloc(content.length)],
    ["too long", Buffer.concat([content, content])],
    ["empty", Buffer.alloc(0)],
  ])("and is %s does no harm", async (_, bytes) => {
    leave(bytes, { url: 7 });
    await fetchFrom([]);
    expectInstalled();
  });

  test("and is longer than the file is not counted as something to continue", async () => {
    leave(Buffer.concat([content, content]));
    expect((await fetchFrom([{ corruptAt: 5 }])).resumedFrom).toBe(0);
    expectInstalled();
  });

  test("and is beyond what the server has is dropped", async () => {
    leave(content.subarray(0, 150_000));
    await fetchFrom([{ content: content.subarray(0, 1000) }]);
    expectInstalled();
    expect(ranges()).toEqual(["bytes=150000-", undefined]);
  });
});

describe("a file does not come, and the line says why,", () => {
  async function refused(always: Behaviour, line: RegExp, options: FetchOptions = {}): Promise<void> {
    const error = await fetchFrom([], { attempts: 2, ...options }, always).then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(line);
    expect(error?.message).toMatch(/^set\/file\.bin: http:\/\/127\.0\.0\.1:\d+\/set\/file\.bin: /);
    expect(error?.message).not.toContain("\n");
    expect(error?.name).toBe("WorkError");
    expect(existsSync(target())).toBe(false);
    expect(lies().filter((name) => name.endsWith(".new"))).toEqual([]);
  }

  test("when it is another file", async () => {
    const line = new RegExp(`its sha256 is ${sha256(other)}, expected ${file.sha256}; it was not installed`);
    await refused({ content: other }, line);
    expect(server.requests, "asked twice, no more").toHaveLength(2);
  });

  test("when its size is another one, without reading it", async () => {
    await refused(
      { content: content.subarray(0, 1000) },
      /its size is 1000 bytes, expected 200000; it was not/,
    );
    await server.close();
    await refused({ headers: { "content-length": "200001" } }, /its size is 200001 bytes, expected 200000/);
    await server.close();
    await refused({ headers: { "content-length": "7" } }, /its size is 7 bytes, expected 200000/);
  });

  test("when it never ends", async () => {
    const endless = Buffer.concat([content, content, content]);
    await refused(
      { content: endless, chunkedUntil: endless.length },
      /its size is over the 200000 bytes expected/,
    );
  });

  test("when it is not there", async () => {
    await refused({ status: 404 }, /: status 404$/);
    expect(server.requests, "asked once").toHaveLength(1);
  });

  test("when 416 is the answer to a request without a range", () =>
    refused({ status: 416 }, /: status 416$/));

  test("when a part is sent though the whole was asked for", () =>
    refused({ status: 206, headers: { "content-range": "bytes 0-6/200000" } }, /status 206, though/));

  test("when the server is always too busy", async () => {
    await refused({ status: 503 }, /: status 503 \(2 attempts\); the same command continues$/);
    expect(server.requests).toHaveLength(2);
  });

  test("when nothing comes any more", async () => {
    await refused({ stallAfter: 50_000 }, /nothing came for 0\.5 s/, { attempts: 1, stallSeconds: 0.5 });
    expect(readFileSync(`${target()}.part`)).toHaveLength(50_000);
  });

  test("when the connection is always cut before anything new comes", async () => {
    await refused({ cutAfter: 50_000, ignoreRange: true }, /\(3 attempts\); the same command continues$/, {
      attempts: 3,
    });
    expect(server.requests).toHaveLength(3);
  });

  test("when redirects go round in a circle", async () => {
    await refused({ status: 302, headers: { location: `/${file.path}` } }, /it redirects more than 5 times/);
    expect(server.requests).toHaveLength(6);
  });

  test.each([
    ["file:///etc/passwd", /redirects to file:\/\/\/etc\/passwd, and only http and https are followed/],
    ["ftp://127.0.0.1/x", /redirects to ftp:\/\/127\.0\.0\.1\/x, and only http/],
    ["http://[", /redirects to "http:\/\/\[", which is no address/],
  ])("when it redirects to %s", (location, line) => refused({ status: 302, headers: { location } }, line));

  test("when nobody listens", async () => {
    const gone = await serveFiles({});
    await gone.close();
    const mirror = mirrorAddress(gone.url, "test");
    const connection = openConnection({});
    const fetching = fetchFile(file, folder, connection, { mirror, attempts: 2, backoffMs: 1 });
    await expect(fetching).rejects.toThrow(/ECONNREFUSED.*\(2 attempts\)/);
    await connection.close();
  });
});

describe("the disk", () => {
  test("is full: one line, and nothing in the file's place", async () => {
    mkdirSync(dirname(target()), { recursive: true });
    symlinkSync("/dev/full", `${target()}.part`);
    await expect(fetchFrom([])).rejects.toThrow(
      /file\.bin\.part: the disk is full: free some space; MUCODE_HOME and --data name another folder, and the same command continues$/,
    );
    expect(existsSync(target())).toBe(false);
    expect(server.requests, "not tried again").toHaveLength(1);
  });

  test("has a file where a folder should be", async () => {
    writeFileSync(join(folder, "set"), "");
    await expect(fetchFrom([])).rejects.toThrow(/a part of its path is a file, not a folder/);
  });

  test.skipIf(process.getuid?.() !== 0)("may not be written (as root: by giving the rights up)", async () => {
    process.seteuid!(65534);
    try {
      await expect(fetchFrom([])).rejects.toThrow(/set: permission denied; MUCODE_HOME and --data name/);
    } finally {
      process.seteuid!(0);
    }
    expect(lies()).toEqual([]);
  });
});

test("several that get the same file at once, with no lock, install it whole and right", async () => {
  server = await serveFiles({ [file.path]: content }, [
    { cutAfter: 70_000 },
    { content: other, pauseMs: 5 },
    { pauseMs: 10, ignoreRange: true },
  ]);
  const connection = openConnection({});
  const mirror = mirrorAddress(server.url, "test");
  const all = Array.from({ length: 6 }, () => fetchFile(file, folder, connection, { mirror, backoffMs: 5 }));
  const watch = setInterval(() => {
    if (existsSync(target())) expect(sha256(readFileSync(target()))).toBe(file.sha256);
  }, 1);
  const settled = await Promise.allSettled(all);
  clearInterval(watch);
  await connection.close();
  expect(settled.some(({ status }) => status === "fulfilled")).toBe(true);
  expect(readFileSync(target()).equals(content)).toBe(true);
});

test("progress tells the bytes that are there", async () => {
  const told: number[] = [];
  await fetchFrom([{ cutAfter: 70_000 }], { onProgress: (bytes) => told.push(bytes) });
  expect(told[0]).toBe(0);
  expect(told.at(-1)).toBe(content.length);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

test("the name and password of a mirror go to it, and not to where it redirects, nor into messages", async () => {
  const elsewhere = await serveFiles({ [file.path]: content });
  server = await serveFiles({}, [{ status: 302, headers: { location: `${elsewhere.url}/${file.path}` } }], {
    status: 403,
  });
  const mirror = mirrorAddress(server.url.replace("//", "//me:s%20cret@"), "test");
  const connection = openConnection({});
  await fetchFile(file, folder, connection, { mirror });
  expectInstalled();
  expect(server.requests[0]!.authorization).toBe(`Basic ${Buffer.from("me:s cret").toString("base64")}`);
  expect(elsewhere.requests[0]!.authorization).toBeUndefined();
  rmSync(target());
  const error = await fetchFile(file, folder, connection, { mirror }).catch((thrown: Error) => thrown);
  expect((error as Error).message).toMatch(/status 403/);
  expect((error as Error).message).not.toMatch(/cret/);
  await connection.close();
  await elsewhere.close();
});
