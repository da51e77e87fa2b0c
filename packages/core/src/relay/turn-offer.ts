/**
 * What a relay answers to *turn* (spec/relay.md §3): for so long, whoever has this may use these servers.
 *
 *     text user · text password · u32 lifetime, s · u8 count · (text URL)*
 *
 * @module
 */
import { Reader } from "../lib/reader.ts";
import { type Duration, seconds } from "../lib/time.ts";
import { WireError } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";

const TEXT_BYTES_MAX = 255;
export const TURN_URLS_MAX = 8;

export interface TurnOffer {
  readonly user: string;
  readonly password: string;
  readonly lifetime: Duration;
  /** As `turn:turn.example:3478`; at most {@link TURN_URLS_MAX}. */
  readonly urls: readonly string[];
}

export function encodeTurnOffer({ user, password, lifetime, urls }: TurnOffer): Uint8Array {
  const writer = new Writer()
    .text(user)
    .text(password)
    .u32(lifetime / 1_000)
    .u8(urls.length);
  for (const url of urls) writer.text(url);
  return writer.take();
}

/** @throws {WireError} */
export function decodeTurnOffer(bytes: Uint8Array): TurnOffer {
  const reader = new Reader(bytes);
  const [user, password] = [reader.text(TEXT_BYTES_MAX), reader.text(TEXT_BYTES_MAX)];
  const lifetime = seconds(reader.u32());
  const count = reader.u8();
  if (count > TURN_URLS_MAX) throw new WireError("ERR_LIMIT", `${count} servers`);
  const urls = Array.from({ length: count }, () => reader.text(TEXT_BYTES_MAX));
  reader.end();
  if (!urls.every((url) => /^(stun|turns?):[\x21-\x7e]+$/.test(url))) throw new WireError("ERR_VALUE", "no server");
  return { user, password, lifetime, urls };
}
