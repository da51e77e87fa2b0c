/**
 * Argon2id beside the page's thread, which it would stop for seconds: {@link serveArgon2} in a worker of the application,
 * {@link argon2InWorker} here. A worker lives for one key, and what it held of the passphrase ends with it.
 *
 * @module
 */
import { type Argon2Cost, type CryptoProvider, nobleProvider } from "@kith/core";
import { EndpointError } from "../endpoint-error.ts";

/** Argon2id (RFC 9106). Takes none of its arrays over. */
export type DeriveKey = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
  length: number,
) => Promise<Uint8Array>;

interface Question {
  readonly kith: "argon2";
  readonly args: Parameters<DeriveKey>;
}

interface Answer {
  readonly kith: "argon2";
  /** None: the memory was not to be had. */
  readonly key: Uint8Array | undefined;
}

/** In a dedicated worker: answers one question. Other messages are left alone. */
export function serveArgon2(): void {
  globalThis.addEventListener("message", ({ data }: MessageEvent<Question>) => {
    if (data?.kith === "argon2") globalThis.postMessage({ kith: "argon2", key: tried(data.args) } satisfies Answer);
  });
}

function tried(args: Parameters<DeriveKey>): Uint8Array | undefined {
  try {
    return nobleProvider.argon2id(...args);
  } catch {
    return undefined;
  }
}

/** `make`: a new worker whose script calls {@link serveArgon2}; the application knows where it lies. */
export function argon2InWorker(make: () => Worker): DeriveKey {
  return (...args) =>
    new Promise((resolve, reject) => {
      const worker = make();
      const fail = (): void => {
        worker.terminate();
        reject(
          new EndpointError("ERR_IDENTITY", "Cannot use the passphrase: the browser has no memory or worker for it"),
        );
      };
      worker.addEventListener("error", fail);
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
        if (data?.kith !== "argon2") return;
        if (data.key === undefined) return fail();
        worker.terminate();
        resolve(data.key);
      });
      worker.postMessage({ kith: "argon2", args } satisfies Question);
    });
}

/**
 * What `run` gives, with a provider whose Argon2id is `derive`. `run` begins anew when a key is there that it asked for: it
 * does nothing that may not be done twice, and asks for the same again. Without `derive` all is done here and at once.
 */
export async function withDerivedKeys<T>(
  derive: DeriveKey | undefined,
  provider: CryptoProvider,
  run: (provider: CryptoProvider) => T,
): Promise<T> {
  if (derive === undefined) return run(provider);
  const known = new Map<string, Uint8Array>(); // one or two
  for (;;) {
    let wanted: { readonly name: string; readonly args: Parameters<DeriveKey> } | undefined;
    const argon2id: CryptoProvider["argon2id"] = (passphrase, salt, cost, length) => {
      const name = [passphrase, salt, cost.memoryKiB, cost.passes, cost.lanes, length].join(" ");
      const key = known.get(name);
      if (key !== undefined) return key.slice();
      wanted = { name, args: [passphrase.slice(), salt.slice(), cost, length] };
      throw new KeyWanted();
    };
    try {
      return run({ ...provider, argon2id });
    } catch (error) {
      if (!(error instanceof KeyWanted) || wanted === undefined) throw error;
    }
    known.set(wanted.name, await derive(...wanted.args));
    wanted.args[0].fill(0);
  }
}

class KeyWanted extends Error {}
