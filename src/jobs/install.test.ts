// What an installer's failures and the user's registry settings become.
import { expect, test } from "vitest";
import { explainFailure, uvSettings } from "./install.ts";

test.each([
  [
    "error: Failed to install: torch-2.13.0\n  Caused by: No space left on device (os error 28)",
    /^the disk is full.*MUCODE_HOME.*os error 28/,
  ],
  [
    "error: Failed to fetch: `torch`\n  ├─▶ error sending request\n  ╰─▶ dns error: Name or service not known",
    /^the Python package registry cannot be reached.*\(error sending request\)$/,
  ],
  [
    "ERROR: Could not install packages: [Errno 13] Permission denied: '/opt'",
    /^a folder cannot be written.*MUCODE_HOME/,
  ],
  [
    "  × No solution found\n  ╰─▶ torch==2.13.0 has no wheels",
    /^installing Python packages failed: No solution found torch==/,
  ],
  ["", /^installing Python packages failed: exit code 2$/],
])("explains %j", (said, expected) => {
  expect(explainFailure(said, "exit code 2")).toMatch(expected);
  expect(explainFailure(said, "exit code 2")).not.toContain("\n");
});

const configuration = `:env:.default-timeout='180'
global.cert='/etc/ssl/mine.pem'
global.index-url='https://mirror.example/simple'
global.extra-index-url='https://a.example\\nhttps://b.example'`;

test("pip's registry, extra registries and certificate hold for uv", () => {
  expect(uvSettings(configuration, {})).toEqual({
    SSL_CERT_FILE: "/etc/ssl/mine.pem",
    UV_DEFAULT_INDEX: "https://mirror.example/simple",
    UV_INDEX: "https://a.example https://b.example",
  });
});

test("what uv was told directly, and the environment before the file, come first", () => {
  const settings = uvSettings(`:env:.index-url='https://first.example'\n${configuration}`, {
    SSL_CERT_FILE: "x",
  });
  expect(settings.UV_DEFAULT_INDEX).toBe("https://first.example");
  expect(settings.SSL_CERT_FILE).toBeUndefined();
});
