/** The audit log as the SDK shows it: read from the store, checked by the core. */
import {
  AUDIT_HEAD_KEY,
  AUDIT_PREFIX,
  type CryptoProvider,
  decodeAuditEntry,
  exportAuditLog,
  textToBytes,
  verifyAuditLog,
} from "@kith/core";
import type { Audit, AuditEntry } from "./api.ts";
import type { Driver } from "./driver.ts";
import type { KeyValueStore } from "./storage.ts";

const ENTRIES_DEFAULT = 100;

export class AuditHandle implements Audit {
  readonly #driver: Driver;
  readonly #provider: CryptoProvider;
  readonly #store: KeyValueStore | undefined;

  constructor(driver: Driver, provider: CryptoProvider, store: KeyValueStore | undefined) {
    this.#driver = driver;
    this.#provider = provider;
    this.#store = store;
  }

  async entries({ limit = ENTRIES_DEFAULT }: { readonly limit?: number } = {}): Promise<readonly AuditEntry[]> {
    const { entries } = await this.#read();
    return entries.slice(-limit).flatMap((bytes) => {
      try {
        const { sequence, at, event, peer, source, detail } = decodeAuditEntry(bytes);
        const words = [source, detail].filter((text) => text !== undefined && text !== "").join(" ");
        return [{ sequence, at, event, ...(peer !== undefined && { peer }), ...(words !== "" && { detail: words }) }];
      } catch {
        return []; // verify() is what finds damage
      }
    });
  }

  async verify(): Promise<{ readonly isIntact: boolean; readonly entries: number; readonly firstBad?: number }> {
    const { head, entries } = await this.#read();
    if (head === undefined) return { isIntact: entries.length === 0, entries: 0 };
    const verdict = verifyAuditLog(this.#provider, head, entries);
    const firstBad = verdict.isIntact ? undefined : verdict.firstBad;
    return { isIntact: verdict.isIntact, entries: verdict.entries, ...(firstBad !== undefined && { firstBad }) };
  }

  async export(): Promise<Uint8Array> {
    this.#driver.core.trust.audit({ event: "exported" }, this.#driver.moment());
    this.#driver.touch();
    const { head, entries } = await this.#read();
    if (head === undefined) return new Uint8Array(0);
    return textToBytes([...exportAuditLog(head, entries), ""].join("\n"));
  }

  async #read(): Promise<{ head: Uint8Array | undefined; entries: readonly Uint8Array[] }> {
    if (this.#store === undefined) return { head: undefined, entries: [] };
    const head = await this.#store.get(AUDIT_HEAD_KEY);
    const { logId } = this.#driver.core.trust.log;
    const entries = await this.#store.list(`${AUDIT_PREFIX}${logId}/`);
    return { head, entries: entries.map(({ value }) => value) };
  }
}
