// What a worker makes on the machine, and must take away.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folders of control groups and of scratch that a worker's outermost process has made and not removed. */
export function foldersOf(pid: number): string[] {
  const found: string[] = [];
  const look = (base: string) => {
    if (existsSync(base)) found.push(...readdirSync(base).map((name) => join(base, name)));
  };
  for (const base of ["/dev/shm", "/tmp"]) look(base);
  for (const line of readFileSync("/proc/self/cgroup", "utf8").trim().split("\n")) {
    const [, controllers, path] = line.split(":") as [string, string, string];
    const base = join("/sys/fs/cgroup", controllers || "unified", path);
    for (const folder of [base, dirname(base)]) look(folder);
  }
  return found.filter((path) => path.includes(`/mucode-sandbox-${pid}-`));
}
