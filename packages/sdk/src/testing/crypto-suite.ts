/**
 * What every {@link CryptoProvider} must give, as tests: the frozen vectors of the specification, the
 * published Wycheproof sets where they are at hand, and what the contract promises beyond both.
 *
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CryptoProvider, concatBytes } from "@kith/core";

export interface CryptoSuiteOptions {
  /** The folder `spec/vectors`. */
  readonly frozen: string;
  /** The folder of published vectors; those tests are skipped when it is not there. */
  readonly published: string;
  /** Whether key material comes from the `random` argument alone, so that key vectors can be repeated. */
  readonly isSeeded: boolean;
}

type Fields = Readonly<Record<string, string>>;
type FrozenCase = Fields & { readonly length: number; readonly memoryKiB: number; readonly passes: number } & {
  readonly lanes: number;
};

/** Registers the tests of one provider, under its name. */
export function cryptoSuite(name: string, provider: CryptoProvider, options: CryptoSuiteOptions): void {
  frozenTests(name, provider, options);
  for (const [set, run] of Object.entries(WYCHEPROOF)) {
    test(`${name}: Wycheproof ${set}`, (t) => {
      const path = join(options.published, "wycheproof", `${set}_test.json`);
      if (!existsSync(path)) return t.skip(`no published vectors at ${path}`);
      const { testGroups }: { testGroups: WycheproofGroup[] } = JSON.parse(readFileSync(path, "utf8"));
      let count = 0;
      for (const group of testGroups)
        for (const each of group.tests) {
          const verdict = run(provider, each, group);
          if (verdict === undefined) continue; // a size that Kith does not use
          assert.equal(verdict, each["result"] !== "invalid", `${set} ${each.tcId}: ${each["comment"]}`);
          count++;
        }
      assert.ok(count > 0);
      t.diagnostic(`${count} Wycheproof ${set} vectors ran on ${name}`);
    });
  }
  contractTests(name, provider);
}

// --- frozen ---------------------------------------------------------------------------------

function frozenTests(name: string, provider: CryptoProvider, options: CryptoSuiteOptions): void {
  const load = (file: string): { cases: FrozenCase[] } => JSON.parse(readFileSync(join(options.frozen, file), "utf8"));

  // [ID-4]: the frozen X25519 cases of low order have no result.
  test(`${name}: the frozen vectors of every primitive`, () => {
    const { cases } = load("crypto.json");
    for (const each of cases) {
      if (each["op"] === "ml-kem-768" && !options.isSeeded) continue;
      const check = FROZEN[each["op"] ?? ""];
      assert.ok(check !== undefined, `${each["name"]}: unknown operation`);
      check(provider, each);
    }
    assert.ok(cases.length >= 30);
  });

  // [ID-5] [ID-6]: canonical A and R, S < L, A not of small order, no cofactor.
  test(`${name}: the one Ed25519 rule on the frozen crafted signatures`, () => {
    const { cases } = load("ed25519.json");
    for (const each of cases) {
      const verdict = provider.ed25519Verify(
        bytes(each["publicKey"]),
        bytes(each["message"]),
        bytes(each["signature"]),
      );
      assert.equal(verdict, each["isValid"], each["name"]);
    }
    assert.ok(cases.length >= 38);
  });
}

