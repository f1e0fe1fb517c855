// The page's whole script: the functions' source text and the line that calls them. The functions are checked as
// TypeScript and run as they were compiled; nothing is bundled.
import { browseRollouts } from "./browse.ts";
import { showTooltips } from "./tooltips.ts";
import { writeText } from "./write-text.ts";

/** Id of the `<script type="application/json">` that holds the browser's data. */
export const dataId = "rollouts";

export function pageScript(withRollouts: boolean): string {
  const browse = `(${browseRollouts})(document, JSON.parse(document.getElementById("${dataId}").textContent), ${writeText});`;
  return `"use strict";\n(${showTooltips})(document);\n${withRollouts ? browse : ""}\n`;
}
