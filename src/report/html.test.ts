import fc from "fast-check";
import { expect, test } from "vitest";
import { html, scriptJson } from "./html.ts";

test("whatever text is put in, no markup comes out", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."<>&\"'ab =/!-") }), (text) => {
      const made = html`<b title="${text}">${text}</b>`.text;
      const inside = /^<b title="([^"<>]*)">([^<>"]*)<\/b>$/.exec(made);
      expect(inside).not.toBeNull();
      const back = (escaped: string) =>
        escaped
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"')
          .replaceAll("&#39;", "'")
          .replaceAll("&amp;", "&");
      expect([back(inside![1]!), back(inside![2]!)]).toEqual([text, text]);
    }),
  );
});

test("markup stays markup, null is nothing, numbers lose their noise", () => {
  const items = [1.23456, 2].map((value) => html`<i>${value}</i>`);
  expect(html`<p>${items}${null}${html`<br>`}</p>`.text).toBe("<p><i>1.23</i><i>2</i><br></p>");
});

test("JSON in a script cannot end it and reads back as it was", () => {
  const data = { program: "</script><img onerror=x><!--<script>", lone: "\ud800" };
  const text = scriptJson(data).text;
  expect(text).not.toContain("<");
  expect(JSON.parse(text)).toEqual(data);
});
