import assert from "node:assert/strict";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import type { PeerId } from "../identity/peer-id.ts";
import { bytesToHex } from "../lib/hex.ts";
import { after, instant } from "../lib/time.ts";
import { qrMeetingSecret } from "../trust/qr-payload.ts";
import { PAIRING_MEET_TIMEOUT, PAIRINGS_MAX } from "../wire/limits.ts";
import { QrMeetings } from "./qr-meetings.ts";

const NOW = instant(1_000);
const peer = (index: number): PeerId => index.toString(16).padStart(64, "0") as PeerId;
const secret = (fill: number): Secret => new Secret(new Uint8Array(16).fill(fill));
const relays = [{ scheme: "wss" as const, host: "relay.example", key: new Uint8Array(32) }];

function rig() {
  const hopes: [PeerId, boolean][] = [];
  const codes = new QrMeetings(nobleProvider, (of, isHoped) => void hopes.push([of, isHoped]));
  const pairings = { shownQr: undefined as Secret | undefined, going: new Set<PeerId | undefined>() };
  const settle = (): void => codes.settle({ shownQr: pairings.shownQr, isPairingByQr: (of) => pairings.going.has(of) });
  const watched = (): [string, PeerId | undefined][] =>
    [...codes.secrets()].map((each) => [bytesToHex(each.secret.reveal()), each.whom]);
  return { codes, hopes, pairings, settle, watched };
}

test("[PAI-15] our QR is watched for while it is shown, and while somebody pairs by it, by what says nothing of its secret", () => {
  const { codes, pairings, settle, watched } = rig();
  settle();
  assert.deepEqual(watched(), []);
  pairings.shownQr = secret(7);
  settle();
  const version = codes.version;
  settle();
  assert.equal(codes.version, version, "it is the same one");
  const meeting = bytesToHex(qrMeetingSecret(nobleProvider, secret(7)).reveal());
  assert.equal(meeting, "08a973e43495ab320009e37863953cb54596abd8d421a4d29a987be8e11b9b4c");
  assert.deepEqual(watched(), [[meeting, undefined]]);
  pairings.shownQr = secret(8);
  settle();
  assert.deepEqual(watched(), [[bytesToHex(qrMeetingSecret(nobleProvider, secret(8)).reveal()), undefined]]);
  pairings.shownQr = undefined;
  pairings.going.add(undefined);
  settle();
  assert.equal(watched().length, 1, "used up, and the pairing goes on");
  pairings.going.clear();
  settle();
  assert.deepEqual(watched(), []);
});

test("[PAI-15] a scanned QR is watched for until its time is over, and then while we pair by it", () => {
  const { codes, hopes, pairings, settle, watched } = rig();
  codes.scan({ peer: peer(1), secret: secret(7), relays: [] }, NOW);
  assert.deepEqual([watched(), hopes], [[], []], "it names no relay");
  codes.scan({ peer: peer(1), secret: secret(7), relays }, NOW);
  settle();
  assert.deepEqual(hopes.splice(0), [[peer(1), true]]);
  assert.equal(codes.nextTimeout(), after(NOW, PAIRING_MEET_TIMEOUT));
  codes.handleTimeout(instant(after(NOW, PAIRING_MEET_TIMEOUT) - 1));
  assert.deepEqual(hopes, []);
  pairings.going.add(peer(1));
  codes.handleTimeout(after(NOW, PAIRING_MEET_TIMEOUT));
  settle();
  assert.deepEqual(hopes.splice(0), [[peer(1), false]]);
  assert.equal(codes.nextTimeout(), undefined);
  assert.equal(watched().length, 1, "the pairing goes on");
  pairings.going.clear();
  settle();
  assert.deepEqual(watched(), []);
});

test("QrMeetings: PAIRINGS_MAX scanned ones at most, the oldest goes; the same again begins anew", () => {
  const { codes, hopes, settle, watched } = rig();
  for (let index = 1; index <= PAIRINGS_MAX + 1; index++)
    codes.scan({ peer: peer(index), secret: secret(index), relays }, NOW);
  settle();
  assert.equal(watched().length, PAIRINGS_MAX);
  assert.ok(!watched().some(([, whom]) => whom === peer(1)));
  assert.deepEqual(
    hopes.filter(([, isHoped]) => !isHoped),
    [[peer(1), false]],
  );
  codes.scan({ peer: peer(2), secret: secret(99), relays }, NOW);
  assert.equal(watched().length, PAIRINGS_MAX);
});
