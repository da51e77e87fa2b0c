/** One join message of each kind and form. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { JOIN_PARTS_MAX, ROOM_CODE_NUMBER_MAX } from "../wire/limits.ts";
import { JOIN_MESSAGE } from "../wire/registry.ts";
import type { JoinMessage, JoinPresent } from "./join-message.ts";

export const proof = new Uint8Array(16).fill(1);
export const present: JoinPresent = { type: "present", way: "knock", name: "Ada", prekey: Uint8Array.of(1, 2, 3) };
const invitation = {
  publicKey: new Uint8Array(32).fill(2),
  roomSignature: new Uint8Array(64).fill(3),
  sessionSignature: new Uint8Array(64).fill(4),
};

export const SAMPLES: readonly JoinMessage[] = [
  { type: "ask", kind: "knock", roomProof: proof },
  { type: "ask", kind: "invitation", roomProof: proof, invitationProof: new Uint8Array(16).fill(9) },
  { type: "code", number: ROOM_CODE_NUMBER_MAX },
  present,
  { ...present, way: "code", name: "" },
  { ...present, way: "invitation", invitation },
  { type: "done" },
  { type: "known", proof },
  { type: "unknown" },
  { type: "room", sealed: new Uint8Array(48) },
  { type: "waiting", wants: "approval" },
  { type: "waiting", wants: "challenge" },
  { type: "part", part: { kind: "operations", bytes: new Uint8Array(0) } },
  { type: "part", part: { kind: "hints", bytes: Uint8Array.of(1, 2) } },
  { type: "end", parts: JOIN_PARTS_MAX },
  { type: "refused", why: "tryLater", seconds: 600 },
  { type: "proof", message: { type: "ready", leadsTo: "contacts" } },
  { type: "proof", message: { type: "share", share: new Uint8Array(32) } },
  { type: "proof", message: { type: "confirm", proof: new Uint8Array(32) } },
  { type: "proof", message: { type: "wrong", triesLeft: 2 } },
  { type: "proof", message: { type: "cancel", reason: "wrongCode" } },
];

test("the samples have every join message", () => {
  assert.deepEqual(new Set(SAMPLES.map(({ type }) => type)), new Set(Object.keys(JOIN_MESSAGE)));
});
