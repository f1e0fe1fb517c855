// From data to coordinates: a linear scale and round numbers for its axis.

export type Scale = (value: number) => number;

export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [low, high] = domain;
  const [from, to] = range;
  return (value) => (high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from));
}

/**
 * Round axis values from at or below `low` to at or above `high`, about `wanted` + 1 of them, in steps of 1, 2 or 5
 * times a power of ten. The first and last are the ends to draw the axis with.
 */
export function niceTicks(low: number, high: number, wanted = 5): number[] {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  // Multiply, don't accumulate: 3 · 0.1 rounds once, and toPrecision hides that rounding.
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/**
 * An accuracy axis, as fractions: whole steps of twenty percent (ten where all values are close) around the values.
 * Marks are read by their position, not their length, so the axis need not begin at 0.
 */
export function accuracyTicks(lowest: number, highest: number): number[] {
  const step = highest - lowest > 0.35 ? 20 : 10;
  const last = Math.min(100 / step, Math.max(1, Math.ceil((100 * highest) / step - 1e-9)));
  const first = Math.max(0, Math.min(last - 1, Math.floor((100 * lowest) / step + 1e-9)));
  return Array.from({ length: last - first + 1 }, (_, index) => ((first + index) * step) / 100);
}

/** The axis that holds all estimates with their standard errors. */
export function ticksAround(estimates: readonly { mean: number; se: number }[]): number[] {
  const lowest = Math.min(1, ...estimates.map(({ mean, se }) => mean - se));
  const highest = Math.max(0, ...estimates.map(({ mean, se }) => mean + se));
  return accuracyTicks(lowest, highest);
}
