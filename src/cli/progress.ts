// Drawing a run's progress: on a terminal one line per phase in work, with bar, rate and time left; elsewhere a
// line when a phase ends and one a minute before, so that logs stay short.
import type { PhaseProgress, Progress } from "../experiment/progress.ts";

interface Line {
  name: string;
  total: number;
  unit: string;
  /** Units that were there before this process. */
  before: number;
  done: number;
  note: string;
  start: number;
}

const frameMs = 200;

const begin = (name: string, total: number, unit: string, done: number): Line => ({
  name,
  total,
  unit,
  before: done,
  done,
  note: "",
  start: performance.now(),
});

export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress & { stop(): void } {
  const active = new Set<Line>();
  let drawn = 0;
  let timer: NodeJS.Timeout | null = null;

  const erase = () => {
    if (drawn > 0) stream.write(`\x1b[${drawn}F\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    erase();
    const width = stream.columns ?? 80;
    for (const line of active) stream.write(`${renderLine(line, performance.now(), width)}\n`);
    drawn = active.size;
  };
  return {
    phase(name, total, unit, done = 0): PhaseProgress {
      const line = begin(name, total, unit, done);
      active.add(line);
      timer ??= setInterval(draw, frameMs).unref();
      return {
        advance(units = 1) {
          line.done += units;
        },
        note(text) {
          line.note = text;
        },
        end() {
          if (!active.delete(line)) return;
          erase();
          stream.write(`${renderEnd(line, performance.now())}\n`);
          draw();
        },
      };
    },
    stop() {
      if (timer) clearInterval(timer);
      erase();
    },
  };
}

/** How often a phase that is in work writes a line to a log. */
const logMs = 60_000;

/** For pipes and logs: one line per finished phase, and one a minute, with rate and time left, of a phase in work. */
export function plainProgress(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): Progress {
  return {
    phase(name, total, unit, done = 0): PhaseProgress {
      const line = { ...begin(name, total, unit, done), start: now() };
      let written = line.start;
      let ended = false;
      return {
        advance(units = 1) {
          line.done += units;
          if (now() - written < logMs || line.done >= total) return;
          written = now();
          write(renderLine(line, written, Number.POSITIVE_INFINITY));
        },
        note(text) {
          line.note = text;
        },
        end() {
          if (!ended) write(renderEnd(line, now()));
          ended = true;
        },
      };
    },
  };
}

function rate(line: Line, now: number): number {
  return (line.done - line.before) / Math.max(0.001, (now - line.start) / 1000);
}

/** `mucode 1: roll out   ████████░░░░  62 %  2,790/4,500 rollouts  211/s  8 s left`, cut to the terminal's width. */
export function renderLine(line: Line, now: number, width: number): string {
  const share = line.total === 0 ? 1 : line.done / line.total;
  const filled = Math.round(share * 16);
  const bar = "█".repeat(filled) + "░".repeat(16 - filled);
  const speed = rate(line, now);
  const left = speed > 0 ? ` ${seconds((line.total - line.done) / speed)} left` : "";
  const text =
    `${line.name.padEnd(28)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ` +
    `${amount(line.done)}/${amount(line.total)} ${line.unit}  ${amount(speed)}/s ${left}  ${line.note}`;
  return text.slice(0, width - 1).trimEnd();
}

function renderEnd(line: Line, now: number): string {
  const took = seconds((now - line.start) / 1000);
  const note = line.note === "" ? "" : `, ${line.note}`;
  return `${line.name.padEnd(28)} ${amount(line.done)}/${amount(line.total)} ${line.unit} in ${took}${note}`;
}

function amount(value: number): string {
  return value >= 100 || Number.isInteger(value)
    ? Math.round(value).toLocaleString("en-US")
    : value.toFixed(1);
}

function seconds(value: number): string {
  if (value < 99.5) return `${Math.round(value)} s`;
  if (value < 5970) return `${Math.round(value / 60)} min`;
  return `${(value / 3600).toFixed(1)} h`;
}