const FROZEN: Record<string, (provider: CryptoProvider, each: FrozenCase) => void> = {
  sha2(provider, each) {
    const message = bytes(each["message"]);
    assert.equal(hex(provider.sha256(message)), each["sha256"], each["name"]);
    assert.equal(hex(provider.sha512(message)), each["sha512"], each["name"]);
    assert.equal(hex(provider.sha256(message.subarray(0, 1), message.subarray(1))), each["sha256"], each["name"]);
  },
  hmac(provider, each) {
    const message = bytes(each["message"]);
    assert.equal(hex(provider.hmacSha256(bytes(each["key"]), message)), each["mac"], each["name"]);
    const cut = [message.subarray(0, 3), message.subarray(3, 3), message.subarray(3)];
    assert.equal(hex(provider.hmacSha256(bytes(each["key"]), ...cut)), each["mac"], each["name"]);
  },
  hkdf(provider, each) {
    const output = provider.hkdfSha256(bytes(each["key"]), bytes(each["salt"]), bytes(each["info"]), each.length);
    assert.equal(hex(output), each["output"], each["name"]);
  },
  x25519(provider, each) {
    const shared = provider.x25519(bytes(each["secretKey"]), bytes(each["publicKey"]));
    assert.equal(shared && hex(shared), each["shared"], each["name"]);
    assert.equal(shared === undefined, each["error"] === "ERR_CRYPTO");
  },
  ed25519(provider, each) {
    const [seed, message] = [bytes(each["seed"]), bytes(each["message"])];
    assert.equal(hex(provider.ed25519PublicKey(seed)), each["publicKey"], each["name"]);
    assert.equal(hex(provider.ed25519Sign(seed, message)), each["signature"], each["name"]);
    assert.ok(provider.ed25519Verify(bytes(each["publicKey"]), message, bytes(each["signature"])));
  },
  "aes-256-gcm"(provider, each) {
    const key = provider.importAeadKey(bytes(each["key"]));
    const [nonce, aad] = [bytes(each["nonce"]), bytes(each["aad"])];
    const sealed = concatBytes(...provider.seal(key, nonce, aad, bytes(each["plaintext"])));
    assert.equal(hex(sealed), each["sealed"], each["name"]);
    assert.deepEqual(provider.open(key, nonce, aad, sealed), bytes(each["plaintext"]));
  },
  argon2id(provider, each) {
    const output = provider.argon2id(bytes(each["passphrase"]), bytes(each["salt"]), each, 32);
    assert.equal(hex(output), each["output"], each["name"]);
  },
  "ml-kem-768"(provider, each) {
    const pair = provider.mlKemFromSeed(bytes(each["seed"]));
    assert.equal(hex(provider.sha256(pair.publicKey)), each["publicKeySha256"], each["name"]);
    if (each["coins"] !== undefined) {
      const made = provider.mlKemEncapsulate(pair.publicKey, () => bytes(each["coins"]));
      assert.equal(made && hex(made.ciphertext), each["ciphertext"]);
      assert.equal(made && hex(made.shared), each["shared"]);
    }
    const shared = provider.mlKemDecapsulate(pair.secretKey, bytes(each["ciphertext"]));
    assert.equal(shared && hex(shared), each["shared"], each["name"]);
  },
};

// --- Wycheproof -----------------------------------------------------------------------------

interface WycheproofGroup {
  readonly keySize?: number;
  readonly ivSize?: number;
  readonly tagSize?: number;
  readonly publicKey?: { readonly pk: string };
  readonly tests: (Fields & { readonly tcId: number; readonly size: number })[];
}

/** Whether the provider takes the case; `undefined` where the case is outside the suite. */
type WycheproofRun = (
  provider: CryptoProvider,
  each: WycheproofGroup["tests"][number],
  group: WycheproofGroup,
) => boolean | undefined;

