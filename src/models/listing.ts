// Which models a server has: the `/v1/models` route, as our engine, vLLM, llama.cpp and hosted models speak it.
import { WorkError } from "../core/errors.ts";
import { type ConnectionOptions, connect, excerpt, type ModelServer } from "./server.ts";

/** The names to send as `model`. Throws WorkError where the server doesn't answer or doesn't list its models. */
export async function listModels(
  server: Pick<ModelServer, "url" | "ready">,
  options?: ConnectionOptions,
): Promise<string[]> {
  const connection = connect({ ...server, model: "" }, options);
  try {
    const answer = (await connection.get("/v1/models")) as { data?: { id?: unknown }[] } | null;
    const names = Array.isArray(answer?.data) ? answer.data.map((model) => model?.id) : [];
    if (names.length > 0 && names.every((name): name is string => typeof name === "string")) return names;
    throw new WorkError(
      `GET ${server.url}/v1/models: lists no models: ${excerpt(JSON.stringify(answer) ?? "")}`,
    );
  } finally {
    await connection.close();
  }
}
