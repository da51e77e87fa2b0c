/**
 * Contacts for the screen: a table of all, and everything about one.
 *
 * @module
 */
import type { Contact, GrantView, PassedGrant, ReceivedGrant, Trust, VerifiedBy } from "@kith/sdk";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { safeText } from "./terminal-text.ts";
import { agoInWords, bytesInWords, dateInWords, shortFingerprint } from "./units.ts";

/** Glossary words only (docs/glossary.md): first use and a pinned key are not verification by a person. */
export const VERIFIED: Readonly<Record<VerifiedBy, string>> = {
  qr: "verified by QR code",
  pin: "verified by PIN",
  code: "verified by code",
  words: "verified by words",
  "first-use": "not verified (first use)",
  pinned: "pinned by hand",
};

export function contactTable(
  contacts: readonly Contact[],
  style: Style,
  width: number,
  now: number,
): readonly string[] {
  const rows = contacts.map((contact) => [
    safeText(contact.name, 32),
    contact.role,
    contact.isBlocked ? "BLOCKED" : VERIFIED[contact.verifiedBy],
    shortFingerprint(contact.fingerprint),
    contact.session === "open"
      ? "connected"
      : contact.lastSeenAt === undefined
        ? "never"
        : agoInWords(contact.lastSeenAt, now),
  ]);
  return table(
    [
      { title: "NAME", isFlexible: true, paint: style.strong },
      { title: "ROLE" },
      { title: "TRUST", paint: (cell) => (cell.startsWith("verified") ? style.good(cell) : style.warn(cell)) },
      { title: "FINGERPRINT" },
      { title: "SEEN", paint: (cell) => (cell.startsWith("connected") ? style.good(cell) : style.dim(cell)) },
    ],
    rows,
    { width, titlePaint: style.dim },
  );
}

/** What goes both ways between a contact and us beyond its role. */
export interface Grants {
  /** What it may do here. */
  readonly may: readonly GrantView[];
  readonly letsUs: readonly ReceivedGrant[];
  readonly passedOn: readonly PassedGrant[];
}

export const grantsOf = (contact: Contact, { received, passedOn }: Pick<Trust, "received" | "passedOn">): Grants => ({
  may: contact.grants,
  letsUs: received.get().filter(({ issuer }) => issuer === contact.peer),
  passedOn: passedOn.get().filter(({ subject }) => subject === contact.peer),
});

/** One line for each grant of a contact. */
export function grantLines(name: string, { may, letsUs, passedOn }: Grants): readonly string[] {
  const who = safeText(name, 32);
  return [
    ...may.map((grant) => `${who} may: ${grantLine(grant)}`),
    ...letsUs.map((grant) => `${who} lets you: ${receivedLine(grant)}`),
    ...passedOn.map((grant) => `${who} has from you: ${grantLine(grant)}`),
  ];
}

export function contactLines(contact: Contact, grants: Grants, style: Style, now: number): readonly string[] {
  const seen =
    contact.lastSeenAt === undefined
      ? "never"
      : `${dateInWords(contact.lastSeenAt)} (${agoInWords(contact.lastSeenAt, now)})`;
  return [
    style.strong(safeText(contact.name)),
    `  fingerprint  ${contact.fingerprint}`,
    `  peer id      ${contact.peer}`,
    `  trust        ${contact.isBlocked ? style.bad("BLOCKED") : VERIFIED[contact.verifiedBy]}, ${dateInWords(contact.verifiedAt)}`,
    `  role         ${contact.role}`,
    `  session      ${contact.session}`,
    `  last seen    ${seen}`,
    ...(contact.notes === "" ? [] : [`  notes        ${safeText(contact.notes)}`]),
    ...fieldLines("may", grants.may.map(grantLine)),
    ...fieldLines("lets you", grants.letsUs.map(receivedLine)),
    ...fieldLines("has from you", grants.passedOn.map(grantLine)),
  ];
}

const fieldLines = (field: string, lines: readonly string[]): readonly string[] =>
  lines.map((line, at) => `  ${(at === 0 ? field : "").padEnd(12)} ${line}`);

/** One that was passed on to us counts elsewhere than at whoever gave it. */
const receivedLine = (grant: ReceivedGrant): string =>
  grant.root === grant.issuer ? grantLine(grant) : `${grantLine(grant)}, at ${grant.root.slice(0, 16)}`;

export function grantLine(grant: GrantView): string {
  const { count, bytes, perMinute } = grant.limits;
  const parts = [
    `${safeText(grant.operation, 40)} [${safeText(grant.id.slice(0, 8))}]`,
    ...(grant.notBefore === undefined ? [] : [`from ${dateInWords(grant.notBefore)}`]),
    ...(grant.notAfter === undefined ? [] : [`until ${dateInWords(grant.notAfter)}`]),
    ...(count === undefined ? [] : [`${count} times`]),
    ...(bytes === undefined ? [] : [`at most ${bytesInWords(bytes)}`]),
    ...(perMinute === undefined ? [] : [`${perMinute} a minute`]),
    ...(grant.delegations === undefined ? [] : ["may be passed on"]),
  ];
  return parts.join(", ");
}
