// Numbers as people read them, the same on the terminal and in the report.
import type { Estimate } from "../evaluation/results.ts";

/** A fraction in [0, 1] as percent with one decimal: 0.4125 -> "41.3". */
export function percent(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

/**
 * Mean and standard error in percent, "41.3±2.4"; the mean alone where one problem gives no standard error, and a dash
 * for the mean of no problems.
 */
export function percentWithError(estimate: Estimate, separator = "±"): string {
  if (estimate.problems === 0) return "-";
  const mean = percent(estimate.mean);
  return estimate.problems < 2 ? mean : `${mean}${separator}${percent(estimate.se)}`;
}

/** Seconds: "< 0.1 s", "0.4 s", "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.05) return "< 0.1 s";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** A count in at most four characters and a unit: 950 -> "950", 12_345 -> "12.3 k", 4_200_000 -> "4.20 M". */
export function count(value: number): string {
  if (value < 999.5) return String(Math.round(value));
  for (const [unit, size] of [
    ["k", 1e3],
    ["M", 1e6],
    ["G", 1e9],
  ] as const) {
    if (value < 999.5 * size || unit === "G") {
      const scaled = value / size;
      return `${scaled.toFixed(scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0)} ${unit}`;
    }
  }
  return String(value);
}
