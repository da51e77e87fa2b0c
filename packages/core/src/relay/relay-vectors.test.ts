/** The messages and signatures of relays, frozen; what is signed and hashed is computed here without our code. */
import assert from "node:assert/strict";
import { createHash, createHmac, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nobleProvider } from "../crypto/noble-provider.ts";
import { Secret } from "../crypto/secret.ts";
import { bytesToHex, hexToBytes } from "../lib/hex.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { RELAY_MESSAGE } from "../wire/registry.ts";
import { isTollPaid, loginBytes, relaySeed, tollChallenge, welcomeBytes } from "./relay-login.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  type ServerMessage,
} from "./relay-message.ts";
import { formerKeys, succession } from "./relay-succession.ts";
import { rendezvousTag } from "./rendezvous.ts";

interface Vectors {
  readonly client: readonly { readonly bytes: string; readonly message: object }[];
  readonly server: readonly { readonly bytes: string; readonly message: object }[];
  readonly refused: readonly {
    readonly from: string;
    readonly bytes: string;
    readonly code: WireErrorCode;
    readonly why: string;
  }[];
  readonly login: Readonly<Record<string, string>> & {
    readonly wall: number;
    readonly bits: number;
    readonly counter: number;
  };
  readonly succession: Readonly<Record<string, string>>;
  readonly tags: readonly {
    readonly secret: string;
    readonly relayKey: string;
    readonly day: number;
    readonly tag: string;
  }[];
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../../../spec/vectors/relay.json", import.meta.url), "utf8"),
);

/** A message with its bytes as hexadecimal digits. */
function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shown(field)]));
}

test("messages are read and written as the vectors say, each type of them", () => {
  const types = new Set<string>();
  const check = <Message extends ClientMessage | ServerMessage>(
    { bytes, message }: { bytes: string; message: object },
    decode: (bytes: Uint8Array) => Message,
    encode: (message: Message) => Uint8Array,
  ): void => {
    const read = decode(hexToBytes(bytes));
    types.add(read.type);
    assert.deepEqual(shown(read), message);
    assert.equal(bytesToHex(encode(read)), bytes);
  };
  for (const one of vectors.client) check(one, decodeClientMessage, encodeClientMessage);
  for (const one of vectors.server) check(one, decodeServerMessage, encodeServerMessage);
  assert.equal(types.size, Object.keys(RELAY_MESSAGE).length);
});

test("[REL-1] what is no message is refused, with the code of the vector", () => {
  for (const { from, bytes, code, why } of vectors.refused) {
    const decode = from === "client" ? decodeClientMessage : decodeServerMessage;
    const isThat = (error: unknown): boolean => error instanceof WireError && error.code === code;
    assert.throws(() => decode(hexToBytes(bytes)), isThat, why);
  }
});

test("keys, signatures, challenge and toll of a login are those of the vector", () => {
  const login = vectors.login;
  const of = (name: string): Uint8Array => hexToBytes(login[name] ?? "");
  const text = (label: string): Buffer => Buffer.from(label, "latin1");
  const [relayKey, clientNonce, relayNonce, clientKey] = ["relayKey", "clientNonce", "relayNonce", "clientKey"].map(of);
  assert.ok(relayKey && clientNonce && relayNonce && clientKey);
  const wall = Buffer.alloc(8);
  wall.writeBigUInt64BE(BigInt(login.wall));

  const seed = hkdfSync("sha256", of("identitySeed"), "", Buffer.concat([text("kith/1 relay key"), relayKey]), 32);
  assert.equal(Buffer.from(seed).toString("hex"), login["clientSeed"]);
  assert.equal(
    bytesToHex(relaySeed(nobleProvider, new Secret(of("identitySeed")), relayKey).reveal()),
    login["clientSeed"],
  );
  assert.equal(bytesToHex(nobleProvider.ed25519PublicKey(of("clientSeed"))), login["clientKey"]);

  const welcome = Buffer.concat([text("kith/1 relay welcome\0"), clientNonce, relayNonce, wall]);
  assert.equal(welcome.toString("hex"), login["welcomeSigned"]);
  assert.equal(bytesToHex(welcomeBytes(clientNonce, relayNonce, login.wall)), login["welcomeSigned"]);
  assert.ok(nobleProvider.ed25519Verify(relayKey, welcome, of("welcomeSignature")));
  const signed = Buffer.concat([text("kith/1 relay login\0"), relayKey, relayNonce]);
  assert.equal(signed.toString("hex"), login["loginSigned"]);
  assert.equal(bytesToHex(loginBytes(relayKey, relayNonce)), login["loginSigned"]);
  assert.ok(nobleProvider.ed25519Verify(clientKey, signed, of("loginSignature")));

  const challenge = createHash("sha256")
    .update(Buffer.concat([text("kith/1 relay toll\0"), relayKey, relayNonce, clientKey]))
    .digest();
  assert.equal(challenge.toString("hex"), login["challenge"]);
  assert.deepEqual(tollChallenge(nobleProvider, relayKey, relayNonce, clientKey), new Uint8Array(challenge));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(login.counter));
  const paid = createHash("sha256").update(challenge).update(counter).digest();
  assert.ok(paid.readUInt32BE(0) < 2 ** (32 - login.bits));
  assert.ok(isTollPaid(nobleProvider, challenge, login.counter, login.bits));
});

test("[REL-16] the signature of a succession is that of the vector", () => {
  const of = (name: string): Uint8Array => hexToBytes(vectors.succession[name] ?? "");
  const signed = Buffer.concat([Buffer.from("kith/1 relay successor\0", "latin1"), of("new")]);
  assert.equal(signed.toString("hex"), vectors.succession["signed"]);
  const ours = succession(nobleProvider, new Secret(of("oldSeed")), of("new"));
  assert.deepEqual(shown(ours), {
    old: vectors.succession["old"],
    next: vectors.succession["new"],
    signature: vectors.succession["signature"],
  });
  assert.equal(formerKeys(nobleProvider, [ours], of("new")).length, 1);
});

test("tags are those of the vectors", () => {
  for (const { secret, relayKey, day, tag } of vectors.tags) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(day);
    const message = Buffer.concat([Buffer.from("kith/1 relay tag\0", "latin1"), hexToBytes(relayKey), bytes]);
    assert.equal(createHmac("sha256", hexToBytes(secret)).update(message).digest("hex").slice(0, 32), tag);
    const ours = rendezvousTag(nobleProvider, new Secret(hexToBytes(secret)), hexToBytes(relayKey), day);
    assert.equal(bytesToHex(ours), tag);
  }
});
