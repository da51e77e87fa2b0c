/**
 * Every domain string of every derivation and signature, in one file so that no two are equal
 * (spec/SPEC.md, registry). Each ends in the version of what it separates.
 *
 * @module
 */
import { textToBytes } from "../lib/utf8.ts";

export const LABEL = {
  handshakePrologue: "kith/1 handshake",
  handshakeResponder: "kith/1 handshake responder",
  handshakeInitiator: "kith/1 handshake initiator",
  resumePrologue: "kith/1 resume",
  resumeSecret: "kith/1 resume secret",
  resumeId: "kith/1 resume id",
  trafficKey: "kith/1 traffic key",
  trafficNext: "kith/1 traffic next",
  cookie: "kith/1 cookie",
  contactKey: "kith/1 contact key",
  pairSecret: "kith/1 pair secret",
  contactTag: "kith/1 contact tag",
  presenceHint: "kith/1 presence hint",
  door: "kith/1 door",
  doorTag: "kith/1 door tag",
  pairingSid: "kith/1 pairing sid",
  pairingConfirm: "kith/1 pairing confirm",
  pairingIdentity: "kith/1 pairing identity",
  pairingQr: "kith/1 pairing qr",
  sasCommit: "kith/1 sas commit",
  sasWords: "kith/1 sas words",
  grant: "kith/1 grant",
  auditEntry: "kith/1 audit entry",
  auditHead: "kith/1 audit head",
  vault: "kith/1 vault",
  identityExport: "kith/1 identity export",
  roomOperation: "kith/1 room operation",
  roomRoster: "kith/1 room roster",
  roomInvitation: "kith/1 room invitation",
  roomJoinProof: "kith/1 room join proof",
  roomJoinSession: "kith/1 room join session",
  roomJoinCode: "kith/1 room join code",
  roomPrekey: "kith/1 room prekey",
  roomParcel: "kith/1 room parcel",
  roomGeneration: "kith/1 room generation",
  roomEpochCheck: "kith/1 room epoch check",
  roomStream: "kith/1 room stream",
  roomKeysAtRest: "kith/1 room keys at rest",
  fileManifest: "kith/1 file manifest",
  fileLeaf: "kith/1 file leaf",
  fileNode: "kith/1 file node",
  swarmFile: "kith/1 swarm file",
  docMark: "kith/1 doc mark",
  roomChannel: "kith/1 room channel",
  roomEnvelope: "kith/1 room envelope",
  roomStreamName: "kith/1 room stream name",
  roomBroadcast: "kith/1 room broadcast",
  roomUnicast: "kith/1 room unicast",
  roomNeighbours: "kith/1 room neighbours",
  mailPrekey: "kith/1 mail prekey",
  mailSeal: "kith/1 mail seal",
  mailItem: "kith/1 mail item",
  mailItemId: "kith/1 mail item id",
  mailKeysAtRest: "kith/1 mail keys at rest",
  relayKey: "kith/1 relay key",
  relayWelcome: "kith/1 relay welcome",
  relayLogin: "kith/1 relay login",
  relayToll: "kith/1 relay toll",
  relayTag: "kith/1 relay tag",
  relayRoom: "kith/1 relay room",
  relaySuccessor: "kith/1 relay successor",
} as const;

export type Label = (typeof LABEL)[keyof typeof LABEL];

/** A label as the bytes that are hashed. */
export const labelBytes = (label: Label): Uint8Array => textToBytes(label);
