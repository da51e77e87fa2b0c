import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, exportIdentity, importIdentity, nobleProvider } from "@kith/core";
import { type DeriveKey, withDerivedKeys } from "./argon2-worker.ts";

const CHEAP = { memoryKiB: 7_168, passes: 1, lanes: 1 } as const;
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

test("with keys derived elsewhere comes what comes with keys derived here, each derived once", async () => {
  const asked: Parameters<DeriveKey>[] = [];
  const derive: DeriveKey = async (...args) => {
    asked.push(args);
    return nobleProvider.argon2id(...args);
  };
  const identity = createIdentity(nobleProvider, random);
  const salt = random(32);
  const options = { identity, name: "Ada", passphrase: "correct horse", cost: CHEAP, random: () => salt };
  const text = await withDerivedKeys(derive, nobleProvider, (provider) => exportIdentity({ ...options, provider }));
  assert.equal(text, exportIdentity({ ...options, provider: nobleProvider }));
  const back = await withDerivedKeys(derive, nobleProvider, (provider) =>
    importIdentity({ provider, text, passphrase: "correct horse" }),
  );
  assert.equal(back.identity.peerId, identity.peerId);
  assert.equal(asked.length, 2);
  assert.ok(
    asked.every(([passphrase]) => passphrase.every((byte) => byte === 0)),
    "the passphrase is left lying about",
  );
});

test("what is refused without a key, or with a wrong one, is refused; what cannot be derived too", async () => {
  const derive: DeriveKey = async (...args) => nobleProvider.argon2id(...args);
  const open = (text: string, passphrase: string, by: DeriveKey = derive) =>
    withDerivedKeys(by, nobleProvider, (provider) => importIdentity({ provider, text, passphrase }));
  await assert.rejects(open("no export", "x"), { code: "ERR_TEXT" });
  const identity = createIdentity(nobleProvider, random);
  const text = exportIdentity({
    ...{ provider: nobleProvider, identity, name: "Ada", passphrase: "correct horse", cost: CHEAP, random },
  });
  await assert.rejects(open(text, "wrong horse"), { code: "ERR_CRYPTO" });
  const none: DeriveKey = async () => {
    throw new Error("no worker");
  };
  await assert.rejects(open(text, "correct horse", none), /no worker/);
});
