// A worker's first words: that it is ready, and behind which layers, or which of them could not be made and why.
import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { WorkError } from "../core/errors.ts";

const startSeconds = 60;

/** A layer of the jail can't be made here. There is no weaker jail to fall back on. */
export class JailRefused extends WorkError {
  readonly step: string;
  /** What the system said. */
  readonly reason: string;
  /** What to do about it, where that is known. */
  readonly fix: string;
  constructor(step: string, reason: string, fix: string) {
    super(`the jail for programs can't be made: step "${step}" failed (${reason})${fix && `; ${fix}`}`);
    this.name = "JailRefused";
    this.step = step;
    this.reason = reason;
    this.fix = fix;
  }
}

/** What holds a worker's programs beside its tier's fixed layers: it depends on the machine, so the worker tells. */
export interface Layers {
  /** The control group that bounds the memory and processes of all its programs together. */
  cgroup: "v2" | "v1" | "none";
  /** The kernel's Landlock ABI in use, 0 for none. */
  landlock: number;
  /** Pages of a worker's memory that the kernel copies at each fork, at once; 0 where io_uring, which that takes, is closed. */
  hotPages: number;
}

/** Waits for the worker's first message. Throws WorkError that names the step that failed and the fix. */
export function ready(
  child: ChildProcess,
  ended: Promise<void>,
  errors: () => string,
  listen: (listener: (line: string) => void) => void,
): Promise<{ layers: Layers; raise: (megabytes: number) => void }> {
  return new Promise((resolve, reject) => {
    const refuse = (error: WorkError) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(error);
    };
    const late = new WorkError(`the sandbox did not start within ${startSeconds} s`);
    const timer = setTimeout(() => refuse(late), startSeconds * 1000);
    void ended.then(() =>
      refuse(new WorkError(`the sandbox did not start: ${errors() || "its worker died"}`)),
    );
    listen((line) => {
      const message = JSON.parse(line) as ReadyMessage;
      if (message.event === "ready") {
        clearTimeout(timer);
        const { cgroup = "none", landlock = 0, hotPages = 0, memoryFile } = message;
        resolve({
          layers: { cgroup, landlock, hotPages },
          raise: (megabytes) => raiseLimit(memoryFile, megabytes),
        });
      } else {
        refuse(
          new JailRefused(message.step ?? "start", message.error ?? "no reason given", message.fix ?? ""),
        );
      }
    });
  });
}

interface ReadyMessage extends Partial<Layers> {
  event: string;
  memoryFile?: string;
  step?: string;
  error?: string;
  fix?: string;
}

/** For a program that may take more than most: the group is a backstop, and must not strike before its own limit. */
function raiseLimit(file: string | undefined, megabytes: number): void {
  if (file) writeFileSync(file, String(Number(readFileSync(file, "utf8")) + megabytes * 2 ** 20));
}
