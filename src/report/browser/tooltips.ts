// Tooltips that appear at once and follow the pointer, in place of the browsers' slow ones. Shipped by its source
// text: it may use nothing from outside itself.
import type { PageDocument, PageElement } from "./dom.ts";

export function showTooltips(document: PageDocument): void {
  const bubble = document.createElement("div");
  bubble.className = "tooltip";
  bubble.hidden = true;
  // The same text is in the mark's label, which is what a screen reader reads.
  bubble.setAttribute("aria-hidden", "true");
  document.body.append(bubble);
  for (const mark of document.querySelectorAll(".mark")) {
    const title = mark.querySelector("title");
    if (title === null) continue;
    mark.setAttribute("data-tip", title.textContent ?? "");
    title.remove();
  }
  const place = (x: number, y: number) => {
    const room = document.documentElement.clientWidth - bubble.offsetWidth - 8;
    bubble.style.left = `${Math.max(8, Math.min(x + 12, room))}px`;
    const above = y - bubble.offsetHeight - 12;
    bubble.style.top = `${above > 4 ? above : y + 18}px`;
  };
  const under = (target: PageElement | null) => target?.closest?.("[data-tip]") ?? null;
  document.addEventListener("pointermove", (event) => {
    const mark = under(event.target);
    bubble.hidden = mark === null;
    if (mark === null) return;
    bubble.textContent = mark.getAttribute("data-tip");
    place(event.clientX, event.clientY);
  });
  document.addEventListener("scroll", () => {
    bubble.hidden = true;
  });
}
