// What each answer of a server means. What follows from it is in fetch-file.test.ts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Headers, readAnswer, strongEtag } from "./answer.ts";

const first = { offset: 0, bytes: 1000 };
const rest = { offset: 400, bytes: 1000, etag: '"a"' };

describe("an answer", () => {
  test.each<[string, number, Headers, object, object]>([
    ["the whole", 200, { "content-length": "1000" }, first, { kind: "body", from: 0 }],
    ["the whole without its length", 200, {}, first, { kind: "body", from: 0 }],
    ["the whole where the rest was asked for", 200, {}, rest, { kind: "body", from: 0 }],
    ["the rest", 206, { "content-range": "bytes 400-999/1000" }, rest, { kind: "body", from: 400 }],
    [
      "the rest of an unknown whole",
      206,
      { "content-range": "bytes 400-999/*" },
      rest,
      { kind: "body", from: 400 },
    ],
    ["another part", 206, { "content-range": "bytes 401-999/1000" }, rest, { kind: "restart" }],
    ["a part that is not named", 206, {}, rest, { kind: "restart" }],
    ["a part of another whole", 206, { "content-range": "bytes 400-998/999" }, rest, { kind: "other" }],
    [
      "a part of another version",
      206,
      { "content-range": "bytes 400-999/1000", etag: '"b"' },
      rest,
      { kind: "restart" },
    ],
    [
      "a part of the same version",
      206,
      { "content-range": "bytes 400-999/1000", etag: '"a"' },
      rest,
      { kind: "body" },
    ],
    ["another whole", 200, { "content-length": "999" }, first, { kind: "other" }],
    ["no such range", 416, {}, rest, { kind: "restart" }],
    ["a redirect", 302, { location: "/x" }, first, { kind: "redirect", location: "/x" }],
    ["a redirect to nowhere", 302, {}, first, { kind: "never" }],
    ["nothing changed, though nobody asked", 304, { location: "/x" }, first, { kind: "never" }],
    ["too many requests", 429, { "retry-after": "7" }, first, { kind: "again", pauseMs: 7000 }],
    ["not there", 404, {}, first, { kind: "never", problem: "status 404" }],
  ])("%s (%i)", (_, status, headers, asked, expected) => {
    expect(readAnswer(status, headers, asked as typeof rest)).toMatchObject(expected);
  });

  test("may name the pause by a date, which may have passed", () => {
    const now = Date.parse("Mon, 02 Jan 2023 10:00:00 GMT");
    const pause = (date: string) => readAnswer(503, { "retry-after": date }, first, now);
    expect(pause("Mon, 02 Jan 2023 10:00:05 GMT")).toMatchObject({ pauseMs: 5000 });
    expect(pause("Mon, 02 Jan 2023 09:00:00 GMT")).toMatchObject({ pauseMs: 0 });
    expect(pause("soon")).toEqual({ kind: "again", problem: "status 503" });
  });

  test("whatever it is, bytes never go to a place other than the end of what is there or the beginning", () => {
    const header = fc.option(fc.oneof(fc.string(), fc.nat().map(String)), { nil: undefined });
    const range = fc
      .tuple(fc.nat(1200), fc.nat(1200), fc.oneof(fc.nat(1200).map(String), fc.constant("*")))
      .map(([from, to, total]) => `bytes ${from}-${to}/${total}`);
    const headers = fc.record({
      "content-length": header,
      "content-range": fc.oneof(header, range),
      etag: header,
    });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, fc.nat(999), (status, given, offset) => {
        const answer = readAnswer(status, given as Headers, { offset, bytes: 1000 });
        if (answer.kind !== "body") return;
        expect([0, offset]).toContain(answer.from);
        expect(answer.from === 0 || status === 206).toBe(true);
      }),
    );
  });
});

test("only a strong ETag says that the bytes are the same", () => {
  expect(strongEtag('"a"')).toBe('"a"');
  for (const weak of ['W/"a"', "a", "", '"a', undefined]) expect(strongEtag(weak)).toBeUndefined();
});
