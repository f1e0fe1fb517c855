// Writing and naming files by content: atomic writes, digests of files and folders, canonical JSON.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";

/** JSON with sorted keys and no spaces: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export async function fileDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Digest of every file below a folder, by relative path in sorted order. */
export async function folderDigests(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const digests: Record<string, string> = {};
  for (const file of files) digests[file] = await fileDigest(join(folder, file));
  return digests;
}

/** Writes beside the target, flushes to disk and renames: readers see the old file or the new one. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.partial`, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.partial`, file);
}
