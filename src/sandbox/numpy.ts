// Which programs need numpy, and where it comes from. It is loaded once into warm workers of their own, so that those
// of the others stay lean; a program that needs it where there is none gets Python's own ModuleNotFoundError.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.ts";

/** A numpy that an interpreter of programs can load. */
export interface Numpy {
  version: string;
  /** The site folder that holds the package. */
  site: string;
}

// An import statement or a call that imports. A false alarm costs time, never a verdict. Linear in the program's length:
// one part alone may eat spaces.
const importsNumpy =
  /(?:^|[\n;:])[ \t]*(?:import|from)[ \t](?:[\w., \t]*[ \t,])?numpy\b|\b(?:__import__|import_module)\s*\(\s*["']numpy\b/;

export function needsNumpy(program: string, packages: readonly string[] = []): boolean {
  return packages.includes("numpy") || importsNumpy.test(program);
}

/**
 * The numpy for programs of the interpreter `python`: its own, else that of `named`, else that of the newest engine
 * environment of this user, where its Python has the same minor version. Undefined where there is none.
 * Throws InputError where `named` has none that fits.
 */
export async function findNumpy(python: string, named?: string): Promise<Numpy | undefined> {
  const minor = await minorVersion(python);
  const own = await numpyOf(python, minor);
  if (typeof own !== "string") return own;
  if (named !== undefined) {
    const numpy = await numpyOf(named, minor);
    if (typeof numpy !== "string") return numpy;
    throw new InputError('sandbox option "numpyPython"', `${named}: ${numpy}`);
  }
  for (const candidate of engineInterpreters()) {
    const numpy = await numpyOf(candidate, minor);
    if (typeof numpy !== "string") return numpy;
  }
  return undefined;
}

function engineInterpreters(environment: NodeJS.ProcessEnv = process.env): string[] {
  const home = environment.MUCODE_HOME
    ? resolve(environment.MUCODE_HOME)
    : join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "mucode");
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .filter((name) => /^engine-[0-9a-f]+$/.test(name))
    .map((name) => join(home, name, "bin", "python"))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, made: statSync(resolve(path, "../..")).mtimeMs }))
    .sort((a, b) => b.made - a.made)
    .map(({ path }) => path);
}

const probe = `
import importlib.machinery, importlib.util, os, re, sys
print("%d.%d" % sys.version_info[:2])
spec = importlib.util.find_spec("numpy")
if spec and spec.origin:
    folder = os.path.dirname(os.path.realpath(spec.origin))
    text = open(os.path.join(folder, "version.py")).read()
    print(os.path.dirname(folder))
    print(re.search(r"version\\s*(?::\\s*str\\s*)?=\\s*[\\"']([^\\"']+)", text)[1])
`;

async function minorVersion(python: string): Promise<string> {
  return (await ask(python)).split("\n")[0] ?? "";
}

/** The numpy that an interpreter finds, or why it is of no use. Looks for its files; loads nothing. */
async function numpyOf(python: string, minor: string): Promise<Numpy | string> {
  const [seen, site, version] = (await ask(python)).split("\n");
  if (!seen) return "it is no Python interpreter";
  if (seen !== minor) return `its Python ${seen} is not the sandbox's ${minor}`;
  return site && version ? { site, version } : "it has no numpy";
}

function ask(python: string): Promise<string> {
  return new Promise((answer) => {
    // -I keeps the caller's folder and variables out; a site folder is what is looked for, so no -S.
    execFile(python, ["-I", "-c", probe], { timeout: 15_000, encoding: "utf8" }, (error, stdout) =>
      answer(error ? "" : stdout),
    );
  });
}
