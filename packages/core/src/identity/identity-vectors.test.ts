/** The frozen vectors of spec/identity.md, each checked whole. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LABEL, type Label } from "../crypto/labels.ts";
import { nobleProvider as provider } from "../crypto/noble-provider.ts";
import { openAtRest, sealAtRest } from "../crypto/seal-at-rest.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { fingerprint, shortFingerprint } from "./fingerprint.ts";
import { exportIdentity, importIdentity } from "./identity-export.ts";
import { identityFromSeed, type LocalIdentity } from "./keys.ts";
import { contactTag, pairSecret, presenceHint } from "./pair-secret.ts";
import { parsePeerId } from "./peer-id.ts";
import { isPromisedNonce, sasCommitment, sasWords } from "./sas.ts";
import { signLabelled, verifyLabelled } from "./signed.ts";

type Case = Record<string, string> & { epoch: number; memoryKiB: number; passes: number; lanes: number };
const path = join(import.meta.dirname, "../../../../spec/vectors/identity.json");
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(path, "utf8"));

const identityOf = (seed: string | undefined): LocalIdentity =>
  identityFromSeed(provider, new Secret(hexToBytes(seed ?? "")));
const bytes = (hex: string | undefined): Uint8Array => hexToBytes(hex ?? "");

/** Which label a vector names; a file cannot make one up. */
function labelOf(text: string | undefined): Label {
  const label = Object.values(LABEL).find((each) => each === text);
  assert.ok(label !== undefined);
  return label;
}

const CHECKS: Record<string, (each: Case) => void> = {
  // [ID-1] [ID-2]
  identity(each) {
    const identity = identityOf(each["seed"]);
    assert.equal(identity.peerId, each["peerId"]);
    assert.equal(bytesToHex(identity.contactSecret.reveal()), each["contactSecret"]);
    assert.equal(bytesToHex(identity.contactPublicKey), each["contactKey"]);
    assert.equal(fingerprint(provider, identity.peerId), each["fingerprint"]);
    assert.equal(shortFingerprint(provider, identity.peerId), each["short"]);
    assert.equal(parsePeerId(identity.peerId), identity.peerId);
  },
  // [ID-8]
  pair(each) {
    const a = identityOf(each["seedA"]);
    if (each["error"] !== undefined) {
      assert.equal(pairSecret(provider, a, { peerId: a.peerId, contactKey: bytes(each["contactKeyB"]) }), undefined);
      return;
    }
    const b = identityOf(each["seedB"]);
    const one = pairSecret(provider, a, { peerId: b.peerId, contactKey: b.contactPublicKey });
    const two = pairSecret(provider, b, { peerId: a.peerId, contactKey: a.contactPublicKey });
    assert.ok(one !== undefined && two !== undefined);
    assert.equal(bytesToHex(one.reveal()), each["pairSecret"]);
    assert.equal(bytesToHex(two.reveal()), each["pairSecret"]);
    const ephemeral = bytes(each["ephemeralKey"]);
    assert.equal(bytesToHex(contactTag(provider, one, a.peerId, ephemeral)), each["tagOfA"]);
    assert.equal(bytesToHex(contactTag(provider, two, b.peerId, ephemeral)), each["tagOfB"]);
    assert.equal(bytesToHex(presenceHint(provider, one, a.peerId, each.epoch)), each["hintOfA"]);
    assert.equal(bytesToHex(presenceHint(provider, two, b.peerId, each.epoch)), each["hintOfB"]);
  },
  // [ID-11]
  sas(each) {
    const [transcript, one, two] = [
      bytes(each["transcript"]),
      bytes(each["initiatorNonce"]),
      bytes(each["responderNonce"]),
    ];
    assert.equal(bytesToHex(sasCommitment(provider, transcript, one)), each["commitment"]);
    assert.ok(isPromisedNonce(provider, transcript, one, bytes(each["commitment"])));
    assert.equal(sasWords(provider, transcript, one, two).join(" "), each["words"]);
  },
  // [ID-7]
  signed(each) {
    const identity = identityOf(each["seed"]);
    const signature = signLabelled(provider, identity, labelOf(each["label"]), bytes(each["message"]));
    assert.equal(bytesToHex(signature), each["signature"]);
    assert.ok(verifyLabelled(provider, identity.peerId, labelOf(each["label"]), signature, bytes(each["message"])));
  },
  "at-rest"(each) {
    const options = {
      provider,
      key: new Secret(bytes(each["key"])),
      label: labelOf(each["label"]),
      context: bytes(each["context"]),
    };
    const sealed = sealAtRest({ ...options, random: () => bytes(each["salt"]) }, bytes(each["plaintext"]));
    assert.equal(bytesToHex(sealed), each["sealed"]);
    assert.deepEqual(openAtRest(options, sealed), bytes(each["plaintext"]));
  },
  export(each) {
    const identity = identityOf(each["seed"]);
    const { displayName: name = "", passphrase = "", text = "" } = each;
    const salt = bytes(each["salt"]);
    assert.equal(exportIdentity({ provider, random: () => salt, identity, name, passphrase, cost: each }), text);
    const imported = importIdentity({ provider, text, passphrase });
    assert.equal(imported.name, name);
    assert.equal(imported.identity.peerId, identity.peerId);
    assert.equal(imported.identity.isOneTime, false);
  },
};

test("identities, pairs, words, signatures and sealed values are those of the frozen vectors", () => {
  for (const each of cases) {
    const check = CHECKS[each["op"] ?? ""];
    assert.ok(check !== undefined, each["name"]);
    check(each);
  }
  assert.deepEqual(new Set(cases.map((each) => each["op"])), new Set(Object.keys(CHECKS)));
});
