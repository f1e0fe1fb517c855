// Where a download asks and where it lets itself be sent.
import { describe, expect, test } from "vitest";
import { InputError } from "../../core/errors.ts";
import { dataSets, filesOf } from "../sources.ts";
import { addressOf, authorization, mirrorAddress, redirectTarget, shown } from "./address.ts";

const file = filesOf(dataSets)[0]!;

describe("a mirror", () => {
  test.each(["http://host/base", "http://host/base/", "http://host/base?x=1#y"])(
    "%s has the files below it",
    (text) => {
      expect(addressOf(file, mirrorAddress(text, "x")).href).toBe(`http://host/base/${file.path}`);
    },
  );

  test.each(["", "host", "/srv/data", "ftp://host/", "file:///srv"])("%s is refused", (text) => {
    expect(() => mirrorAddress(text, "data mirror")).toThrow(
      `data mirror: "${text}" is no address; expected one such`,
    );
  });

  test.each(["http://a%zz:b@host/", "http://a:secret%@host/", "https://a:%ff@host/"])(
    "%s is refused at once: its name or password can't be decoded",
    (text) => {
      expect(() => mirrorAddress(text, "data mirror")).toThrow(
        /^data mirror: the name or password in the address of host has a % without/,
      );
      expect(() => mirrorAddress(text, "data mirror")).toThrow(InputError);
    },
  );

  test.each(["ftp://me:secret@host/", "http://me:secret@", "me:secret@host", "http://me:secret@host:port/"])(
    "%s is refused without its password",
    (text) => {
      expect(() => mirrorAddress(text, "data mirror")).toThrow(/^(?!.*secret).* is no address; /);
    },
  );

  test("is not asked when there is none", () => expect(addressOf(file).href).toBe(file.url));
});

describe("a redirect", () => {
  const secure = new URL("https://a.example/x/file");
  test.each([
    ["/y", "https://a.example/y"],
    ["y", "https://a.example/x/y"],
    ["https://b.example/z?key=1", "https://b.example/z?key=1"],
    ["http://127.0.0.1:8/z", "http://127.0.0.1:8/z"],
    ["http://localhost/z", "http://localhost/z"],
    ["http://[::1]/z", "http://[::1]/z"],
  ])("from https to %s is followed", (location, to) => {
    expect(String(redirectTarget(secure, location))).toBe(to);
  });

  test.each([
    "http://b.example/z",
    "http://127.0.0.1.b.example/z",
    "http://localhost.b.example/",
    "http://10.0.0.1/",
  ])("from https to %s is not", (location) => {
    expect(redirectTarget(secure, location)).toMatch(
      /^it redirects from https to http:.*, which is not encrypted$/,
    );
  });

  test("from http to http and to https is followed", () => {
    const plain = new URL("http://a.example/");
    expect(String(redirectTarget(plain, "http://b.example/"))).toBe("http://b.example/");
    expect(String(redirectTarget(plain, "https://b.example/"))).toBe("https://b.example/");
  });

  test.each(["file:///etc/passwd", "ftp://a/", "data:,x", "javascript:1"])("to %s is not", (location) => {
    expect(redirectTarget(secure, location)).toMatch(/only http and https are followed$/);
  });
});

test("an address is shown without what may be secret", () => {
  expect(shown(new URL("https://me:secret@a.example:8/x?token=1#y"))).toBe("https://a.example:8/x");
});

test("a name and password go to their own server alone", () => {
  const asked = new URL("https://me@a.example/x");
  expect(authorization(asked, new URL("https://a.example/y"))).toEqual({ authorization: "Basic bWU6" });
  for (const at of ["https://b.example/", "http://a.example/", "https://a.example:8/"])
    expect(authorization(asked, new URL(at))).toEqual({});
});
