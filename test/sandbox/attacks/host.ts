// What attacks aim at on the machine outside: a process, files that anybody may change, and sockets that listen.
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { until } from "../../processes.ts";

const victim = `
import os, socket, sys
folder, name = sys.argv[1:]
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); abstract.bind("\\0" + name)
named = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); named.bind(folder + "/socket"); os.chmod(folder + "/socket", 0o777)
print("ready", flush=True)
import select
while True:
    for s in select.select([abstract, named], [], [])[0]: print("received", s.recv(100), flush=True)
`;

export interface Host {
  /** The attack, aimed at this host. */
  aim(program: string): string;
  /** What has been done to it, in words; empty when it is as it was. */
  damage(): string[];
  close(): void;
}

/** `python` runs the process, as the user that programs of the tier "fork" have, so that only the tier stands between. */
export async function startHost(python: string): Promise<Host> {
  const folder = mkdtempSync("/var/tmp/mucode-attacked-");
  const socket = `mucode-attacked-${process.pid}`;
  const own = join(folder, "own");
  chmodSync(folder, 0o777);
  for (const file of ["open", "own"]) {
    writeFileSync(join(folder, file), "the-secret-of-a-file");
    chmodSync(join(folder, file), 0o666);
  }
  const asNobody =
    process.getuid?.() === 0 ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];
  if (asNobody.length > 0) chownSync(own, 65534, 65534);
  const [program, ...words] = [...asNobody, python, "-c", victim, folder, socket];
  const child: ChildProcess = spawn(program!, words, { stdio: ["ignore", "pipe", "inherit"] });
  let heard = "";
  child.stdout!.on("data", (data) => {
    heard += data;
  });
  await until(() => heard.startsWith("ready"), 20, "the attacked process listens");
  const files = readdirSync(folder).sort().join();
  const state = () =>
    JSON.stringify([statSync(own).mode, statSync(own).mtimeMs, readdirSync(folder).sort().join()]);
  const before = state();
  return {
    aim: (text) =>
      text
        .replaceAll("HOST_FOLDER", folder)
        .replaceAll("HOST_PID", String(child.pid))
        .replaceAll("HOST_SOCKET", socket),
    damage: () => {
      const found = heard.split("\n").slice(1).filter(Boolean);
      if (child.exitCode !== null || child.signalCode !== null) found.push("the process is gone");
      if (state() !== before) found.push(`the files were ${files} and are ${state()}`);
      if (readFileSync(join(folder, "open"), "utf8") !== "the-secret-of-a-file")
        found.push("a file was changed");
      return found;
    },
    close: () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
