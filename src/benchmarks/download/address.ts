// Addresses of a download: the public one or a mirror's, where a redirect may lead, and how an address is shown.
import { InputError } from "../../core/errors.ts";
import type { DataFile } from "../sources.ts";

/**
 * The base address of a mirror, checked.
 * @param where who named it, for the error: "--mirror".
 * @throws InputError where it is not an http or https address, or its name or password can't be decoded.
 */
export function mirrorAddress(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol))
    throw new InputError(
      where,
      `"${withoutCredentials(text)}" is no address; expected one such as https://mirror.example/mucode`,
    );
  if (![url.username, url.password].every(isDecodable))
    throw new InputError(
      where,
      `the name or password in the address of ${url.host} has a % without two hexadecimal digits of UTF-8 behind it; a % itself is written %25`,
    );
  url.hash = "";
  url.search = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Where a file is asked for: its public address, or its path below the mirror. */
export function addressOf(file: DataFile, mirror?: URL): URL {
  return mirror === undefined ? new URL(file.url) : new URL(file.path, mirror);
}

/** Where a redirect leads, or why it is not followed. */
export function redirectTarget(from: URL, location: string): URL | string {
  if (!URL.canParse(location, from.href)) return `it redirects to "${location}", which is no address`;
  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:")
    return `it redirects to ${shown(to)}, and only http and https are followed`;
  if (from.protocol === "https:" && to.protocol === "http:" && !isLoopback(to.hostname))
    return `it redirects from https to ${shown(to)}, which is not encrypted`;
  return to;
}

/** An address for messages: without name, password and query, which may hold a key. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** A name and password in an address, as the header that carries them; they go to their own server only. */
export function authorization(asked: URL, at: URL): Record<string, string> {
  if (asked.username === "" || asked.origin !== at.origin) return {};
  const pair = `${decodeURIComponent(asked.username)}:${decodeURIComponent(asked.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** What may be a name and password goes, whatever else is wrong with the text. */
function withoutCredentials(text: string): string {
  return text.replace(/^([^/?#]*\/\/)?[^/?#]*@/, "$1…@");
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
