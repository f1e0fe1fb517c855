// Who may ask the service, and what: everything else is refused, in one line.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { descendantsOf } from "../processes.ts";
import { expectHonestPass, onLinux } from "./programs.ts";
import { calls, post, type ServiceProcess, spawnService, token, useServices } from "./service-process.ts";

describe.runIf(onLinux)("the service's door", () => {
  const { start, startOnce, client } = useServices();
  test("asks for the token, and never tells it", async () => {
    const service = await start(["--host", "0.0.0.0", "--workers", "1"], { MUCODE_SANDBOX_TOKEN: token });
    const url = service.url.replace("0.0.0.0", "127.0.0.1");
    const job = calls("def f(x): return x", ["assert f(1) == 1"]);
    const status = async (authorization?: string) =>
      (await post(`${url}/v1/judge`, job, authorization ? { headers: { authorization } } : {})).status;
    expect(await status()).toBe(401);
    expect(await status(`Bearer ${token}x`)).toBe(401);
    expect(await status(`Bearer ${token.slice(0, -1)}`)).toBe(401);
    expect(await status(`Basic ${token}`)).toBe(401);
    expect(await status(`Bearer ${token}`)).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await post(`${url}/v1/jobs`, "{")).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await expectHonestPass(client({ url, token }));
    await expect(client({ url }).judge(job)).rejects.toThrow(InputError);
    await expect(client({ url, token: `${token}x` }).judge(job)).rejects.toThrow(/refuses us \(401\)/);
    for (const worker of descendantsOf(service.pid))
      expect(readFileSync(`/proc/${worker}/environ`, "latin1")).not.toContain(token);
    service.process.kill("SIGTERM");
    await service.ended;
    expect(service.output()).not.toContain(token);
  });

  test.each([
    [
      ["--host", "0.0.0.0"],
      {},
      /^mucode: host "0\.0\.0\.0": .*needs a token: set MUCODE_SANDBOX_TOKEN, of at least 16 char/,
    ],
    [["--host", "::"], {}, /^mucode: host "::": .*needs a token/],
    [["--host", "nowhere.invalid"], {}, /^mucode: host "nowhere\.invalid": a name or an address/],
    [["--host", "0.0.0.0"], { MUCODE_SANDBOX_TOKEN: "" }, /^mucode: MUCODE_SANDBOX_TOKEN: 16 to 1024/],
    [[], { MUCODE_SANDBOX_TOKEN: `${token}\n` }, /^mucode: MUCODE_SANDBOX_TOKEN: 16 to 1024/],
    [["--token", token], {}, /^mucode: unknown option '--token'/],
    [["--queue", "0"], {}, /^mucode: .*whole number from 1/],
    [["--judge-python", "/none"], {}, /^mucode: --judge-python: \/none is not Python/],
    [["--port", "70000"], {}, /^mucode: .*0 to 65535/],
    [["--workers", "1000"], {}, /^mucode: sandbox option "workers": an integer from 1 to 256/],
  ])("does not start with %j and %j", async (args, environment, message) => {
    const { stdout, stderr, code } = await serveOnce(args, environment);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toContain(`${token}\n`);
    expect(code).toBe(2);
    expect(stdout.replace(/^http:\S+\n/, "")).toBe("");
  });

  test("names a port that is taken", async () => {
    const shared = await start(["--workers", "1"]);
    const { stderr, code } = await serveOnce(["--port", new URL(shared.url).port], {});
    expect(stderr).toMatch(
      /^mucode: can't listen on 127\.0\.0\.1, port \d+ \(EADDRINUSE\): another program listens there; --port 0 takes a free one\n$/,
    );
    expect(code).toBe(1);
  });

  const good = calls("def f(x): return x", ["assert f(1) == 1"]);
  test.each<[string, object | string | Buffer, number, RegExp]>([
    ["no JSON", "{", 400, /^job: not JSON/],
    ["nothing", "", 400, /^job: not JSON/],
    ["a list", [], 400, /^job: .*expected object/],
    ["no program", { ...good, program: undefined }, 400, /^job: field "program": /],
    ["another language", { ...good, language: "cobol" }, 400, /^job: field "language": /],
    ["no groups", { ...good, groups: 3 }, 400, /^job: field "groups": /],
    [
      "a style of its own",
      { ...good, groups: [{ style: "magic" }] },
      400,
      /^job: field "groups\.0\.style": /,
    ],
    [
      "a test that is a number",
      { ...good, groups: [{ style: "function", asserts: [1] }] },
      400,
      /^job: field "groups\.0\.asserts\.0": /,
    ],
    ["an unknown field", { ...good, extra: 1 }, 400, /^job: .*"extra"/],
    ["a limit of nothing", { ...good, limits: { cpuSeconds: 0 } }, 400, /^job: field "limits\.cpuSeconds": /],
    [
      "a limit beyond all",
      { ...good, limits: { wallSeconds: 250_000 } },
      400,
      /^job: field "limits\.wallSeconds": .*<=36000/,
    ],
    ["a deep test", calls("", [`assert f(1) == ${"-".repeat(100_000)}1`]), 400, /nested deeper than 200/],
    ["no test", { ...good, groups: [{ style: "stdio", cases: [] }] }, 400, /there is no test/],
    [
      "an empty code",
      { ...good, groups: [{ style: "function", asserts: [], code: "#" }] },
      400,
      /the code is empty/,
    ],
    ["an unknown limit", { ...good, limits: { cpu: 1 } }, 400, /^job: field "limits": .*"cpu"/],
    ["a test that is none", calls("", ["f(1) > 2"]), 400, /cannot judge "f\(1\) > 2"/],
    ["bytes", Buffer.from([0xff, 0xfe]), 400, /^body: not UTF-8/],
    ["too much", { ...good, program: "#".repeat(2 ** 21) }, 413, /^body: at most 1048576 bytes/],
  ])("refuses %s in one line", async (_name, body, status, message) => {
    small ??= await startOnce(["--workers", "1", "--max-body-mb", "1"]);
    const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const response = await fetch(`${small.url}/v1/judge`, { method: "POST", body: text as string });
    const { error } = (await response.json()) as { error: string };
    expect([response.status, error]).toEqual([status, expect.stringMatching(message)]);
    expect(error).not.toContain("\n");
  });
  let small: ServiceProcess | undefined;

  test("refuses a stream of such jobs with 400", async () => {
    small ??= await startOnce(["--workers", "1", "--max-body-mb", "1"]);
    const deep = { style: "function", asserts: [`assert ${"(".repeat(20_000)}f(1)${")".repeat(20_000)}`] };
    const response = await post(`${small.url}/v1/jobs`, {
      id: 1,
      language: "python",
      program: "",
      tests: deep,
    });
    expect(response.status).toBe(400);
    expect(response.body.error).toMatch(/line 1: cannot judge .*nested deeper than 200/);
  });

  test("refuses a body without end, other paths, other methods and pages in a browser", async () => {
    small ??= await startOnce(["--workers", "1", "--max-body-mb", "1"]);
    const { url } = small;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(Buffer.alloc(65536, "a")),
    });
    const sent = fetch(`${url}/v1/judge`, { method: "POST", body: endless, duplex: "half" } as RequestInit);
    // Node's own client may see the connection closed before it reads the answer.
    const status = await sent.then(
      (response) => response.status,
      (error) => error.cause?.code ?? error.name,
    );
    expect([413, "EPIPE", "ECONNRESET", "UND_ERR_SOCKET"]).toContain(status);
    expect((await post(`${url}/v1/nothing`, {})).status).toBe(404);
    expect((await post(`${url}/constructor`, {})).status).toBe(404);
    expect((await post(`${url}/health`, {})).status).toBe(405);
    expect((await fetch(`${url}/v1/judge`)).headers.get("allow")).toBe("POST");
    const page = { headers: { origin: "https://example.org" } };
    expect((await post(`${url}/v1/judge`, good, page)).status).toBe(403);
    await expectHonestPass(client({ url }));
  });
});

/** Runs a service that is not expected to start. */
async function serveOnce(args: string[], environment: Record<string, string>) {
  const child = spawnService(args, environment);
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (data) => {
    stdout += data;
  });
  child.stderr!.on("data", (data) => {
    stderr += data;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { stdout, stderr, code };
}
