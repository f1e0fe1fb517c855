// Three kinds of work leave the orchestrator's process: serving a model, training one, and (later) judging
// programs. An Executor starts them somewhere; results travel as files, so that "somewhere" can be a child
// process here or a job on a cluster.

export interface ServeSpec {
  /** Hugging Face model folder. */
  model: string;
  task: "generate" | "classify";
  /** "float64" makes results independent of how requests were batched (see docs/decisions). */
  dtype: "auto" | "float32" | "float64" | "bfloat16";
  device: "auto" | "cpu" | "cuda";
  /** Threads of this process on a CPU. */
  threads: number;
  /** Most sequences decoded together. */
  maxBatch: number;
}

export interface TrainSpec {
  kind: "generator" | "verifier" | "pretrain";
  /** Hugging Face folder of the base model. */
  model: string;
  /** JSON Lines of examples. */
  data: string;
  /** Folder to create; written beside itself and renamed, so that it exists only when it is whole. */
  output: string;
  seed: number;
  /** Hyperparameters by the engine's names (docs/reference/engine.md). */
  options: Record<string, string | number | boolean>;
}

export interface TrainProgress {
  step: number;
  steps: number;
  loss: number;
  /** Training tokens per second, padding not counted. */
  tokensPerSecond: number;
}

export interface TrainResult {
  steps: number;
  tokens: number;
  seconds: number;
  loss: number;
}

/** A running model server. One that dies is restarted behind the same handle, usually at another address. */
export interface Served {
  /** Base URL without a trailing slash, e.g. "http://127.0.0.1:41233". Read it anew for every request. */
  readonly url: string;
  /** Name to send as `model`. */
  readonly model: string;
  /** Resolves while the server answers, waits while it restarts, rejects with WorkError when it is gone for good. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface Executor {
  /** Starts a model server and waits until it answers. InputError when the model cannot be read. */
  serve(spec: ServeSpec): Promise<Served>;
  /** Runs a training job to its end. InputError when its files are wrong, WorkError when it fails twice. */
  train(spec: TrainSpec, onProgress?: (progress: TrainProgress) => void): Promise<TrainResult>;
  /** Ends everything that it started. */
  close(): Promise<void>;
}
