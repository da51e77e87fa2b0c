/**
 * The system's keyring: Keychain, Credential Manager, Secret Service. An optional dependency with
 * native code does it; without it, or without a keyring on the machine, every call rejects.
 *
 * @module
 */

/** Texts by account. All reject if the keyring is not there, locked, or refuses. */
export interface Keyring {
  put(account: string, text: string): Promise<void>;
  /** `undefined` if there is none. */
  take(account: string): Promise<string | undefined>;
  remove(account: string): Promise<void>;
}

/** What entries are filed under; people see it in the keyring's own program. */
const SERVICE = "kith";

/** A keyring may ask its person to unlock it, and may never answer where nobody sits. */
const TIMEOUT_MS = 30_000;

export function systemKeyring(): Keyring {
  return {
    async put(account, text) {
      await (await entry(account)).setPassword(text, AbortSignal.timeout(TIMEOUT_MS));
    },
    async take(account) {
      return (await (await entry(account)).getPassword(AbortSignal.timeout(TIMEOUT_MS))) ?? undefined;
    },
    async remove(account) {
      await (await entry(account)).deletePassword(AbortSignal.timeout(TIMEOUT_MS));
    },
  };
}

/** Loaded when needed: most commands never read the key, and the package may not be there. */
async function entry(account: string) {
  const { AsyncEntry } = await import("@napi-rs/keyring");
  return new AsyncEntry(SERVICE, account);
}
