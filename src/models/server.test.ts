// Answers of HTTP/1.0 servers: the connection ends while the answer is still being read.
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { connect } from "./server.ts";

test("a large answer is whole though the server closes the connection at once", async () => {
  const text = JSON.stringify({ text: "x".repeat(1 << 20) });
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(`HTTP/1.0 200 OK\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n`);
      socket.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = connect({ url, model: "", ready: async () => {} });
  const answers = await Promise.all(Array.from({ length: 20 }, () => connection.post("/x", {})));
  for (const answer of answers) expect((answer as { text: string }).text).toHaveLength(1 << 20);
  await connection.close();
  server.close();
});
