// What a test may name without asking the program is said twice, in TypeScript when a test is read and in Python when it is
// run: the two must agree, or a test is refused that could be judged.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { namesOfProgram } from "../../src/sandbox/test-names.ts";
import { sandboxPython } from "./interpreters.ts";
import { onLinux, pythonPath } from "./programs.ts";

test.runIf(onLinux)(
  "Python's own names, its modules and the tools of tests are not the program's",
  async () => {
    const asking = `import builtins, json, sys
sys.path.insert(0, sys.argv[1])
from names import _ALIASES, _STANDARD, _TOOL_MODULES
public = lambda names: [name for name in names if not name.startswith("_")]
plain = [*public(dir(builtins)), "__import__", *_TOOL_MODULES]
print(json.dumps([*plain, *(name + ".x" for name in public([*_STANDARD, *_ALIASES]))]))`;
    const { stdout } = await promisify(execFile)(await pythonPath(), ["-c", asking, sandboxPython]);
    const names = JSON.parse(stdout) as string[];
    expect(names.length).toBeGreaterThan(300);
    expect(names.filter((name) => namesOfProgram([name], new Set()).length > 0)).toEqual([]);
    expect(namesOfProgram(["f"], new Set())).toEqual(["f"]);
  },
);
