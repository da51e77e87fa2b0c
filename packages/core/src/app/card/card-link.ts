/**
 * Links to cards (spec/app-card.md §8):
 *
 *     text    = "https://" · host · "/c#" · base64url of payload, or "kith:card/" · the same
 *     payload = u8 1 · u8 2 · text host · 16 B secret        the share is kept there, sealed
 *             | u8 1 · u8 1 · share                          the link holds it, signed and not sealed
 *
 * What matters stands after `#`, which a browser does not send. A host is said twice, so that one that was exchanged shows
 * at once; everything else that could be edited is inside a signature. A link that holds the whole share needs no server,
 * and sealing it would add nothing: the key would stand beside it.
 *
 * @module
 */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { Secret } from "../../crypto/secret.ts";
import { assert } from "../../lib/assert.ts";
import { base64urlToBytes, bytesToBase64url } from "../../lib/base64url.ts";
import { Reader } from "../../lib/reader.ts";
import { WireError } from "../../lib/wire-error.ts";
import { Writer } from "../../lib/writer.ts";
import { CARD_HOST_BYTES_MAX, CARD_LINK_CHARS_MAX } from "../../wire/card-limits.ts";
import { CARD_LINK } from "../../wire/card-registry.ts";
import { isCardHost } from "./card-host.ts";
import { type CardShare, readShare, SHARE_SECRET_BYTES } from "./card-share.ts";

export const CARD_LINK_PREFIX = "kith:card/";
const VERSION = 1;

export type CardLink =
  | { readonly kind: "kept"; readonly host: string /** 16 bytes. */; readonly secret: Secret }
  | { readonly kind: "whole"; readonly share: CardShare };

/** `page`: the host that serves the page; without one the link is for those who have Kith. */
export function encodeCardLink(link: CardLink, page?: string): string {
  const writer = new Writer(64).u8(VERSION).u8(CARD_LINK[link.kind]);
  if (link.kind === "kept") {
    assert(isCardHost(link.host) && link.secret.reveal().length === SHARE_SECRET_BYTES, "host and secret of a link");
    assert(page === undefined || page === link.host, "the page is at the host that keeps the share");
    writer.text(link.host).bytes(link.secret.reveal());
  } else writer.bytes(link.share.bytes);
  assert(page === undefined || isCardHost(page), "host of a page");
  const text = (page === undefined ? CARD_LINK_PREFIX : `https://${page}/c#`) + bytesToBase64url(writer.finish());
  assert(text.length <= CARD_LINK_CHARS_MAX, `link of ${text.length} characters`);
  return text;
}

/**
 * Reads a link exactly as it is made: no other scheme, path, query, credentials or spelling of a host. `plainHosts`: those
 * that may serve it by http, as a node on the LAN does. Nothing is fetched or saved.
 * @throws {WireError} `ERR_UNKNOWN_TYPE` if it is no link to a card at all.
 */
export function readCardLink(provider: CryptoProvider, text: string, plainHosts: readonly string[] = []): CardLink {
  if (text.length > CARD_LINK_CHARS_MAX) throw new WireError("ERR_TOO_LARGE", `link of ${text.length} characters`);
  const [, scheme, page, payload = ""] = /^(?:kith:card\/|(https?):\/\/([^/?#]*)\/c#)([\w-]+)$/.exec(text) ?? [];
  if (payload === "") throw new WireError("ERR_UNKNOWN_TYPE", "not a link to a card");
  if (page !== undefined && !isCardHost(page)) throw new WireError("ERR_TEXT", "host of a link");
  if (scheme === "http" && (page === undefined || !plainHosts.includes(page)))
    throw new WireError("ERR_VALUE", "link by http to a host that is not ours");
  const reader = new Reader(base64urlToBytes(payload));
  if (reader.u8() !== VERSION) throw new WireError("ERR_VERSION", "link to a card");
  const kind = reader.u8();
  if (kind === CARD_LINK.whole) {
    const share = readShare(provider, reader.rest());
    // One that was made to be kept would here be had without being counted.
    if (share.host !== "" || share.uses !== 0) throw new WireError("ERR_VALUE", "share that is kept elsewhere");
    return { kind: "whole", share };
  }
  if (kind !== CARD_LINK.kept) throw new WireError("ERR_VALUE", "kind of a link");
  const host = reader.text(CARD_HOST_BYTES_MAX);
  const secret = reader.bytes(SHARE_SECRET_BYTES).slice();
  reader.end();
  if (!isCardHost(host)) throw new WireError("ERR_TEXT", "host of a link");
  if (page !== undefined && page !== host) throw new WireError("ERR_VALUE", "link whose host was exchanged");
  return { kind: "kept", host, secret: new Secret(secret) };
}