const WYCHEPROOF: Record<string, WycheproofRun> = {
  aes_gcm(provider, each, { keySize, ivSize, tagSize }) {
    if (keySize !== 256 || ivSize !== 96 || tagSize !== 128) return undefined;
    const key = provider.importAeadKey(bytes(each["key"]));
    const [nonce, aad, plaintext] = [bytes(each["iv"]), bytes(each["aad"]), bytes(each["msg"])];
    const sealed = concatBytes(bytes(each["ct"]), bytes(each["tag"]));
    const opened = provider.open(key, nonce, aad, sealed);
    if (opened !== undefined) {
      assert.deepEqual(opened, plaintext);
      assert.deepEqual(concatBytes(...provider.seal(key, nonce, aad, plaintext)), sealed);
    }
    return opened !== undefined;
  },
  x25519(provider, each) {
    const shared = provider.x25519(bytes(each["private"]), bytes(each["public"]));
    const isZero = /^0*$/.test(each["shared"] ?? "");
    assert.equal(shared === undefined ? "none" : hex(shared), isZero ? "none" : each["shared"], each["comment"]);
    return true;
  },
  ed25519: (provider, each, { publicKey }) =>
    provider.ed25519Verify(bytes(publicKey?.pk), bytes(each["msg"]), bytes(each["sig"])),
  hkdf_sha256(provider, each) {
    if (each.size > 255 * 32) {
      assert.throws(() => provider.hkdfSha256(bytes(each["ikm"]), bytes(each["salt"]), bytes(each["info"]), each.size));
      return false;
    }
    const output = provider.hkdfSha256(bytes(each["ikm"]), bytes(each["salt"]), bytes(each["info"]), each.size);
    return hex(output) === each["okm"];
  },
  hmac_sha256(provider, each, { tagSize = 0 }) {
    const mac = provider.hmacSha256(bytes(each["key"]), bytes(each["msg"]));
    return hex(mac.subarray(0, tagSize / 8)) === each["tag"];
  },
  mlkem_768(provider, each) {
    if (bytes(each["seed"]).length !== 64) return undefined; // seeds are ours alone, never a peer's
    const pair = provider.mlKemFromSeed(bytes(each["seed"]));
    assert.equal(each["ek"] === undefined || hex(pair.publicKey) === each["ek"], true, `key of ${each.tcId}`);
    const shared = provider.mlKemDecapsulate(pair.secretKey, bytes(each["c"]));
    return shared !== undefined && hex(shared) === each["K"];
  },
};

// --- the contract ---------------------------------------------------------------------------

