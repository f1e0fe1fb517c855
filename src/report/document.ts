// The frame of every page: one HTML file that opens from anywhere, also without a network. Its policy forbids every
// request and every script but the page's own, whose hash it names, so that nothing in a model's output could run or call
// out.
import { createHash } from "node:crypto";
import { Html, html } from "./html.ts";
import { styleSheet } from "./style.ts";

export interface Part {
  id: string;
  title: string;
  body: Html;
}

export interface Document {
  /** Of the window; the page's heading is `name`. */
  title: string;
  name: string;
  /** Under the heading, beside the parts. */
  header: Html;
  /** What the list of parts is called for those who don't see it. */
  contents: string;
  parts: readonly Part[];
  /** At the page's end: its script, and elements that the script reads. */
  script?: { text: string; before: Html | null };
}

export function documentText({ title, name, header, contents, parts, script }: Document): string {
  const policy = [
    "default-src 'none'",
    ...(script ? [`script-src '${hash(script.text)}'`] : []),
    `style-src '${hash(styleSheet)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Html(styleSheet)}</style>
</head>
<body>
<header class="top">
<h1>${name}</h1>
${header}
</header>
<nav aria-label="${contents}"><ul>${parts.map(({ id, title: heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
<main>
${parts.map(({ id, title: heading, body }) => html`<section class="part" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${heading}</h2>${body}</section>`)}
</main>
${
  script
    ? html`${script.before}
<script>${new Html(script.text)}</script>
`
    : null
}</body>
</html>
`;
  return page.text;
}

function hash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
