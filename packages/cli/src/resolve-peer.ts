/**
 * Who is meant by a peer argument: a contact's name, a nearby peer's name or number, the first
 * groups of a fingerprint, a whole PeerId, or `host:port`.
 *
 * All readings are tried and must agree on one peer. A name is a claim that anyone can make, so no
 * reading wins over another: two peers called Bob are an error that lists both, never a guess. Only
 * a whole PeerId leaves no doubt. Where just a contact will do, strangers are not asked.
 *
 * @module
 */
import type { PeerId } from "@kith/core";
import type { Contact, NearbyPeer } from "@kith/sdk";
import { around } from "./around.ts";
import { CliError, EXIT } from "./exit-code.ts";
import type { Kith, OpenKith } from "./kith.ts";
import { readPeerId } from "./peer-id.ts";
import { PeerNumbers } from "./peer-numbers.ts";
import { safeText } from "./render/terminal-text.ts";
import { count, shortFingerprint } from "./render/units.ts";
import type { Shell } from "./shell.ts";
import { until } from "./waiting.ts";

/** How long a node that was just started looks for somebody, in milliseconds. */
export const LOOK_FOR_PEER_MS = 6_000;
/** Fewest digits of a fingerprint that may name a peer. */
export const FINGERPRINT_DIGITS_MIN = 4;

export interface Meant {
  /** What `connect` and `pairing.start` take. */
  readonly target: string;
  /** Absent for a stranger that nobody spoke to yet. */
  readonly peer?: PeerId;
  readonly contact?: Contact;
  /** For the screen: cleaned. */
  readonly label: string;
}

/** Anybody: for `pair` and `connect`. @throws {CliError} `ERR_PEER_UNKNOWN`, `ERR_PEER_AMBIGUOUS` */
export async function resolvePeer(shell: Shell, { kith, isFresh }: OpenKith, text: string): Promise<Meant> {
  const look = (): Meant | undefined => find(shell, kith, text);
  const address = isAddress(text) ? { target: text, label: safeText(text) } : undefined;
  const found = look() ?? address;
  if (found !== undefined) return found;
  if (isFresh) shell.note(`Looking for ${safeText(text)} …`);
  const timeoutMs = isFresh ? LOOK_FOR_PEER_MS : 0;
  const later = await until([kith.nearby, kith.trust.contacts], look, { signal: shell.signal, timeoutMs });
  if (later !== undefined) return later;
  throw new CliError(
    EXIT.unknown,
    "ERR_PEER_UNKNOWN",
    `Cannot find ${safeText(text)}: no contact or nearby peer is called that`,
    {
      hint: "`kith peers` lists who is near, `kith trust list` whom you know.",
    },
  );
}

/**
 * A contact, near or away: for `chat`, `send`, `trust`. Strangers do not count: nobody can keep Ada from
 * writing to Bob by taking his name.
 * @throws {CliError} also `ERR_NOT_A_CONTACT`
 */
export async function resolveContact(shell: Shell, open: OpenKith, text: string): Promise<Contact> {
  const known = meantBy(shell, open.kith, text).filter((meant) => meant.contact !== undefined);
  if (known.length > 1) throw ambiguous(text, known);
  if (known[0]?.contact !== undefined) return known[0].contact;
  const meant = await resolvePeer(shell, open, text);
  const contact = meant.contact ?? (await contactAt(shell, open, meant));
  if (contact !== undefined) return contact;
  throw new CliError(EXIT.refused, "ERR_NOT_A_CONTACT", `${meant.label} is not a contact yet`, {
    hint: `Pair first: kith pair ${/^[\w.:-]+$/.test(text) ? text : JSON.stringify(safeText(text))}`,
  });
}

