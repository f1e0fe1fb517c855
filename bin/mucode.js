#!/usr/bin/env node
// Starts the compiled command line; in a checkout that was never compiled, says what to run.
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error(
    "mucode: this checkout is not compiled yet: run node scripts/bootstrap.mjs (npm start does it too)",
  );
  process.exitCode = 1;
}
