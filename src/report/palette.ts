// Colours of the report, for light and dark. Series colours keep a contrast of at least 3:1 with the panel behind
// them and text colours 4.5:1 (WCAG 2.2, 1.4.11 and 1.4.3); they stay apart under red-green colour blindness, and
// every series has a marker shape of its own besides (a test checks all three).

/** The base model first (grey), then recipes in order of appearance; more recipes than colours start over. */
export const seriesColors = {
  light: ["#4a505b", "#96660a", "#b63a9f", "#1470e0", "#0a997b", "#83261a", "#78941f"],
  dark: ["#a6aab1", "#e79a35", "#bd5aa9", "#2f8cf5", "#84e8c8", "#d4503f", "#d2df55"],
} as const;

export const themeColors = {
  light: {
    background: "#f7f8f9",
    panel: "#ffffff",
    ink: "#1c2128",
    muted: "#58626e",
    line: "#d9dde2",
    grid: "#e9ecef",
    accent: "#005fae",
    right: "#00766a",
    wrong: "#b0400f",
    "right-wash": "#e3f4f1",
    "wrong-wash": "#fbeae3",
    code: "#f5f6f8",
    keyword: "#0a53a8",
    string: "#00694f",
    number: "#8f3577",
    comment: "#616b76",
  },
  dark: {
    background: "#12151a",
    panel: "#191d23",
    ink: "#e6e9ed",
    muted: "#a0aab6",
    line: "#333a44",
    grid: "#262c34",
    accent: "#6cb4f7",
    right: "#5fe0bb",
    wrong: "#f08a60",
    "right-wash": "#143029",
    "wrong-wash": "#3a2219",
    code: "#14181d",
    keyword: "#7fbcf5",
    string: "#6fd0ae",
    number: "#e39fd0",
    comment: "#97a1ad",
  },
} as const;

export const markerShapes = ["circle", "square", "triangle", "diamond", "plus", "down", "star"] as const;
export type MarkerShape = (typeof markerShapes)[number];

/** How one recipe is drawn everywhere. */
export interface SeriesStyle {
  /** Index into `seriesColors`; the CSS class is `s<index>`. */
  color: number;
  shape: MarkerShape;
}

/** The style of each recipe; the base model's is always the first. */
export function seriesStyles(
  systems: readonly { recipe: string; iteration: number }[],
): Map<string, SeriesStyle> {
  const trained = new Set(systems.filter(({ iteration }) => iteration > 0).map(({ recipe }) => recipe));
  const untrained = new Set(systems.map(({ recipe }) => recipe).filter((recipe) => !trained.has(recipe)));
  const styles = new Map<string, SeriesStyle>();
  for (const recipe of untrained) styles.set(recipe, { color: 0, shape: markerShapes[0] });
  [...trained].forEach((recipe, index) => {
    const place = index % (seriesColors.light.length - 1);
    // When colours start over, shapes are shifted so that no pair repeats soon.
    const shift = Math.floor(index / (seriesColors.light.length - 1));
    styles.set(recipe, { color: 1 + place, shape: markerShapes[(1 + place + shift) % markerShapes.length]! });
  });
  return styles;
}

/** CSS custom properties of one theme: `--ink`, …, `--s0`, `--s1`, …. */
export function themeVariables(theme: "light" | "dark"): string {
  const named = Object.entries(themeColors[theme]).map(([name, color]) => `--${name}:${color}`);
  const series = seriesColors[theme].map((color, index) => `--s${index}:${color}`);
  return [...named, ...series].join(";");
}
