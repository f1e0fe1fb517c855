// Runs every check, cheapest first, and always to the end; the last line sums up in the form that tools read.
// `--fast` runs the unit tests beside the sources alone. scripts/bootstrap.mjs has to run first.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const reports = mkdtempSync(join(tmpdir(), "mucode-test-"));
const bin = (name) => join(root, "node_modules", ".bin", name);
const fast = process.argv.includes("--fast");

/** A check that counts as one test: passed when it exits with 0. */
const check = (name, command, options) => ({
  name,
  command,
  options,
  count: (code) => tally({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }),
});

/** A suite that writes how many of its tests passed. */
function vitest(name, folder) {
  const report = join(reports, `${name.replaceAll(" ", "-")}.json`);
  const output = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const command = [bin("vitest"), "run", "--dir", folder, ...output];
  const count = () => {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const failures = testResults.flatMap((file) =>
      file.assertionResults
        .filter((test) => test.status === "failed")
        .map(
          (test) =>
            `${relative(root, file.name)}: ${test.fullName}\n${indented(test.failureMessages.join("\n"))}`,
        ),
    );
    return tally({
      passed: numPassedTests,
      failed: numFailedTests,
      skipped: numPendingTests + numTodoTests,
      failures,
    });
  };
  return { name, command, count };
}

function pytest(python, options) {
  const report = join(reports, "engine.xml");
  const count = () => {
    const [, attributes] = /<testsuite ([^>]*)>/.exec(readFileSync(report, "utf8"));
    const number = (key) => Number(new RegExp(`\\b${key}="(\\d+)"`).exec(attributes)?.[1]);
    const [failed, skipped] = [number("failures") + number("errors"), number("skipped")];
    return tally({ passed: number("tests") - failed - skipped, failed, skipped });
  };
  return { name: "engine tests", command: [python, "-m", "pytest", `--junit-xml=${report}`], options, count };
}

const tally = ({ passed = 0, failed = 0, skipped = 0, failures = [] }) => ({
  passed,
  failed,
  skipped,
  failures,
});
const indented = (text) =>
  text
    .split("\n")
    .filter((line) => !line.includes("node_modules"))
    .slice(0, 12)
    .join("\n")
    .replace(/^/gm, "    ");

async function engineChecks() {
  const { ensureEnvironment, developerTools } = await import("../dist/jobs/environment.js");
  const say = (line) => console.error(line);
  const environment = await ensureEnvironment(say);
  const tools = await developerTools(environment, say);
  const options = {
    cwd: join(root, "engine"),
    env: {
      ...process.env,
      PYTHONPATH: [join(root, "engine"), tools].join(delimiter),
      OMP_WAIT_POLICY: "PASSIVE",
    },
  };
  const python = environment.python;
  return [
    check("engine: ruff check", [python, "-m", "ruff", "check", "."], options),
    check("engine: ruff format", [python, "-m", "ruff", "format", "--check", "."], options),
    check("engine: mypy", [python, "-m", "mypy"], options),
    pytest(python, options),
  ];
}

/** Runs one step with its output streamed, or shown at its end; a step that leaves no count has failed. */
async function run({ name, command, options, count }, streamed = true) {
  if (streamed) console.log(`\n▶ ${name}`);
  const began = performance.now();
  const output = streamed ? "inherit" : "pipe";
  const child = spawn(command[0], command.slice(1), {
    cwd: root,
    stdio: ["ignore", output, output],
    ...options,
  });
  let shown = `\n▶ ${name}\n`;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text) => {
      shown += text;
    });
  const code = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(signal ?? status));
  });
  if (!streamed) console.log(shown.trimEnd());
  let result;
  try {
    result = count(code);
  } catch {
    result = tally({ failed: 1 });
  }
  if (code !== 0 && result.failed === 0) result.failed = 1;
  return { name, code, seconds: (performance.now() - began) / 1000, ...result };
}

async function runEngineChecks() {
  const results = [];
  try {
    for (const step of await engineChecks()) results.push(await run(step, false));
  } catch (error) {
    console.log(`\n${error.message}`);
    results.push({ name: "engine", code: "not started", seconds: 0, ...tally({ failed: 1 }) });
  }
  return results;
}

const unit = vitest("unit tests", "src");
const results = [];
if (fast) {
  results.push(await run(unit));
} else {
  // Side by side: the engine's checks take one core. What crosses parts has the machine to itself, for its clocks' sake.
  const engine = runEngineChecks();
  results.push(await run(check("biome", [bin("biome"), "check", "--error-on-warnings", "."])));
  results.push(await run(check("types", [bin("tsc"), "-p", "tsconfig.json"])));
  results.push(await run(unit), ...(await engine));
  results.push(await run(vitest("tests across parts", "test")));
}
rmSync(reports, { recursive: true });

console.log("");
// Once more at the end, where whoever reads only the last lines finds them.
for (const { failures } of results) for (const failure of failures) console.log(`✗ ${failure}`);
for (const { name, code, seconds, passed, failed, skipped } of results) {
  const numbers = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${String(skipped).padStart(4)} skipped`;
  console.log(
    `${failed === 0 ? "✓" : "✗"} ${name.padEnd(20)} ${numbers} ${seconds.toFixed(1).padStart(7)} s${code === 0 ? "" : `  (${code})`}`,
  );
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
