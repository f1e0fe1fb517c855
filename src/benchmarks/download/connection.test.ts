// Proxies: what the environment names is used, for plain http and for https, and told apart when it refuses.
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closeServer, listen } from "../../../test/fixtures/file-server.ts";
import { explainConnection, openConnection } from "./connection.ts";

interface Asked {
  method: string;
  /** The whole address, or host and port of a tunnel. */
  what: string;
  proxyAuthorization: string | undefined;
}

let proxy: Server;
let url: string;
let asked: Asked[];
let status: number;
beforeEach(async () => {
  asked = [];
  status = 200;
  proxy = createServer((request, response) => {
    asked.push({
      method: request.method!,
      what: request.url!,
      proxyAuthorization: request.headers["proxy-authorization"],
    });
    response.writeHead(status).end("through the proxy");
  });
  proxy.on("connect", (request, socket) => {
    asked.push({
      method: "CONNECT",
      what: request.url!,
      proxyAuthorization: request.headers["proxy-authorization"],
    });
    socket.end(`HTTP/1.1 ${status} x\r\n\r\n`);
  });
  url = await listen(proxy);
});
afterEach(() => closeServer(proxy));

/** The text at an address, or what is said of the failure. */
async function read(address: string, environment: NodeJS.ProcessEnv) {
  const connection = openConnection(environment);
  try {
    const response = await connection.get(new URL(address), {}, AbortSignal.timeout(5000), 1000);
    let text = "";
    for await (const bytes of response.body) text += Buffer.from(bytes).toString();
    return { status: response.status, text };
  } catch (error) {
    return explainConnection(error);
  } finally {
    await connection.close();
  }
}

describe("a proxy", () => {
  test.each(["HTTP_PROXY", "http_proxy"])("of %s is asked for the whole address", async (name) => {
    expect(await read("http://host.invalid/x?y=1", { [name]: url })).toEqual({
      status: 200,
      text: "through the proxy",
    });
    expect(asked).toMatchObject([{ method: "GET", what: "http://host.invalid/x?y=1" }]);
  });

  test("of HTTPS_PROXY makes a tunnel, and its refusal is told", async () => {
    status = 403;
    expect(await read("https://host.invalid/x", { HTTPS_PROXY: url })).toEqual({
      problem: "the proxy refused it with status 403",
      again: false,
    });
    expect(asked).toMatchObject([{ method: "CONNECT", what: "host.invalid:443" }]);
    status = 503;
    expect(await read("https://host.invalid/x", { HTTPS_PROXY: url })).toMatchObject({ again: true });
  });

  test("is passed by for the hosts of NO_PROXY", async () => {
    const direct = createServer((_, response) => response.end("direct"));
    const address = await listen(direct);
    expect(await read(address, { HTTP_PROXY: url, NO_PROXY: "other.example,127.0.0.1" })).toMatchObject({
      text: "direct",
    });
    expect(asked).toEqual([]);
    expect(await read(address, { HTTP_PROXY: url, NO_PROXY: "other.example" })).toMatchObject({
      text: "through the proxy",
    });
    await closeServer(direct);
  });

  test("gets its name and password", async () => {
    await read("http://host.invalid/", { HTTP_PROXY: url.replace("//", "//me:secret@") });
    expect(asked[0]!.proxyAuthorization).toBe(`Basic ${Buffer.from("me:secret").toString("base64")}`);
  });

  test("that wants them is not asked again", async () => {
    status = 407;
    const plain = await read("http://host.invalid/", { HTTP_PROXY: url });
    expect("again" in plain ? plain.again : plain.status).toSatisfy((seen) => seen === false || seen === 407);
    expect(await read("https://host.invalid/", { HTTPS_PROXY: url })).toEqual({
      problem: "the proxy refused it with status 407",
      again: false,
    });
  });

  test("that does not run is named as the reason", async () => {
    const gone = createServer();
    const address = await listen(gone);
    await closeServer(gone);
    const { problem, again } = (await read("http://host.invalid/", { HTTP_PROXY: address })) as {
      problem: string;
      again: boolean;
    };
    expect(problem).toMatch(/ECONNREFUSED/);
    expect(again).toBe(true);
  });

  test.each(["proxy:3128", "http://", "/tmp/proxy", "me:secret@proxy"])('"%s" is none', (value) => {
    expect(() => openConnection({ HTTP_PROXY: value })).toThrow(
      /^HTTP_PROXY: ".*" is no proxy; expected an address/,
    );
    expect(() => openConnection({ HTTP_PROXY: value })).not.toThrow(/secret/);
  });
});

test("a certificate that is not trusted is not asked again", () => {
  for (const code of ["DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]) {
    const { problem, again } = explainConnection(Object.assign(new Error("x"), { code }));
    expect(problem).toContain(`${code}); NODE_EXTRA_CA_CERTS`);
    expect(again).toBe(false);
  }
});

/** A server that sends all at once and closes, as HTTP/1.0 servers do: the end arrives before the body is taken. */
async function closingServer(body: Buffer) {
  const raw = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
      socket.end(body);
    });
  });
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  const at = new URL(`http://127.0.0.1:${(raw.address() as AddressInfo).port}/file`);
  return { at, close: () => new Promise((resolve) => raw.close(resolve)) };
}

describe("a body", () => {
  test("whose connection ends before it is taken is whole, 20 times", async () => {
    const content = Buffer.alloc(1 << 20, "0123456789");
    const closing = await closingServer(content);
    for (let round = 0; round < 20; round++) {
      const connection = openConnection({});
      const { body } = await connection.get(closing.at, {}, AbortSignal.timeout(10_000), content.length);
      const pieces: Uint8Array[] = [];
      for await (const bytes of body) {
        pieces.push(bytes);
        await sleep(2); // A slow disk.
      }
      expect(Buffer.concat(pieces).equals(content)).toBe(true);
      await connection.close();
    }
    await closing.close();
  });

  test("that is larger than expected is cut, whatever the server still sends", async () => {
    const closing = await closingServer(Buffer.alloc(1 << 22));
    const connection = openConnection({});
    const { body } = await connection.get(closing.at, {}, AbortSignal.timeout(10_000), 100_000);
    let received = 0;
    for await (const bytes of body) received += bytes.length;
    expect(received).toBeGreaterThan(100_000);
    expect(received).toBeLessThan(1 << 20);
    await connection.close();
    await closing.close();
  });

  test("and the answer before it are ended by the signal", async () => {
    const silent = createRawServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const at = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    const connection = openConnection({});
    await expect(connection.get(at, {}, AbortSignal.timeout(50), 1)).rejects.toThrow(/aborted/);
    await connection.close();
    silent.close();
  });
});
