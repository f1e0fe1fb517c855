// The rollout browser: pick a problem, pick a rollout, see every turn beside the target that was imitated. Shipped by
// its source text: it may use nothing from outside itself. It writes text nodes only, never markup.
import type { BrowserData, BrowserProblem, BrowserTurn } from "./data.ts";
import type { PageDocument, PageElement } from "./dom.ts";

type WriteText = (document: PageDocument, into: PageElement, text: string, python: boolean) => void;

export function browseRollouts(document: PageDocument, data: BrowserData, write: WriteText): void {
  const find = (id: string) => document.getElementById(id)!;
  const [list, detail, search, status] = ["problems", "problem", "search", "found"].map(find) as [
    PageElement,
    PageElement,
    PageElement,
    PageElement,
  ];
  const element = (name: string, className = "", ...children: (PageElement | string)[]) => {
    const made = document.createElement(name);
    if (className !== "") made.className = className;
    made.append(...children);
    return made;
  };
  const button = (className: string, ...children: (PageElement | string)[]) => {
    const made = element("button", className, ...children);
    made.setAttribute("type", "button");
    return made;
  };
  const badge = (good: boolean, text: string) =>
    element("span", `badge ${good ? "right" : "wrong"}`, `${good ? "✓" : "✗"} ${text}`);
  const note = (words: string, quoted: string) => {
    const code = element("code");
    write(document, code, quoted, false);
    return element("p", "caption", words, code);
  };
  // Prompts and feedback are prose; a program is coloured. All of them scroll, so all of them take the focus.
  const block = (className: "code" | "prompt" | "feedback", index: number) => {
    const made = element("pre", className);
    write(document, made, data.texts[index]!, className === "code");
    made.setAttribute("tabindex", "0");
    return made;
  };
  const score = (value: number | null) => {
    const made = element(
      "span",
      "score",
      value === null ? "not scored" : `verifier ${value.toFixed(2).replace("-", "−")}`,
    );
    if (value !== null) made.setAttribute("data-tip", `verifier score ${value}`);
    return made;
  };
  const solvedBy = (turns: BrowserTurn[]) => turns.some((turn) => turn[3] === 1);

  let current = -1;
  let system = "";
  let sample = 0;
  let target = "";

  const turnCard = (turn: BrowserTurn, index: number) => {
    const [program, publicIndex, privateIndex, , feedback, value] = turn;
    const [shown, hidden] = [data.outcomes[publicIndex]!, data.outcomes[privateIndex]!];
    const head = element(
      "header",
      "",
      element("h5", "", `Turn ${index + 1}`),
      badge(shown.passed, `public: ${shown.text}`),
      badge(hidden.passed, `private: ${hidden.text}`),
      score(value),
    );
    const card = element("article", "turn", head, block("code", program));
    // A failed public test is told in the feedback, where there is any.
    const untold = [...(feedback < 0 ? [["public", shown] as const] : []), ["private", hidden] as const];
    for (const [kind, { detail: failure }] of untold) {
      if (failure !== "") card.append(note(`First ${kind} failure: `, failure));
    }
    if (feedback >= 0)
      card.append(element("p", "caption", "Feedback to the generator"), block("feedback", feedback));
    return card;
  };

  const chooser = (
    label: string,
    options: { name: string; content: (PageElement | string)[]; chosen: boolean; className: string }[],
    choose: (index: number) => void,
  ) => {
    const group = element("div", "choices");
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", label);
    const buttons = options.map(({ name, content, chosen, className }, index) => {
      const made = button(className, ...content);
      made.setAttribute("role", "radio");
      made.setAttribute("aria-label", name);
      made.setAttribute("aria-checked", `${chosen}`);
      made.setAttribute("tabindex", chosen ? "0" : "-1");
      made.addEventListener("click", () => choose(index));
      return made;
    });
    group.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const at = buttons.findIndex((made) => made.getAttribute("aria-checked") === "true");
      choose((at + step + buttons.length) % buttons.length);
      // The choice redraws the detail: focus goes to the same group's chosen button.
      for (const redrawn of detail.querySelectorAll('[role="radiogroup"]')) {
        if (redrawn.getAttribute("aria-label") === label)
          redrawn.querySelector('[aria-checked="true"]')?.focus();
      }
    });
    group.append(...buttons);
    return group;
  };

  const targetColumn = (problem: BrowserProblem) => {
    const column = element("section", "target", element("h4", "", "Target imitated"));
    if (problem.targets.length === 0) {
      column.append(element("p", "caption", "No recipe has a target for this problem."));
      return column;
    }
    const labels = [...new Set(problem.targets.map((each) => each.label))];
    if (!labels.includes(target)) target = labels.at(-1)!;
    const options = labels.map((label) => {
      const right = problem.targets.filter((each) => each.label === label).every((each) => each.right);
      return {
        name: `${label}, ${right ? "right" : "wrong"}`,
        content: [element("span", right ? "right" : "wrong", right ? "✓" : "✗"), ` ${label}`],
        chosen: label === target,
        className: "choice",
      };
    });
    column.append(
      chooser("Recipe and iteration of the target", options, (index) => {
        target = labels[index]!;
        showProblem(problem);
      }),
    );
    for (const each of problem.targets.filter(({ label }) => label === target)) {
      const states = each.states === 1 ? "1 state" : `${each.states} states`;
      const verdict = badge(
        each.right,
        each.right ? "right by the strong tests" : "wrong by the strong tests",
      );
      const head = element(
        "header",
        "",
        verdict,
        score(each.score),
        element("span", "score", `for ${states}`),
      );
      column.append(element("article", "turn", head, block("code", each.program)));
    }
    return column;
  };

  const showProblem = (problem: BrowserProblem) => {
    const chosen = problem.systems.find(({ label }) => label === system) ?? problem.systems[0];
    const turns = element("section", "rollout", element("h4", "", "Rollout"));
    if (chosen === undefined) turns.append(element("p", "caption", "No rollouts."));
    else {
      system = chosen.label;
      const rollout = chosen.rollouts[Math.min(sample, chosen.rollouts.length - 1)]!;
      sample = chosen.rollouts.indexOf(rollout);
      const systems = problem.systems.map(({ label }) => ({
        name: label,
        content: [label],
        chosen: label === system,
        className: "choice",
      }));
      const rollouts = chosen.rollouts.map((each, index) => {
        const solved = solvedBy(each.turns);
        return {
          name: `rollout ${each.sample + 1}, ${solved ? "solved" : "not solved"}`,
          content: [element("span", solved ? "right" : "wrong", solved ? "✓" : "✗"), ` ${each.sample + 1}`],
          chosen: index === sample,
          className: "choice",
        };
      });
      const redraw = () => showProblem(problem);
      turns.append(
        chooser("Generator", systems, (index) => {
          system = problem.systems[index]!.label;
          redraw();
        }),
        chooser("Rollout", rollouts, (index) => {
          sample = index;
          redraw();
        }),
        ...rollout.turns.map(turnCard),
        element("p", "caption", `Ended: ${rollout.stop}.`),
      );
    }
    const title = element("h3", "", problem.id);
    detail.replaceChildren(
      title,
      block("prompt", problem.prompt),
      element("div", "beside", turns, targetColumn(problem)),
    );
  };

  const items = data.problems.map((problem, index) => {
    const all = problem.systems.flatMap(({ rollouts }) => rollouts);
    const solved = all.filter(({ turns }) => solvedBy(turns)).length;
    const facts = element("small", "", `${solved}/${all.length} rollouts right`);
    if (problem.wrongTarget) facts.append(" · ", element("span", "wrong", "✗ wrong target"));
    const item = button(
      "problem",
      element("span", problem.solved ? "right" : "wrong", problem.solved ? "✓" : "✗"),
    );
    item.append(element("span", "id", problem.id), facts);
    item.addEventListener("click", () => open(index));
    return item;
  });
  const words = data.problems.map((problem) => {
    const programs = problem.systems.flatMap(({ rollouts }) =>
      rollouts.flatMap(({ turns }) => turns.map(([program]) => program)),
    );
    const all = new Set([problem.prompt, ...programs, ...problem.targets.map(({ program }) => program)]);
    return `${problem.id}\n${[...all].map((index) => data.texts[index]).join("\n")}`.toLowerCase();
  });

  const open = (index: number) => {
    if (index !== current) sample = 0;
    current = index;
    items.forEach((item, each) => {
      if (each === index) item.setAttribute("aria-current", "true");
      else item.setAttribute("aria-current", "false");
      item.setAttribute("tabindex", each === index ? "0" : "-1");
    });
    showProblem(data.problems[index]!);
  };

  const filter = () => {
    const wanted =
      [...document.querySelectorAll('input[name="show"]')].find((input) => input.checked)?.value ?? "all";
    const sought = search.value.trim().toLowerCase();
    const shown = data.problems.flatMap((problem, index) => {
      const kind =
        wanted === "all" ||
        (wanted === "solved" && problem.solved) ||
        (wanted === "unsolved" && !problem.solved) ||
        (wanted === "wrong-target" && problem.wrongTarget);
      return kind && words[index]!.includes(sought) ? [index] : [];
    });
    list.replaceChildren(...shown.map((index) => items[index]!));
    status.textContent = shown.length === 1 ? "1 problem" : `${shown.length} problems`;
    if (shown.length === 0) detail.replaceChildren(element("p", "caption", "No problem matches."));
    else open(shown.includes(current) ? current : shown[0]!);
  };

  list.addEventListener("keydown", (event) => {
    const shown = [...list.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement!) < 0 ? 0 : shown.indexOf(document.activeElement!);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined || shown.length === 0) return;
    event.preventDefault();
    const next = shown[Math.max(0, Math.min(shown.length - 1, to))]!;
    open(items.indexOf(next));
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target?.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== "/" || typing) return;
    event.preventDefault();
    search.focus();
  });
  search.addEventListener("input", filter);
  for (const input of document.querySelectorAll('input[name="show"]'))
    input.addEventListener("change", filter);
  filter();
}
