import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../crypto/secret.ts";
import { peerIdFromBytes } from "../identity/peer-id.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { decodePrekey, isPrekeyGenuine, type PrekeySecret } from "../trust/prekey.ts";
import { codeOf, provider, unspaced, vectors } from "../trust/trust-fixture.test.ts";
import { decodeBundle, encodeBundle, openParcel } from "./epoch.ts";
import { EpochKeys } from "./epoch-keys.ts";
import { decodeKeyMessage, encodeKeyMessage } from "./key-message.ts";
import { roomPrekeys } from "./prekey-scope.ts";
import { roomIdFromBytes } from "./room-id.ts";
import { decodeBatchHeader, RoomStream } from "./room-stream.ts";

type Case = { readonly name: string; readonly error?: string } & (
  | {
      readonly kind: "prekey";
      readonly room: string;
      readonly prekey: string;
      readonly mark?: string;
      readonly x25519Secret?: string;
      readonly mlKemSeed?: string;
      readonly genuine?: boolean;
    }
  | {
      readonly kind: "generations";
      readonly room: string;
      readonly key: string;
      readonly at: readonly { readonly generation: number; readonly key: string }[];
      readonly check: string;
    }
  | {
      readonly kind: "bundle";
      readonly room: string;
      readonly head: string;
      readonly parcels: string;
      readonly hash?: string;
      /** `prekey`: which of the prekey cases. */
      readonly opens?: readonly { readonly prekey: number; readonly key: string }[];
      readonly fails?: readonly number[];
    }
  | {
      readonly kind: "batch";
      readonly room: string;
      readonly epoch: string;
      readonly generation: number;
      readonly key: string;
      readonly sender: string;
      readonly stream: string;
      readonly sequence: number;
      readonly batch: string;
      readonly messages?: readonly { readonly protocol: string; readonly bytes: string }[];
    }
  | { readonly kind: "message"; readonly message: string }
);

const CASES = vectors<Case>("room-keys.json");
const bytes = (hex: string): Uint8Array => hexToBytes(unspaced(hex));
const roomOf = (each: { readonly room: string }) => roomIdFromBytes(bytes(each.room));

const prekeySecrets = CASES.flatMap((each): PrekeySecret[] => {
  if (each.kind !== "prekey" || each.x25519Secret === undefined || each.mlKemSeed === undefined) return [];
  const { secretKey, publicKey } = provider.mlKemFromSeed(bytes(each.mlKemSeed));
  const prekey = decodePrekey(provider, bytes(each.prekey));
  assert.deepEqual([publicKey, provider.x25519PublicKey(bytes(each.x25519Secret))], [prekey.mlKem, prekey.x25519]);
  const [x25519, mlKemSeed] = [new Secret(bytes(each.x25519Secret)), new Secret(bytes(each.mlKemSeed))];
  return [{ prekey, x25519, mlKemSeed, mlKemKey: secretKey }];
});

function run(each: Case): void {
  switch (each.kind) {
    case "prekey": {
      const prekey = decodePrekey(provider, bytes(each.prekey));
      assert.equal(isPrekeyGenuine(provider, roomPrekeys(roomOf(each)), prekey), each.genuine);
      if (each.mark !== undefined) assert.equal(prekey.mark, each.mark);
      return;
    }
    case "generations": {
      const keys = new EpochKeys(provider, roomOf(each), 0, new Secret(bytes(each.key)));
      for (const { generation, key } of each.at) assert.deepEqual(keys.at(generation)?.reveal(), bytes(key));
      assert.deepEqual(keys.check(), bytes(each.check));
      return;
    }
    case "bundle": {
      const bundle = decodeBundle(provider, bytes(each.head + each.parcels));
      assert.deepEqual(encodeBundle(bundle), bytes(each.head + each.parcels));
      if (each.hash !== undefined) assert.equal(bytesToHex(bundle.hash), each.hash);
      const open = (index: number): Uint8Array | undefined => {
        const secret = prekeySecrets[index];
        assert.ok(secret);
        return openParcel(provider, roomOf(each), bundle, secret);
      };
      for (const { prekey, key } of each.opens ?? []) assert.deepEqual(open(prekey), bytes(key));
      for (const prekey of each.fails ?? []) assert.equal(open(prekey), undefined);
      return;
    }
    case "batch": {
      const { epoch, generation, stream, sequence } = each;
      const sender = peerIdFromBytes(bytes(each.sender));
      const header = decodeBatchHeader(bytes(each.batch));
      const machine = new RoomStream(provider, roomOf(each), sender, bytes(stream));
      const under = { epoch, generation, key: new Secret(bytes(each.key)) };
      const messages = machine.open(under, sender, stream, sequence, bytes(each.batch));
      assert.deepEqual(header, { epochPrefix: epoch.slice(0, 16), generation });
      const expected = (each.messages ?? []).map(({ protocol, bytes: hex }) => ({ protocol, bytes: bytes(hex) }));
      assert.deepEqual(messages, expected);
      assert.deepEqual(machine.seal(under, sequence, expected), bytes(each.batch));
      return;
    }
    case "message":
      assert.deepEqual(encodeKeyMessage(decodeKeyMessage(provider, bytes(each.message))), bytes(each.message));
  }
}

for (const each of CASES) {
  test(`room-keys.json, ${each.kind}: ${each.name}`, () => {
    if (each.error === undefined) run(each);
    else
      assert.equal(
        codeOf(() => run(each)),
        each.error,
      );
  });
}
