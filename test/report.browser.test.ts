// The report in a real browser: nothing in it can run or call out, every number and label can be read, and the
// rollout browser works by mouse and by keyboard. Needs a Chromium; says so and is skipped where there is none.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReportInput, renderReport } from "../src/report/index.ts";
import { syntheticReport } from "./fixtures/report.ts";

const places = [
  process.env.MUCODE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].filter((place) => place !== undefined);
const executablePath = places.find((place) => existsSync(place));
if (executablePath === undefined)
  console.warn(
    `report.browser.test: skipped, no Chromium at ${places.join(", ")}; set MUCODE_CHROMIUM to its path`,
  );

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

describe.skipIf(executablePath === undefined)("the report in a browser", () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mucode-report-"));
    browser = await chromium.launch({ executablePath: executablePath!, args: [...flags, ...quiet] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a report from disk; collects what it asked for and what went wrong. */
  async function open(input: ReportInput, width = 1280, colorScheme: "light" | "dark" = "light") {
    const file = join(folder, "report.html");
    writeFileSync(file, renderReport(input));
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const requests: string[] = [];
    const faults: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => faults.push(message.text()));
    page.on("dialog", (dialog) => {
      faults.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    const url = pathToFileURL(file).href;
    await page.goto(url);
    return { page, requests, faults, url };
  }

  test("hostile programs, feedback and names are shown as they are and never run", {
    timeout: 60_000,
  }, async () => {
    const attack = (where: string) =>
      `</script></pre></textarea><img src=x onerror="window.ran='${where}'"><svg onload="window.ran='${where}'"><!--<script>window.ran='${where}'//"'\`&amp;`;
    const input = syntheticReport(3, 2);
    const { metrics } = input;
    metrics.name = attack("name");
    metrics.results.benchmark = attack("benchmark");
    const recipe = attack("recipe");
    for (const system of metrics.results.systems) if (system.recipe === "mucode") system.recipe = recipe;
    metrics.results.costs[0]!.phase = attack("phase");
    metrics.results.losses[`${attack("loss")}/verifier`] = [
      [1, 1],
      [2, 0.5],
    ];
    metrics.seconds[attack("seconds")] = 1;
    input.config = attack("config");
    input.environment = { [attack("key")]: attack("value"), nested: { list: [attack("list")] } };
    const problem = input.problems[0]!;
    problem.id = attack("id");
    problem.prompt = attack("prompt");
    const rollout = problem.rollouts[0]!;
    rollout.recipe = recipe;
    const failed = {
      verdict: "exception" as const,
      passed: 0,
      total: 1,
      failure: { test: 0, error: attack("failure") },
    };
    rollout.turns = [
      {
        program: `print("${attack("program")}")`,
        public: failed,
        private: failed,
        correct: false,
        feedback: attack("feedback"),
        score: 1,
      },
      {
        program: "\u202e# hidden\u200b\u0007 and reversed",
        public: failed,
        private: failed,
        correct: false,
        feedback: null,
        score: null,
      },
    ];
    problem.rollouts = [rollout];
    problem.targets = [
      { recipe, iteration: 1, program: attack("target"), score: 0, right: false, states: 1 },
    ];

    const { page, requests, faults, url } = await open(input);
    expect(await page.evaluate("window.ran")).toBeUndefined();
    expect(await page.locator("img").count()).toBe(0);
    expect(requests).toEqual([url]);
    expect(faults).toEqual([]);
    expect(await page.locator("h1").textContent()).toBe(attack("name"));
    expect(await page.locator("#setup pre").textContent()).toBe(attack("config"));
    expect(await page.locator("#setup dd").first().textContent()).toBe(attack("value"));
    expect(await page.locator("#problem h3").textContent()).toBe(attack("id"));
    expect(await page.locator("#problem pre.prompt").textContent()).toBe(attack("prompt"));
    expect(await page.locator(".rollout pre.code").first().textContent()).toBe(
      `print("${attack("program")}")`,
    );
    expect(await page.locator(".rollout pre.feedback").textContent()).toBe(attack("feedback"));
    expect(await page.locator(".target pre.code").textContent()).toBe(attack("target"));
    // A character that would hide or reorder what a person reads is named.
    expect(await page.locator(".rollout pre.code").nth(1).textContent()).toBe(
      "U+202E# hiddenU+200BU+0007 and reversed",
    );
    await page.close();
  });

  test("even markup that slipped in could neither run nor call out", { timeout: 60_000 }, async () => {
    let visits = 0;
    const server = createServer((_, response) => {
      visits++;
      response.setHeader("Access-Control-Allow-Origin", "*").end("here");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const outside = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { page } = await open(syntheticReport(1, 1));
    try {
      await page.evaluate(`document.body.insertAdjacentHTML("beforeend",
        "<img src='${outside}/image' onerror='window.ran = 1'><iframe src='${outside}/frame'></iframe>")`);
      await page.evaluate(`{
        const script = document.createElement("script");
        script.textContent = "window.ran = 2";
        document.body.append(script);
      }`);
      const reached = await page.evaluate(`fetch("${outside}/fetch").then(() => true, () => false)`);
      expect(reached).toBe(false);
      expect(await page.evaluate("window.ran")).toBeUndefined();
      expect(visits).toBe(0);
      // The server can be reached: it is the page's policy that kept the requests in.
      expect(await (await fetch(outside)).text()).toBe("here");
    } finally {
      await page.close();
      server.close();
    }
  });

  test.each([
    [1280, "light"],
    [1280, "dark"],
    [400, "light"],
    [400, "dark"],
  ] as const)(
    "at %i pixels, %s: no text is cut, covered or off the page",
    { timeout: 60_000 },
    async (width, scheme) => {
      const { page, faults } = await open(syntheticReport(2, 3), width, scheme);
      await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = true`);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(await page.evaluate(chartFaults)).toEqual([]);
      // Tables may scroll sideways on a phone, not on a desk.
      const wide = `[...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth + 1).length`;
      if (width > 1000) expect(await page.evaluate(wide)).toBe(0);
      expect(faults).toEqual([]);
      await page.close();
    },
  );

  test.each([1280, 400])(
    "at %i pixels, eight recipes over four iterations and six turns stay readable",
    async (width) => {
      const input = syntheticReport(4, 1);
      const { results } = input.metrics;
      const last = results.systems.at(-1)!;
      const longer = <T>(turns: T[]) => [...turns, ...turns];
      for (const accuracy of [last.greedy, ...Object.values(last.bestOfN.selectors)]) {
        accuracy.strong = longer(accuracy.strong);
        accuracy.private = longer(accuracy.private);
      }
      const trained = Array.from({ length: 32 }, (_, index) => ({
        ...last,
        recipe: `a-recipe-with-a-longer-name-${index >> 2}`,
        iteration: 1 + (index & 3),
        selected: (index & 3) === 2,
      }));
      results.systems = [{ ...last, recipe: "base", iteration: 0, relabel: null }, ...trained];
      const { page, faults } = await open(input, width);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(await page.evaluate(chartFaults)).toEqual([]);
      expect(faults).toEqual([]);
      await page.close();
    },
    60_000,
  );

  test("filters, search and both kinds of keyboard movement work", { timeout: 60_000 }, async () => {
    const input = syntheticReport(5, 24);
    input.problems[7]!.prompt += "\nThe word zebra occurs here only.";
    const solved = (at: number) =>
      input.problems[at]!.rollouts.some(({ turns }) => turns.some(({ correct }) => correct));
    const { page } = await open(input);
    const listed = () => page.locator("#problems .id").allTextContents();
    const shown = () => page.locator("#problem h3").textContent();
    const ids = input.problems.map(({ id }) => id);

    await page.getByRole("radio", { name: "Unsolved" }).check();
    expect(await listed()).toEqual(ids.filter((_, at) => !solved(at)));
    await page.getByRole("radio", { name: "Solved", exact: true }).check();
    expect(await listed()).toEqual(ids.filter((_, at) => solved(at)));
    await page.getByRole("radio", { name: "Wrong target" }).check();
    expect(await listed()).toEqual(
      ids.filter((_, at) => input.problems[at]!.targets.some(({ right }) => !right)),
    );

    await page.getByRole("radio", { name: "All" }).check();
    await page.locator("h1").click();
    await page.keyboard.press("/");
    await page.keyboard.type("ZEBRA");
    expect(await listed()).toEqual([ids[7]]);
    expect(await shown()).toBe(ids[7]);
    await page.keyboard.type("!");
    expect(await page.locator("#found").textContent()).toBe("0 problems");
    await page.locator("#search").fill("");

    await page.locator("#problems button").nth(3).click();
    await page.keyboard.press("ArrowDown");
    expect(await shown()).toBe(ids[4]);
    await page.keyboard.press("End");
    expect(await shown()).toBe(ids.at(-1));
    await page.keyboard.press("Home");
    expect(await shown()).toBe(ids[0]);
    await page.locator('[aria-label="Rollout"] [aria-checked="true"]').focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await page.evaluate("document.activeElement.textContent")).toMatch(/ 3$/);
    const third = input.problems[0]!.rollouts[2]!;
    expect(await page.locator(".rollout pre.code").allTextContents()).toEqual(
      third.turns.map(({ program }) => program),
    );
    await page
      .locator(".target")
      .getByRole("radio", { name: /^rft 2/ })
      .click();
    expect(await page.locator(".target pre.code").count()).toBe(
      input.problems[0]!.targets.filter(({ recipe, iteration }) => recipe === "rft" && iteration === 2)
        .length,
    );
    await page.close();
  });

  test("a mark tells its number under the pointer", { timeout: 60_000 }, async () => {
    const input = syntheticReport(1, 1);
    const { page } = await open(input);
    const mark = page.locator("#turns .mark").first();
    await mark.scrollIntoViewIfNeeded();
    await mark.hover();
    const { mean, se } = input.metrics.results.systems[0]!.greedy.strong[0]!;
    const number = `${(100 * mean).toFixed(1)} ± ${(100 * se).toFixed(1)} %`;
    await expect.poll(() => tooltip(page)).toBe(`base, greedy, within T1: ${number}`);
    await page.mouse.move(2, 2);
    await expect.poll(() => page.locator(".tooltip").isVisible()).toBe(false);
    await page.close();
  });
});

function tooltip(page: Page): Promise<string | null> {
  return page.locator(".tooltip").textContent();
}

/** Run in the page: texts of each chart that leave it or run into each other, and texts cut by their box. */
const chartFaults = `(() => {
  const faults = [];
  for (const chart of document.querySelectorAll("svg.chart")) {
    const room = chart.closest(".panel").getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [name, box] of texts) {
      if (box.left < room.left || box.right > room.right || box.top < room.top || box.bottom > room.bottom)
        faults.push("outside its panel: " + name);
      if (box.height < 9) faults.push("too small: " + name);
    }
    texts.forEach(([a, one], i) => texts.slice(i + 1).forEach(([b, two]) => {
      const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (across > 1 && down > 3) faults.push("overlap: " + a + " and " + b);
    }));
  }
  for (const box of document.querySelectorAll(".tiles li, .panel, .turn, .problem, dd, figcaption, .legend li")) {
    if (box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0) faults.push("cut: " + box.textContent.slice(0, 40));
  }
  return faults;
})()`;
