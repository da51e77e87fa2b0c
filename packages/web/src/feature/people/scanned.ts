/**
 * What a QR code, a link or a pasted text of another person leads to. It came from outside: whatever is not exactly one
 * of our forms is none.
 *
 * @module
 */
export type Scanned =
  /** As `pairing.start` takes it. */
  | { readonly what: "pair"; readonly text: string }
  | { readonly what: "join"; readonly code: string }
  /** Of who shares no server with us. */
  | { readonly what: "direct"; readonly kind: "offer" | "answer"; readonly text: string }
  | { readonly what: "room"; readonly ticket: string };

const PREFIX = "kith:pair/";
const TEXT_CHARS_MAX = 4_096;

/** `undefined`: nothing of Kith's. */
export function readScanned(text: string): Scanned | undefined {
  const plain = text.trim();
  if (plain.length > TEXT_CHARS_MAX) return undefined;
  if (/^kith:pair\/[\w-]+$/.test(plain)) return { what: "pair", text: plain };
  // The first two bytes, version and kind, are the first characters: AQE an offer, AQI an answer.
  const [, kind] = /^kith:rtc\/AQ([E-L])[\w-]{1,340}$/.exec(plain) ?? [];
  if (kind !== undefined) return { what: "direct", kind: kind < "I" ? "offer" : "answer", text: plain };
  if (/^\d{1,5}(-[a-z]+){2,4}(@[\w.:[\]-]{1,255})?$/i.test(plain)) return { what: "join", code: plain.toLowerCase() };
  // Of a page of the app, wherever that is served: only the fragment counts, and nobody goes to the address.
  const [, where = "", what = "", rest = ""] = /#\/(people|rooms)\/(pair|join)\/(\S+)$/.exec(plain) ?? [];
  const code = decoded(rest);
  if (where === "rooms" && what === "join" && code !== "") return { what: "room", ticket: code };
  if (where !== "people") return undefined;
  return what === "pair" ? readScanned(PREFIX + code) : readScanned(code);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** What a pairing's link carries of its text, and back. */
export const pairingCode = (text: string): string => (text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text);
export const pairingText = (code: string): string => PREFIX + code;
