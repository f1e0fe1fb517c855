import { describe, expect, test } from "vitest";
import { seriesColors, seriesStyles, themeColors } from "./palette.ts";

type Rgb = [number, number, number];

/** Linear-light channels of "#rrggbb". */
function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

/** WCAG 2.2 contrast ratio. */
function contrast(a: string, b: string): number {
  const [x, y] = [a, b].map((hex) => {
    const [r, g, blue] = linear(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  }) as [number, number];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

// Machado, Oliveira and Fernandes 2009, severity 1.0.
const visions: Record<string, Rgb[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** Difference of two colours as someone with this vision sees them: Euclidean in Oklab (Ottosson 2020), times 100. */
function difference(a: string, b: string, vision: Rgb[]): number {
  const [p, q] = [a, b].map((hex) => {
    const seen = vision.map((row) =>
      row.reduce((sum, weight, i) => sum + weight * linear(hex)[i]!, 0),
    ) as Rgb;
    return oklab(seen.map((value) => Math.min(1, Math.max(0, value))) as Rgb);
  }) as [Rgb, Rgb];
  return 100 * Math.hypot(...p.map((value, i) => value - q[i]!));
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

describe.each(["light", "dark"] as const)("%s theme", (theme) => {
  const colors = themeColors[theme];

  test("text has a contrast of at least 4.5 to everything it stands on", () => {
    for (const ink of ["ink", "muted", "accent", "right", "wrong"] as const) {
      for (const ground of ["background", "panel", "code"] as const)
        expect(contrast(colors[ink], colors[ground]), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const ink of ["keyword", "string", "number", "comment"] as const)
      expect(contrast(colors[ink], colors.code), ink).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colors.right, colors["right-wash"])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colors.wrong, colors["wrong-wash"])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colors.background, colors.ink)).toBeGreaterThanOrEqual(4.5);
  });

  test("marks have a contrast of at least 3 to their panel", () => {
    for (const color of seriesColors[theme])
      expect(contrast(color, colors.panel), color).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.keys(visions))("colours that meet in one chart stay apart for %s vision", (vision) => {
    const apart = (a: string, b: string) => difference(a, b, visions[vision]!);
    expect(apart(colors.right, colors.wrong)).toBeGreaterThan(10);
    const series = seriesColors[theme];
    for (const [i, a] of series.entries()) {
      // The default run draws four systems; further ones lean more on their markers.
      for (const [j, b] of series.entries())
        if (i < j) expect(apart(a, b), `${a} and ${b}`).toBeGreaterThan(j < 4 ? 10 : 5);
    }
  });
});

test("the base model is grey, every recipe has a colour and a shape of its own, and more than six still differ", () => {
  const recipes = Array.from({ length: 12 }, (_, index) => ({ recipe: `r${index}`, iteration: 1 }));
  const styles = seriesStyles([{ recipe: "base", iteration: 0 }, ...recipes]);
  expect(styles.get("base")!.color).toBe(0);
  const looks = [...styles.values()].map(({ color, shape }) => `${color} ${shape}`);
  expect(new Set(looks).size).toBe(13);
});
