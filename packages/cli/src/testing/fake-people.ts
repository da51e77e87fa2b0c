/** Peers, contacts and messages for tests: fixed keys, fixed times, one with a hostile name. */
import { type PeerId, parsePeerId } from "@kith/core";
import type { ChatMessage, Contact, NearbyPeer, PathView, ReceivedGrant, SessionView, TransferView } from "@kith/sdk";

/** 2026-11-21 12:00:00 UTC. */
export const FAKE_NOW = 1_795_262_400_000;

export function fakePeer(digits: string): PeerId {
  const peer = parsePeerId(digits.repeat(64).slice(0, 64));
  if (peer === undefined) throw new Error(`${digits} is no start of a PeerId`);
  return peer;
}

export const ADA: PeerId = fakePeer("ada0");
export const BOB: PeerId = fakePeer("b0b1");
export const CAROL: PeerId = fakePeer("ca20");
export const MALLORY: PeerId = fakePeer("bad0");

/** Not the real derivation: eight groups, of which the first say who it is. */
export const fakeFingerprint = (peer: PeerId): string =>
  (peer.slice(0, 8) + peer.slice(0, 24)).toUpperCase().match(/.{4}/g)?.join("-") ?? "";

/** Moves the cursor, renames the window, turns the text around, piles up accents, breaks the line. */
export const HOSTILE_NAME =
  "Ev\u001b[2Jil\u001b]0;pwned\u0007\u202eNALP\u2066\n\u0301\u0301\u0301\u0301\u0301\u0301x\u009b31m";

export const fakeContact = (peer: PeerId, name: string, more: Partial<Contact> = {}): Contact => ({
  peer,
  name,
  fingerprint: fakeFingerprint(peer),
  verifiedBy: "pin",
  verifiedAt: FAKE_NOW - 86_400_000,
  lastSeenAt: FAKE_NOW - 240_000,
  role: "member",
  notes: "",
  isBlocked: false,
  session: "none",
  grants: [],
  ...more,
});

export const fakeGrant = (id: string, issuer: PeerId, more: Partial<ReceivedGrant> = {}): ReceivedGrant => ({
  id: id.padEnd(32, "0"),
  operation: "game/1",
  notAfter: FAKE_NOW + 7_200_000,
  limits: { count: 3 },
  issuer,
  root: issuer,
  ...more,
});

export const fakeNearby = (key: string, name: string | undefined, more: Partial<NearbyPeer> = {}): NearbyPeer => ({
  key,
  ...(name === undefined ? {} : { name }),
  isContact: more.peer !== undefined,
  hints: ["192.168.1.7:41641"],
  session: "none",
  seenAt: FAKE_NOW - 1_000,
  ...more,
});

export const fakeSession = (peer: PeerId, name: string, path: PathView): SessionView => ({
  ...{ peer, name, path, isContact: true },
  fingerprint: fakeFingerprint(peer),
  openedAt: FAKE_NOW - 60_000,
});

export const fakeMessage = (id: string, peer: PeerId, text: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: id.repeat(32).slice(0, 32),
  peer,
  isOurs: false,
  text,
  writtenAt: FAKE_NOW - 60_000,
  state: "stored",
  reactions: [],
  isEdited: false,
  isDeleted: false,
  ...more,
});

export const fakeTransfer = (id: string, peer: PeerId, more: Partial<TransferView> = {}): TransferView => ({
  id: id.repeat(32).slice(0, 32),
  peer,
  isOutgoing: false,
  state: "offered",
  names: ["photo.jpg"],
  fileCount: 1,
  bytesTotal: 4_000_000,
  bytesDone: 0,
  bytesPerSecond: 0,
  startedAt: FAKE_NOW - 5_000,
  ...more,
});
