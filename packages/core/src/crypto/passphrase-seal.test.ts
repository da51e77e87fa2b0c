import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionError } from "../lib/assert.ts";
import { textToBytes } from "../lib/utf8.ts";
import { WireError, type WireErrorCode } from "../lib/wire-error.ts";
import { Writer } from "../lib/writer.ts";
import { LABEL } from "./labels.ts";
import { nobleProvider } from "./noble-provider.ts";
import {
  openWithPassphrase,
  PASSPHRASE_COST,
  PASSPHRASE_COST_MAX,
  PASSPHRASE_COST_MIN,
  PASSPHRASE_OVERHEAD_BYTES,
  PASSPHRASE_PLAINTEXT_BYTES_MAX,
  sealWithPassphrase,
} from "./passphrase-seal.ts";
import type { Argon2Cost, CryptoProvider } from "./provider.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const refuses = (code: WireErrorCode, run: () => unknown): void =>
  assert.throws(run, (error) => error instanceof WireError && error.code === code);

/** Argon2id replaced by a hash of all its inputs, and its calls counted: what is tested here is the rest. */
function quickProvider(): { provider: CryptoProvider; costs: Argon2Cost[] } {
  const costs: Argon2Cost[] = [];
  const provider: CryptoProvider = {
    ...nobleProvider,
    argon2id(passphrase, salt, cost, length) {
      costs.push(cost);
      const { memoryKiB, passes, lanes } = cost;
      const head = new Writer().varBytes(passphrase).varBytes(salt).u32(memoryKiB).u8(passes).u8(lanes).finish();
      return nobleProvider.sha256(head).slice(0, length);
    },
  };
  return { provider, costs };
}

const { provider, costs } = quickProvider();
const options = { provider, passphrase: "correct horse", label: LABEL.vault } as const;

test("openWithPassphrase gives back what sealWithPassphrase took, with Argon2id itself and the least cost", () => {
  const real = { ...options, provider: nobleProvider };
  const sealed = sealWithPassphrase({ ...real, random, cost: PASSPHRASE_COST_MIN }, textToBytes("a key"));
  assert.deepEqual(openWithPassphrase(real, sealed), textToBytes("a key"));
  refuses("ERR_CRYPTO", () => openWithPassphrase({ ...real, passphrase: "correct horses" }, sealed));
});

test("the usual cost is 64 MiB and three passes, and it is what a file gets unless told", () => {
  const sealed = sealWithPassphrase({ ...options, random }, random(32));
  assert.equal(sealed.length, 32 + PASSPHRASE_OVERHEAD_BYTES);
  assert.deepEqual(costs.at(-1), PASSPHRASE_COST);
  assert.deepEqual(PASSPHRASE_COST, { memoryKiB: 65_536, passes: 3, lanes: 1 });
  openWithPassphrase(options, sealed);
  assert.deepEqual(costs.at(-1), PASSPHRASE_COST);
});

// [ID-14]
test("openWithPassphrase refuses a cost out of bounds before it spends anything", () => {
  const sealed = sealWithPassphrase({ ...options, random }, random(32));
  const patch = (write: (view: DataView) => void): Uint8Array => {
    const copy = sealed.slice();
    write(new DataView(copy.buffer));
    return copy;
  };
  const before = costs.length;
  const { memoryKiB, passes, lanes } = PASSPHRASE_COST_MAX;
  for (const hostile of [
    patch((view) => view.setUint32(1, memoryKiB + 1)),
    patch((view) => view.setUint32(1, 0xffff_ffff)),
    patch((view) => view.setUint32(1, PASSPHRASE_COST_MIN.memoryKiB - 1)),
    patch((view) => view.setUint32(1, 0)),
    patch((view) => view.setUint8(5, passes + 1)),
    patch((view) => view.setUint8(5, 0)),
    patch((view) => view.setUint8(6, lanes + 1)),
    patch((view) => view.setUint8(6, 0)),
  ])
    refuses("ERR_VALUE", () => openWithPassphrase(options, hostile));
  assert.equal(costs.length, before);
  // At the bounds it is the tag that fails.
  refuses("ERR_CRYPTO", () =>
    openWithPassphrase(
      options,
      patch((view) => view.setUint32(1, memoryKiB)),
    ),
  );
  assert.throws(
    () => sealWithPassphrase({ ...options, random, cost: { memoryKiB: 1, passes: 1, lanes: 1 } }, random(1)),
    AssertionError,
  );
});

test("openWithPassphrase refuses another passphrase, another label, and one bit changed anywhere", () => {
  const sealed = sealWithPassphrase({ ...options, random }, Uint8Array.of(9));
  refuses("ERR_CRYPTO", () => openWithPassphrase({ ...options, passphrase: "Correct horse" }, sealed));
  refuses("ERR_CRYPTO", () => openWithPassphrase({ ...options, passphrase: "" }, sealed));
  refuses("ERR_CRYPTO", () => openWithPassphrase({ ...options, label: LABEL.identityExport }, sealed));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(
      () => openWithPassphrase(options, changed),
      (error) => error instanceof WireError && /^ERR_(CRYPTO|VALUE|VERSION)$/.test(error.code),
    );
  }
});

test("openWithPassphrase refuses every prefix, too much, and nothing at all", () => {
  const sealed = sealWithPassphrase({ ...options, random }, new Uint8Array(PASSPHRASE_PLAINTEXT_BYTES_MAX));
  assert.equal(openWithPassphrase(options, sealed).length, PASSPHRASE_PLAINTEXT_BYTES_MAX);
  refuses("ERR_TOO_LARGE", () => openWithPassphrase(options, Uint8Array.of(...sealed, 0)));
  for (let length = 0; length < PASSPHRASE_OVERHEAD_BYTES; length++)
    refuses("ERR_TRUNCATED", () => openWithPassphrase(options, sealed.subarray(0, length)));
  refuses("ERR_CRYPTO", () => openWithPassphrase(options, sealed.subarray(0, -1)));
});

// [ID-14]
test("a passphrase typed with composed and with combining accents is one passphrase", () => {
  const sealed = sealWithPassphrase({ ...options, passphrase: "caf\u00e9", random }, Uint8Array.of(1));
  assert.deepEqual(openWithPassphrase({ ...options, passphrase: "cafe\u0301" }, sealed), Uint8Array.of(1));
});
