// From the systems of all seeds to the numbers of a page: means and paired differences with the problem as the cluster,
// so that neither hard problems nor repeated ones make a number look surer than it is.
import { type ClusteredValue, clusteredMean } from "../../evaluation/estimates.ts";
import { pairedDifference } from "../../evaluation/paired.ts";
import type { Estimate } from "../../evaluation/results.ts";
import type { ShownContrast, ShownFigure, ShownTable } from "../../report/index.ts";
import type { MeasuredSystem } from "./measured-system.ts";
import type { Reading } from "./reading.ts";
import type { StudyContrast, StudyFigure, StudyTable } from "./study.ts";

/** All seeds of one system of the study. */
export interface PooledSystem {
  name: string;
  seeds: readonly MeasuredSystem[];
}

export function poolSeeds(systems: readonly MeasuredSystem[]): PooledSystem[] {
  const pooled = new Map<string, MeasuredSystem[]>();
  for (const system of systems) {
    const seeds = pooled.get(system.name);
    if (seeds) seeds.push(system);
    else pooled.set(system.name, [system]);
  }
  return [...pooled].map(([name, seeds]) => ({ name, seeds }));
}

async function valuesOf({ seeds }: PooledSystem, reading: Reading): Promise<ClusteredValue[]> {
  return (await Promise.all(seeds.map((seed) => reading.values(seed)))).flat();
}

/** Mean over all problems and seeds; null where there are no values. */
export async function estimateOf(system: PooledSystem, reading: Reading): Promise<Estimate | null> {
  return clusteredMean(await valuesOf(system, reading));
}

function chosen(all: readonly PooledSystem[], names: readonly string[] | undefined): PooledSystem[] {
  return names === undefined ? [...all] : names.map((name) => named(all, name));
}

function named(all: readonly PooledSystem[], name: string): PooledSystem {
  const system = all.find((one) => one.name === name);
  if (!system) throw new Error(`the study shows the system ${name}, which it doesn't have`);
  return system;
}

export async function shownTable(all: readonly PooledSystem[], table: StudyTable): Promise<ShownTable> {
  const { title, columns, paper } = table;
  const rows = chosen(all, table.systems).map(async (system) => ({
    system: system.name,
    iterations: system.seeds.map((seed) => seed.system.iteration),
    cells: await Promise.all(columns.map((reading) => estimateOf(system, reading))),
    paper: (paper?.rows[system.name] ?? []).map(String),
  }));
  return {
    title,
    columns: columns.map(({ label, unit }) => ({ label, unit })),
    paper: paper ? { source: paper.source, columns: [...paper.columns] } : null,
    rows: await Promise.all(rows),
  };
}

export async function shownContrast(
  all: readonly PooledSystem[],
  { name, a, b, paper }: StudyContrast,
): Promise<ShownContrast> {
  const [left, right] = await Promise.all(
    [a, b].map(([system, reading]) => valuesOf(named(all, system), reading)),
  );
  const there = left!.length > 0 && right!.length > 0;
  return {
    name,
    unit: a[1].unit,
    difference: there ? pairedDifference(left!, right!) : null,
    paper: paper ?? null,
  };
}

export async function shownFigure(all: readonly PooledSystem[], figure: StudyFigure): Promise<ShownFigure> {
  const panels = figure.panels.map(async ({ title, series }) => ({
    title,
    series: await Promise.all(
      series.map(async ({ name, points }) => ({
        name,
        points: await Promise.all(
          points.map(async ({ x, system, reading }) => ({
            x,
            label: reading.label,
            unit: reading.unit,
            estimate: await estimateOf(named(all, system), reading),
          })),
        ),
      })),
    ),
  }));
  return { title: figure.title, kind: figure.kind, x: figure.x ?? "", panels: await Promise.all(panels) };
}
