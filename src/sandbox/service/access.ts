// Who may ask: everyone on this machine by default, and beyond it only who knows the token.
import { createHash, timingSafeEqual } from "node:crypto";
import { lookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { BlockList, isIPv6 } from "node:net";
import { InputError } from "../../core/errors.ts";

export const tokenVariable = "MUCODE_SANDBOX_TOKEN";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * The address to bind for a host's name. Throws InputError where it is not of this machine alone and there is no token.
 * The address itself is bound afterwards, not the name, which might by then mean another.
 */
export async function bindAddress(host: string, token: string | undefined): Promise<string> {
  let address: string;
  try {
    address = (await lookup(host)).address;
  } catch {
    throw new InputError(`host ${JSON.stringify(host)}`, "a name or an address of this machine was expected");
  }
  const local = loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  if (!local && token === undefined) {
    throw new InputError(
      `host ${JSON.stringify(host)}`,
      `it can be reached from other machines, which needs a token: set ${tokenVariable}, of at least 16 characters, in the environment`,
    );
  }
  return address;
}

/** The token of the environment, checked. It never appears in a message. */
export function readToken(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!/^[\x21-\x7e]{16,1024}$/.test(value)) {
    throw new InputError(
      tokenVariable,
      "16 to 1024 characters of ASCII without spaces and line ends were expected, seen something else",
    );
  }
  return value;
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Tells whether a request carries the token; always true where there is none. In time that does not depend on it. */
export function gatekeeper(token: string | undefined): (request: IncomingMessage) => boolean {
  if (token === undefined) return () => true;
  const expected = digest(token);
  return ({ headers }) => {
    const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    return timingSafeEqual(digest(given), expected);
  };
}
