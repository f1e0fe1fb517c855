// Where an evaluated model comes from: a server that somebody runs, or a model folder that our engine serves for as long
// as it is needed. To everything else both are a Generator or a Verifier.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Executor, ServeSpec } from "../jobs/executor.ts";
import {
  balanced,
  balancedVerifiers,
  type ConnectionOptions,
  chatVerifier,
  classifyVerifier,
  codeOnly,
  type Generator,
  listModels,
  type ModelServer,
  openAiGenerator,
  type Verifier,
} from "../models/index.ts";
import { openModel } from "./model-folder.ts";
import { packageFolder } from "./package.ts";

/** How the engine serves, as far as results depend on it. */
export type Serving = Pick<ServeSpec, "dtype" | "device" | "threads" | "maxBatch">;

export type ModelSource = (
  | {
      kind: "server";
      /** Of one or more servers of the same model. */
      urls: readonly string[];
      name: string;
      apiKey?: string;
    }
  | {
      kind: "folder";
      label: string;
      folder: string;
      digest: string;
      serving: Serving;
      /** A verifier that was trained on programs alone. */
      input?: "code";
    }
) & {
  /** A verifier that is a chat model, and is asked. */
  asked?: true;
};

const usualServing: Serving = { dtype: "auto", device: "auto", threads: 1, maxBatch: 128 };

export interface RemoteOptions {
  /** Of the server's models; default: the only one that it lists. */
  name?: string | undefined;
  /** Bearer token. It is sent and never written. */
  apiKey?: string | undefined;
  /** The flags, for messages: "--model" and "--model-name". */
  flag: string;
  nameFlag: string;
  connection?: ConnectionOptions;
}

/**
 * A model by the address of its server, by its folder, or "pocket" for the embedded one.
 * @throws InputError where it is none of these, or the server has several models and none is named
 */
export async function openModelSource(text: string, options: RemoteOptions): Promise<ModelSource> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return openServer(text, options);
  if (options.name !== undefined)
    throw new InputError(options.nameFlag, `is for a server; ${options.flag} ${text} is a folder`);
  if (/^[a-z0-9.-]+:\d+(?:\/|$)/i.test(text) && !existsSync(text))
    throw new InputError(options.flag, `${JSON.stringify(text)} is no address; did you mean http://${text}?`);
  const pocket = text === "pocket";
  const { folder, digest } = await openModel(pocket ? join(packageFolder, "pocket", "model") : text);
  // The embedded model is small enough for arithmetic that repeats to the byte.
  const serving: Serving = pocket ? { ...usualServing, dtype: "float64" } : usualServing;
  return { kind: "folder", label: text, folder, digest, serving };
}

async function openServer(text: string, options: RemoteOptions): Promise<ModelSource> {
  const urls = text.split(",").map((part) => baseUrl(part.trim(), options.flag));
  const key = options.apiKey === undefined ? {} : { apiKey: options.apiKey };
  if (options.name !== undefined) return { kind: "server", urls, name: options.name, ...key };
  const names = await Promise.all(urls.map((url) => onlyModel(url, options, key)));
  const other = names.findIndex((name) => name !== names[0]);
  if (other >= 0)
    throw new InputError(
      options.flag,
      `${urls[0]} serves ${names[0]} and ${urls[other]} serves ${names[other]}; servers side by side must have one model`,
    );
  return { kind: "server", urls, name: names[0]!, ...key };
}

async function onlyModel(url: string, options: RemoteOptions, key: { apiKey?: string }): Promise<string> {
  const names = await listModels({ url, ready: async () => {} }, { ...options.connection, ...key });
  if (names.length > 1)
    throw new InputError(
      options.nameFlag,
      `is needed: ${url} has ${names.length} models: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`,
    );
  return names[0]!;
}

/** The address without what the client adds: `https://host/v1/` and `https://host` are the same server. */
export function baseUrl(text: string, flag: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InputError(flag, `${JSON.stringify(text)} is no address; expected one like http://host:8000`);
  }
  if (url.username !== "" || url.password !== "")
    throw new InputError(
      flag,
      "leave credentials out of the address: they would be written down; use MUCODE_API_KEY",
    );
  if (!/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new InputError(flag, `${JSON.stringify(text)} is no base address of the form http://host:8000`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "").replace(/\/v1$/, "");
}

/** What names the model in settings and titles; without the key. */
export function sourceName(source: ModelSource): string {
  const name = source.kind === "server" ? `${source.name} at ${source.urls.join(", ")}` : source.label;
  return source.asked ? `${name}, asked` : name;
}

/** What else results depend on. */
export function sourceIdentity(source: ModelSource): unknown {
  const asked = source.asked && { asked: true };
  if (source.kind === "server") return { url: source.urls.join(","), name: source.name, ...asked };
  const { dtype, device } = source.serving;
  return { digest: source.digest, dtype, device, ...(source.input && { input: source.input }), ...asked };
}

/** Serves a generator for as long as `use` takes. */
export function withGeneratorOf<T>(
  source: ModelSource,
  executor: Executor | null,
  use: (generator: Generator) => Promise<T>,
): Promise<T> {
  return withClients(source, "generate", executor, openAiGenerator, (clients) => use(balanced(clients)));
}

/** Serves a verifier for as long as `use` takes; null stays null. */
export function withVerifierOf<T>(
  source: ModelSource | null,
  executor: Executor | null,
  use: (verifier: Verifier | null) => Promise<T>,
): Promise<T> {
  if (!source) return use(null);
  const reading = source.kind === "folder" && source.input === "code" ? codeOnly : (one: Verifier) => one;
  const [task, clientOf] = source.asked
    ? (["generate", chatVerifier] as const)
    : (["classify", classifyVerifier] as const);
  return withClients(source, task, executor, clientOf, (clients) => use(reading(balancedVerifiers(clients))));
}

async function withClients<C extends { close(): Promise<void> }, T>(
  source: ModelSource,
  task: ServeSpec["task"],
  executor: Executor | null,
  clientOf: (server: ModelServer, options?: ConnectionOptions) => C,
  use: (clients: C[]) => Promise<T>,
): Promise<T> {
  if (source.kind === "server") {
    const { urls, name, apiKey } = source;
    const key = apiKey === undefined ? {} : { apiKey };
    const clients = urls.map((url) => clientOf({ url, model: name, ready: async () => {} }, key));
    try {
      return await use(clients);
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  }
  if (!executor) throw new Error("a model folder needs an executor");
  const served = await executor.serve({ model: source.folder, task, ...source.serving });
  const client = clientOf(served);
  try {
    return await use([client]);
  } finally {
    await client.close();
    await served.stop();
  }
}