function contractTests(name: string, provider: CryptoProvider): void {
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

  test(`${name}: results are plain arrays which nobody else writes to`, () => {
    const [one, two] = [provider.sha256(random(1)), provider.sha256(random(2))];
    const key = provider.importAeadKey(random(32));
    const parts = provider.seal(key, random(12), random(3), random(40));
    const pair = provider.x25519Generate(random);
    const others = [
      pair.secretKey,
      pair.publicKey,
      provider.mlKemGenerate(random).publicKey,
      provider.sha512(),
      ...parts,
    ];
    for (const array of [one, two, ...others]) assert.equal(Object.getPrototypeOf(array), Uint8Array.prototype);
    const before = hex(one);
    two.fill(0);
    assert.equal(hex(one), before);
  });

  test(`${name}: a sealed message opens whole or not at all`, () => {
    for (const length of [0, 1, 15, 16, 17, 1_000, 65_519]) {
      const bytesOfKey = random(32);
      const key = provider.importAeadKey(bytesOfKey);
      bytesOfKey.fill(0); // the handle keeps nothing of the argument
      const [nonce, aad, plaintext] = [random(12), random(16), random(length)];
      const sealed = concatBytes(...provider.seal(key, nonce, aad, plaintext));
      assert.equal(sealed.length, length + 16);
      assert.deepEqual(provider.open(key, nonce, aad, sealed), plaintext);
      for (const at of [0, length >> 1, length, length + 15]) {
        const changed = sealed.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        assert.equal(provider.open(key, nonce, aad, changed), undefined);
      }
      assert.equal(provider.open(key, nonce, aad.subarray(1), sealed), undefined);
      assert.equal(provider.open(key, random(12), aad, sealed), undefined);
      for (const cut of [sealed.subarray(0, -1), sealed.subarray(0, 15), sealed.subarray(0, 0)])
        assert.equal(provider.open(key, nonce, aad, cut), undefined);
    }
  });

  test(`${name}: sizes that only a bug of ours can give are refused aloud`, () => {
    const [key, none] = [provider.importAeadKey(random(32)), random(0)];
    for (const length of [0, 8, 11, 13, 16]) {
      assert.throws(() => provider.seal(key, random(length), none, none));
      assert.throws(() => provider.open(key, random(length), none, random(16)));
    }
    for (const length of [0, 31, 33]) {
      assert.throws(() => provider.x25519(random(length), random(32)));
      assert.throws(() => provider.x25519(random(32), random(length)));
      assert.throws(() => provider.x25519PublicKey(random(length)));
      assert.throws(() => provider.ed25519PublicKey(random(length)));
    }
  });

  test(`${name}: a key that was overwritten in place is another key`, () => {
    const secretKey = random(32);
    const before = provider.x25519PublicKey(secretKey);
    const peer = provider.x25519Generate(random);
    const shared = provider.x25519(secretKey, peer.publicKey);
    secretKey.set(random(32));
    assert.notDeepEqual(provider.x25519PublicKey(secretKey), before);
    assert.notDeepEqual(provider.x25519(secretKey, peer.publicKey), shared);
    assert.deepEqual(
      provider.x25519(secretKey, peer.publicKey),
      provider.x25519(peer.secretKey, provider.x25519PublicKey(secretKey)),
    );
    const theirs = peer.publicKey.slice();
    const one = provider.x25519(secretKey, theirs);
    theirs.set(before);
    assert.notDeepEqual(provider.x25519(secretKey, theirs), one);
    const seed = random(32);
    const signer = provider.ed25519PublicKey(seed);
    seed.set(random(32));
    assert.notDeepEqual(provider.ed25519PublicKey(seed), signer);
    assert.equal(provider.ed25519Verify(signer, before, provider.ed25519Sign(seed, before)), false);
  });

  test(`${name}: one array may serve as X25519 and as Ed25519 secret`, () => {
    const secret = random(32);
    const [dh, signing] = [provider.x25519PublicKey(secret), provider.ed25519PublicKey(secret)];
    assert.notDeepEqual(dh, signing);
    assert.deepEqual(provider.x25519PublicKey(secret), dh);
    assert.ok(provider.ed25519Verify(signing, dh, provider.ed25519Sign(secret, dh)));
  });

  // [ID-4]
  test(`${name}: ML-KEM agrees, rejects in silence, and refuses wrong lengths and keys out of range`, () => {
    const pair = provider.mlKemGenerate(random);
    const made = provider.mlKemEncapsulate(pair.publicKey, random);
    assert.ok(made !== undefined && made.ciphertext.length === 1_088 && made.shared.length === 32);
    assert.deepEqual(provider.mlKemDecapsulate(pair.secretKey, made.ciphertext), made.shared);
    const changed = made.ciphertext.slice();
    changed[500] = (changed[500] ?? 0) ^ 1;
    const other = provider.mlKemDecapsulate(pair.secretKey, changed);
    assert.ok(other !== undefined && hex(other) !== hex(made.shared));
    assert.deepEqual(provider.mlKemDecapsulate(pair.secretKey, changed), other);
    assert.equal(provider.mlKemDecapsulate(pair.secretKey, changed.subarray(1)), undefined);
    assert.equal(provider.mlKemDecapsulate(pair.secretKey, concatBytes(changed, random(1))), undefined);
    assert.equal(provider.mlKemEncapsulate(pair.publicKey.subarray(1), random), undefined);
    assert.equal(provider.mlKemEncapsulate(concatBytes(pair.publicKey, random(1)), random), undefined);
    const outOfRange = pair.publicKey.slice().fill(0xff, 0, 3); // FIPS 203 §7.2: the first two coefficients become 4,095
    assert.equal(provider.mlKemEncapsulate(outOfRange, random), undefined);
  });

  test(`${name}: long inputs and many parts hash as one`, () => {
    for (const length of [4_032, 4_033, 4_095, 4_096, 4_097, 200_000]) {
      const [key, whole] = [random(40), random(length)];
      const parts = [whole.subarray(0, 17), whole.subarray(17, 17), whole.subarray(17, 4_000), whole.subarray(4_000)];
      assert.deepEqual(provider.sha256(...parts), provider.sha256(whole));
      assert.deepEqual(provider.sha512(...parts), provider.sha512(whole));
      assert.deepEqual(provider.hmacSha256(key, ...parts), provider.hmacSha256(key, whole));
    }
  });
}

const bytes = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? "", "hex"));
const hex = (array: Uint8Array): string => Buffer.from(array).toString("hex");
