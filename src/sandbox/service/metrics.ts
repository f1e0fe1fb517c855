// What the service counts, in Prometheus' text format. accepted = finished + dropped + waiting + in flight, always.

/** Why a job was not taken. */
export type RefusalReason = "full" | "malformed" | "too-large" | "unauthorized" | "unavailable";

/** Read at the moment of asking. */
export interface Gauges {
  queueLength: number;
  inFlight: number;
  workers: number;
}

export interface Metrics {
  accepted(): void;
  refused(reason: RefusalReason): void;
  /** Judged, with the verdict of the first group that did not pass, else "passed". Seconds from its start. */
  finished(verdict: string, seconds: number): void;
  /** Accepted and never started: its caller left, or the service was shut down. */
  dropped(): void;
  restarted(): void;
  text(gauges: Gauges): string;
}

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(): Metrics {
  let accepted = 0;
  let dropped = 0;
  let restarts = 0;
  const refused = new Map<string, number>();
  const finished = new Map<string, number>();
  const buckets = bounds.map(() => 0);
  let seconds = 0;
  let judged = 0;
  const count = (counts: Map<string, number>, label: string) =>
    counts.set(label, (counts.get(label) ?? 0) + 1);

  const text = ({ queueLength, inFlight, workers }: Gauges): string => {
    const name = (short: string) => `mucode_sandbox_${short}`;
    const lines: string[] = [];
    const add = (short: string, type: string, help: string, samples: readonly string[]) =>
      lines.push(`# HELP ${name(short)} ${help}`, `# TYPE ${name(short)} ${type}`, ...samples);
    const single = (short: string, type: string, help: string, value: number) =>
      add(short, type, help, [`${name(short)} ${value}`]);
    const labelled = (short: string, help: string, label: string, counts: Map<string, number>) =>
      add(
        short,
        "counter",
        help,
        [...counts].map(([key, value]) => `${name(short)}{${label}="${key}"} ${value}`),
      );
    single("jobs_accepted_total", "counter", "Jobs taken into the queue.", accepted);
    labelled("jobs_refused_total", "Requests that were not taken, by reason.", "reason", refused);
    labelled("jobs_finished_total", "Jobs judged, by verdict.", "verdict", finished);
    single("jobs_dropped_total", "counter", "Jobs taken and given up before they started.", dropped);
    single("queue_length", "gauge", "Jobs that wait.", queueLength);
    single("in_flight", "gauge", "Jobs being judged.", inFlight);
    add("judge_seconds", "histogram", "From a job's start to its verdict.", [
      ...bounds.map((bound, i) => `${name("judge_seconds_bucket")}{le="${bound}"} ${buckets[i]}`),
      `${name("judge_seconds_bucket")}{le="+Inf"} ${judged}`,
      `${name("judge_seconds_sum")} ${seconds}`,
      `${name("judge_seconds_count")} ${judged}`,
    ]);
    single("workers", "gauge", "Workers that live.", workers);
    single("worker_restarts_total", "counter", "Workers started in place of others that died.", restarts);
    return `${lines.join("\n")}\n`;
  };

  return {
    accepted: () => void accepted++,
    refused: (reason) => void count(refused, reason),
    finished: (verdict, taken) => {
      count(finished, verdict);
      judged++;
      seconds += taken;
      for (const [i, bound] of bounds.entries()) if (taken <= bound) buckets[i]!++;
    },
    dropped: () => void dropped++,
    restarted: () => void restarts++,
    text,
  };
}
