// A plan as text, for `mucode train CONFIG --plan`.
import type { Amount } from "../experiment/plan/amount.ts";
import type { ServingMemory, TrainingMemory } from "../experiment/plan/memory.ts";
import type { PhaseEstimate, Plan } from "../experiment/plan/plan.ts";

export function planText(plan: Plan): string {
  const { model, problems, device, phases, totals, disk, memory } = plan;
  const finished = phases.filter((phase) => phase.finished).length;
  return `${[
    `Plan of ${plan.name}: ${model.name} (${scaled(model.parameters)} parameters; verifier ${scaled(model.verifierParameters)}), ` +
      `${problems.train} train, ${problems.validation} validation, ${problems.test} test problems`,
    "",
    `Phases in order: expected, and at most in brackets${finished > 0 ? `; ${finished} of ${phases.length} are finished` : ""}`,
    ...table([
      ["", "phase", "prompt", "completion", "training", "scored", "FLOPs", "time", "disk"],
      ...phases.map(phaseRow),
      ["", "all", ...amounts(totals.tokens), power(totals.flops), time(totals.seconds), bytes(disk.expected)],
    ]),
    "",
    "What each reads and makes",
    ...table(
      phases.map(({ name, reads, makes }) => [
        "",
        name,
        reads.length > 0 ? `reads ${reads.join(", ")}` : "",
        makes.length > 0 ? `makes ${makes.join(", ")}` : "",
      ]),
    ),
    "",
    "Memory",
    `  serving the generator  ${serving(memory.generator)}`,
    `  serving the verifier   ${serving(memory.verifier)}`,
    `  fine-tuning            ${training(memory.finetune)}`,
    `  training the verifier  ${training(memory.verifierTraining)}`,
    ...fits(plan),
    "",
    `Disk: ${bytes(disk.expected)}, at most ${bytes(disk.upper)}`,
    device.gpu
      ? `GPU hours on one ${device.name}: ${hours(totals.seconds)}${finished > 0 ? `, of which ${hours(totals.left.seconds)} are left` : ""}`
      : `Hours of arithmetic on ${device.name}: ${hours(totals.seconds)}${finished > 0 ? `, of which ${hours(totals.left.seconds)} are left` : ""}`,
    "",
    "Assumptions",
    ...plan.assumptions.map((line) => `  - ${line}`),
  ].join("\n")}\n`;
}

function phaseRow(phase: PhaseEstimate): string[] {
  const { name, finished, tokens, flops, seconds, disk } = phase;
  return [
    finished ? "✓" : "",
    name,
    ...amounts(tokens),
    flops > 0 ? power(flops) : "",
    flops > 0 ? time(seconds) : "",
    disk.expected > 0 ? bytes(disk.expected) : "",
  ];
}

const amounts = ({ prompt, completion, training, scored }: PhaseEstimate["tokens"]) =>
  [prompt, completion, training, scored].map(amount);

const amount = ({ expected, upper }: Amount) => (upper === 0 ? "" : `${scaled(expected)} [${scaled(upper)}]`);

function serving({ weights, keysAndValues, total }: ServingMemory): string {
  const keys =
    keysAndValues.upper > 0
      ? `, keys and values ${bytes(keysAndValues.expected)} [${bytes(keysAndValues.upper)}]`
      : "";
  return `${range(total)}: weights ${bytes(weights)}${keys}`;
}

function training({ weights, gradients, optimiser, copies, activations, total }: TrainingMemory): string {
  return (
    `${range(total)}: weights ${bytes(weights)}, gradients ${bytes(gradients)}, AdamW ${bytes(optimiser)}` +
    `${copies > 0 ? `, autocast ${bytes(copies)}` : ""}, activations ${bytes(activations.expected)} [${bytes(activations.upper)}]`
  );
}

/** One line for each job that is expected not to fit on the plan's device. */
function fits({ memory, device }: Plan): string[] {
  const jobs = {
    "serving the generator": memory.generator,
    "serving the verifier": memory.verifier,
    "fine-tuning": memory.finetune,
    "training the verifier": memory.verifierTraining,
  };
  const large = Object.entries(jobs).filter(([, { total }]) => total.expected > device.memory);
  if (device.memory === Number.POSITIVE_INFINITY) return [];
  if (large.length === 0) return [`  all fit on one ${device.name}`];
  return large.map(
    ([name, { total }]) =>
      `  ! ${name} does not fit on one ${device.name}: it needs ${(total.expected / device.memory).toFixed(1)} times its memory`,
  );
}

const range = ({ expected, upper }: Amount) => `${bytes(expected)} [${bytes(upper)}]`;

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

/** 1234567 → "1.23 M". */
function scaled(value: number): string {
  const [size, unit] = (
    [
      [1e12, " T"],
      [1e9, " G"],
      [1e6, " M"],
      [1e3, " k"],
    ] as const
  ).find(([limit]) => value >= limit) ?? [1, ""];
  return `${digits(value / size)}${unit}`;
}

const bytes = (value: number) => `${scaled(value)}B`.replace(/^(\d+(?:\.\d+)?)B/, "$1 B");

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

const power = (value: number) => value.toExponential(1).replace("e+", "e");

function time(seconds: number): string {
  if (seconds >= 5400) return `${digits(seconds / 3600)} h`;
  return seconds >= 90 ? `${digits(seconds / 60)} min` : `${digits(seconds)} s`;
}

const hours = (seconds: number) => digits(seconds / 3600);
