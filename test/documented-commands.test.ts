// Every `mucode …` line in the documentation's code blocks names a command that exists, with flags that it takes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mucode, repository } from "./run-process.ts";

const pages = [
  "README.md",
  ...readdirSync(join(repository, "docs", "reference"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/reference/${name}`),
];

/** The words after `mucode` of each command line in a page's shell blocks, without comments and what is piped on. */
function commandLines(page: string): string[][] {
  const blocks = page.matchAll(/^```(?:bash|sh|console)\n([\s\S]*?)^```/gm);
  return [...blocks].flatMap(([, block]) =>
    block!
      .replaceAll("\\\n", " ")
      .split("\n")
      .flatMap((line) => /^(?:\$ )?(?:\w+=\S+ )*(?:npx )?mucode +(.+)$/.exec(line.trim())?.[1] ?? [])
      .map((rest) =>
        rest
          .replace(/(?:^|\s)#.*$|\s[|<>&;].*$/g, "")
          .trim()
          .split(/\s+/),
      ),
  );
}

test("commands are found in shell blocks alone", () => {
  const page = "```bash\nnpx mucode a b --c d # x\nA=1 mucode e \\\n  --f | g\n```\n\n```ts\nmucode h\n```\n";
  expect(commandLines(page)).toEqual([
    ["a", "b", "--c", "d"],
    ["e", "--f"],
  ]);
});

const helps = new Map<string, Promise<string>>();
function help(...command: string[]): Promise<string> {
  const key = command.join(" ");
  const known = helps.get(key) ?? mucode(...command, "--help").then(({ stdout }) => stdout);
  helps.set(key, known);
  return known;
}
const listed = (text: string) =>
  [...(text.split("\nCommands:\n")[1] ?? "").matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name!);

const lines = pages.flatMap((page) =>
  commandLines(readFileSync(join(repository, page), "utf8")).map((words) => ({ page, words })),
);

test("every documented command and flag exists", { timeout: 120_000 }, async () => {
  expect(lines.length).toBeGreaterThan(10);
  const wrong: string[] = [];
  for (const { page, words } of lines) {
    const command: string[] = [];
    let text = await help();
    while (listed(text).length > 0 && words[command.length] !== undefined) {
      const word = words[command.length]!;
      if (!listed(text).includes(word)) break;
      command.push(word);
      text = await help(...command);
    }
    if (command.length === 0 && !words[0]!.startsWith("-")) wrong.push(`${page}: no command ${words[0]}`);
    for (const word of words) {
      const flag = /^--?[a-z][\w-]*/.exec(word)?.[0];
      if (flag && !new RegExp(`(^|[\\s,])${flag}(?=[\\s,]|$)`, "m").test(text.split("\nExample")[0]!))
        wrong.push(`${page}: mucode ${command.join(" ")} has no ${flag}`);
    }
  }
  expect(wrong).toEqual([]);
});
