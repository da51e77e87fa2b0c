/**
 * What stands between a page's store and whoever opens the profile of the browser: three ways to keep 32 bytes.
 *
 *     passphrase  Argon2id (spec/identity.md §8): holds against whoever has the device, as far as the passphrase does
 *     passkey     what an authenticator gives for a salt (WebAuthn `prf`): holds as long as that is not at hand
 *     browser     an AES-GCM key that the browser keeps and does not give out: holds against reading of the database by
 *                 another program that does not know how the browser keeps keys, and against nobody else
 *
 * @module
 */
import {
  type Argon2Cost,
  assert,
  base64urlToBytes,
  bytesToBase64url,
  type CryptoProvider,
  concatBytes,
  LABEL,
  nobleProvider,
  openAtRest,
  openWithPassphrase,
  PASSPHRASE_SALT_BYTES,
  type RandomSource,
  Secret,
  sealAtRest,
  sealWithPassphrase,
  WireError,
} from "@kith/core";
import { openDB } from "idb";
import { EndpointError } from "../endpoint-error.ts";
import { type DeriveKey, withDerivedKeys } from "./argon2-worker.ts";
import { storageError } from "./idb-error.ts";
import { PASSKEY_SALT_BYTES, type Passkey, passkey } from "./passkey.ts";

export type PageProtection = "passphrase" | "passkey" | "browser";

/** One way to keep a store's master key. */
export interface Guard {
  readonly protection: PageProtection;
  /** Copies; what it returns may be read by anybody. */
  wrap(master: Uint8Array): Promise<Uint8Array>;
  /** A new array. @throws {EndpointError} `ERR_IDENTITY`: wrong passphrase or authenticator, or changed bytes */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}

interface Primitives {
  readonly provider?: CryptoProvider;
  readonly random?: RandomSource;
}

export interface PassphraseOptions extends Primitives {
  readonly cost?: Argon2Cost;
  /** Where keys are made of passphrases; here unless told, and then nothing else runs here meanwhile. */
  readonly derive?: DeriveKey;
}

/** Takes about two seconds each time. */
export function passphraseGuard(passphrase: string, options: PassphraseOptions = {}): Guard {
  const { provider = nobleProvider, random = chance, cost, derive } = options;
  const sealing = { passphrase, label: LABEL.storeKey, ...(cost && { cost }) };
  return {
    protection: "passphrase",
    wrap(master) {
      const salt = random(PASSPHRASE_SALT_BYTES);
      return withDerivedKeys(derive, provider, (provider) =>
        sealWithPassphrase({ ...sealing, provider, random: () => salt }, master),
      );
    },
    unwrap: (wrapped) =>
      withDerivedKeys(derive, provider, (provider) =>
        coded("wrong passphrase, or changed bytes", () => openWithPassphrase({ ...sealing, provider }, wrapped)),
      ),
  };
}

/**
 * What is kept: u16 length ‖ the credential's id ‖ salt (32 bytes) ‖ sealed. The person is asked for a touch, finger or
 * PIN each time. Without `made`, for unlocking: the credential is the one that was kept. A function makes the credential
 * when it is needed, so that none is left behind where something else is refused before.
 */
export function passkeyGuard(
  made?: Passkey | (() => Promise<Passkey>),
  { provider = nobleProvider, random = chance }: Primitives = {},
): Guard {
  const sealing = (secret: Uint8Array, context: Uint8Array) => ({
    ...{ provider, label: LABEL.storeKey, context },
    key: new Secret(secret),
  });
  return {
    protection: "passkey",
    async wrap(master) {
      assert(made !== undefined, "a passkey to keep the key with");
      const kept = typeof made === "function" ? await made() : made;
      const id = base64urlToBytes(kept.id);
      const salt = random(PASSKEY_SALT_BYTES);
      const context = concatBytes(Uint8Array.of(id.length >> 8, id.length), id, salt);
      const options = sealing(await kept.secret(salt), context);
      const sealed = sealAtRest({ ...options, random }, master);
      options.key.wipe();
      return concatBytes(context, sealed);
    },
    async unwrap(wrapped) {
      const idEnd = 2 + (((wrapped[0] ?? 0) << 8) | (wrapped[1] ?? 0));
      const context = wrapped.slice(0, idEnd + PASSKEY_SALT_BYTES);
      const kept = passkey(bytesToBase64url(context.subarray(2, idEnd)));
      const options = sealing(await kept.secret(context.slice(idEnd)), context);
      try {
        return coded("another authenticator, or changed bytes", () =>
          openAtRest(options, wrapped.subarray(context.length)),
        );
      } finally {
        options.key.wipe();
      }
    },
  };
}

const SHELF = "keys";
const NONCE_BYTES = 12;

/** `shelf`: name of the database in which the browser's key lies. What is kept: nonce ‖ sealed. */
export function browserGuard(shelf: string): Guard {
  const on = async <T>(run: (database: Awaited<ReturnType<typeof openShelf>>) => Promise<T>): Promise<T> => {
    const database = await openShelf(shelf).catch((error: unknown) => {
      throw storageError("open", error);
    });
    try {
      return await run(database);
    } catch (error) {
      throw storageError("write", error);
    } finally {
      database.close();
    }
  };
  const usage = { name: "AES-GCM", additionalData: bytesOf(LABEL.storeKey) };
  return {
    protection: "browser",
    async wrap(master) {
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      await on(async (database) => {
        const transaction = database.transaction(SHELF, "readwrite", { durability: "strict" });
        await Promise.all([transaction.store.put(key, "master"), transaction.done]);
      });
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt({ ...usage, iv }, key, master.slice());
      return concatBytes(iv, new Uint8Array(sealed));
    },
    async unwrap(wrapped) {
      const key: unknown = await on((database) => database.get(SHELF, "master"));
      if (!(key instanceof CryptoKey))
        throw new EndpointError("ERR_IDENTITY", "Cannot unlock: the browser has lost the key that it kept");
      const [iv, sealed] = [wrapped.slice(0, NONCE_BYTES), wrapped.slice(NONCE_BYTES)];
      try {
        return new Uint8Array(await crypto.subtle.decrypt({ ...usage, iv }, key, sealed));
      } catch (cause) {
        throw new EndpointError("ERR_IDENTITY", "Cannot unlock: another key, or changed bytes", { cause });
      }
    },
  };
}

const openShelf = (name: string) => openDB(name, 1, { upgrade: (made) => void made.createObjectStore(SHELF) });

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const chance: RandomSource = (length) => crypto.getRandomValues(new Uint8Array(length));

function coded<T>(why: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new EndpointError("ERR_IDENTITY", `Cannot unlock: ${why}`, { cause });
  }
}
