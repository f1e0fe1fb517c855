// HTML and SVG as a tagged template that escapes everything put into it: programs, feedback and names come from
// models and are hostile until proven otherwise, so unescaped text cannot be written by accident.

/** Markup that is safe to put into a page as it is. Only the `html` tag and `join` make it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | readonly Html[] | string | number | null;

/** Text is escaped, `Html` is kept, null is nothing; numbers (coordinates) are written with at most two decimals. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0]!;
  parts.forEach((part, index) => {
    text += render(part) + strings[index + 1]!;
  });
  return new Html(text);
}

function render(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "number") return String(Math.round(part * 100) / 100);
  if (typeof part === "string") return escapeHtml(part);
  return part.map((piece) => piece.text).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** JSON for a `<script type="application/json">`: no `<` is left that could end the element. */
export function scriptJson(data: unknown): Html {
  return new Html(JSON.stringify(data).replaceAll("<", "\\u003c"));
}