/** An address says nothing about who is there: ask. */
async function contactAt(shell: Shell, { kith }: OpenKith, meant: Meant): Promise<Contact | undefined> {
  if (meant.peer !== undefined || !isAddress(meant.target)) return undefined;
  const { peer } = await kith.connect(meant.target, { signal: shell.signal });
  return kith.trust.contacts.get().find((contact) => contact.peer === peer);
}

const isAddress = (text: string): boolean => /^(\[[0-9A-Fa-f:.%\w]+\]|[^\s:/]+):\d{1,5}$/.test(text);

function find(shell: Shell, kith: Kith, text: string): Meant | undefined {
  const found = meantBy(shell, kith, text);
  if (found.length > 1) throw ambiguous(text, found);
  return found[0];
}

/** Everybody whom `text` could mean, each once. */
function meantBy(shell: Shell, kith: Kith, text: string): readonly Meant[] {
  const contacts = kith.trust.contacts.get();
  const nearby = around(kith);
  const whole = readPeerId(text);
  if (whole !== undefined) {
    const contact = contacts.find(({ peer }) => peer === whole);
    return [
      contact === undefined ? { target: whole, peer: whole, label: `${whole.slice(0, 8)}…` } : meantContact(contact),
    ];
  }
  const found = new Map<string, Meant>();
  for (const contact of contacts) {
    if (isName(contact.name, text) || isFingerprint(contact.fingerprint, text))
      found.set(contact.peer, meantContact(contact));
  }
  const numbered = /^\d{1,4}$/.test(text) ? PeerNumbers.load(shell.options.home).find(Number(text), nearby) : undefined;
  for (const one of nearby) {
    if (one === numbered || one.key === text || (one.name !== undefined && isName(one.name, text))) {
      const meant = meantNearby(one, contacts);
      found.set(meant.peer ?? meant.target, meant);
    }
  }
  for (const session of kith.openSessions.get()) {
    if (isFingerprint(session.fingerprint, text) && !found.has(session.peer)) {
      const label = labelOf(session.name ?? "A stranger", session.fingerprint);
      found.set(session.peer, { target: session.peer, peer: session.peer, label });
    }
  }
  return [...found.values()];
}

const plain = (text: string): string => text.normalize("NFKC").trim().toLowerCase();
/** Whether a person would say that `text` is that name. */
export const isName = (name: string, text: string): boolean => plain(name) === plain(text) && plain(text) !== "";

/** Whether `text` is the beginning of it, written in any way. */
export function isFingerprint(fingerprint: string, text: string): boolean {
  const digits = text.replace(/[\s:-]/g, "").toUpperCase();
  if (digits.length < FINGERPRINT_DIGITS_MIN || !/^[0-9A-F]+$/.test(digits)) return false;
  return fingerprint.replace(/[\s-]/g, "").startsWith(digits);
}

const labelOf = (name: string, fingerprint: string): string =>
  `${safeText(name, 40)} (${shortFingerprint(fingerprint)})`;

const meantContact = (contact: Contact): Meant => ({
  target: contact.peer,
  peer: contact.peer,
  contact,
  label: labelOf(contact.name, contact.fingerprint),
});

function meantNearby(one: NearbyPeer, contacts: readonly Contact[]): Meant {
  const contact = contacts.find(({ peer }) => peer === one.peer);
  if (contact !== undefined) return meantContact(contact);
  const where = one.hints[0] === undefined ? "" : ` at ${safeText(one.hints[0], 48)}`;
  const label = `${safeText(one.name ?? "A stranger", 40)}${where}`;
  return { target: one.key, label, ...(one.peer === undefined ? {} : { peer: one.peer }) };
}

const ambiguous = (text: string, found: readonly Meant[]): CliError =>
  new CliError(
    EXIT.unknown,
    "ERR_PEER_AMBIGUOUS",
    `Cannot tell who ${safeText(text)} is: ${count(found.length, "peer")} answer to that: ${found.map(({ label }) => label).join(", ")}`,
    { hint: "Use the number that `kith peers` shows, or the first groups of the fingerprint." },
  );
