/** Contacts, roles, grants and blocks as the SDK shows them. */
import {
  type CryptoProvider,
  fingerprint,
  GRANT_NO_END,
  issueGrant,
  type LocalIdentity,
  minutes,
  type PeerId,
  type RandomSource,
  wallTime,
} from "@kith/core";
import type { Contact, GrantView, Role, Trust } from "./api.ts";
import type { Driver } from "./driver.ts";
import { EndpointError, endpointClosed } from "./endpoint-error.ts";
import { type Observable, Subject } from "./observable.ts";

export interface TrustParts {
  readonly driver: Driver;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
}

export class TrustHandle implements Trust {
  readonly #parts: TrustParts;
  readonly #contacts = new Subject<readonly Contact[]>([]);
  readonly #blocked = new Subject<readonly PeerId[]>([]);
  /** Who waits for the store, by the mark of the core that it must have come to; nobody after {@link end}. */
  #waiting: Map<number, { resolve: () => void; reject: (error: unknown) => void }> | undefined = new Map();

  constructor(parts: TrustParts) {
    this.#parts = parts;
    this.refresh();
  }

  get contacts(): Observable<readonly Contact[]> {
    return this.#contacts;
  }

  get blocked(): Observable<readonly PeerId[]> {
    return this.#blocked;
  }

  contact(peer: PeerId): Contact | undefined {
    return this.#contacts.get().find((contact) => contact.peer === peer);
  }

  async add(
    peer: PeerId,
    { name, role = "member" }: { readonly name: string; readonly role?: Role },
  ): Promise<Contact> {
    const { core } = this.#parts.driver;
    if (peer === this.#parts.identity.peerId)
      throw new EndpointError("ERR_ARGUMENT", "Cannot add oneself as a contact");
    core.trust.book.pin({ peer, name, role, verifiedBy: "pinned" }, this.#parts.driver.moment().wall);
    return this.#after(peer);
  }

  async rename(peer: PeerId, name: string): Promise<void> {
    this.#known(peer);
    this.#parts.driver.core.trust.book.rename(peer, name);
    this.#changed();
  }

  async setRole(peer: PeerId, role: Role): Promise<void> {
    this.#known(peer);
    this.#parts.driver.core.trust.book.setRole(peer, role);
    this.#changed();
  }

  async revoke(peer: PeerId): Promise<void> {
    this.#known(peer);
    this.#parts.driver.core.trust.revoke(peer, this.#parts.driver.moment());
    await this.#kept();
  }

  async block(peer: PeerId): Promise<void> {
    const { core } = this.#parts.driver;
    if (!core.trust.block(peer, this.#parts.driver.moment())) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot block: the block list is full");
    }
    core.expel(peer, this.#parts.driver.moment());
    await this.#kept();
  }

  async unblock(peer: PeerId): Promise<void> {
    this.#parts.driver.core.trust.blocked.unblock(peer);
    await this.#kept();
  }

  async grant(peer: PeerId, grant: Omit<GrantView, "id">): Promise<GrantView> {
    this.#known(peer);
    const { driver, provider, random, identity } = this.#parts;
    const { now, wall } = driver.moment();
    const { count, bytes, perMinute } = grant.limits;
    const signed = issueGrant(provider, random, identity, peer, {
      operations: [grant.operation],
      resource: "",
      limits: {
        ...(count !== undefined && { uses: count }),
        ...(bytes !== undefined && { bytes }),
        ...(perMinute !== undefined && { perMinute }),
      },
      notBefore: wallTime(grant.notBefore ?? Math.max(0, wall - minutes(1))),
      notAfter: grant.notAfter === undefined ? GRANT_NO_END : wallTime(grant.notAfter),
      delegations: 0,
    });
    const admitted = driver.core.trust.grants.admit(signed.bytes, now, wall);
    if (admitted !== "held") throw new EndpointError("ERR_ARGUMENT", `Cannot grant ${grant.operation}: ${admitted}`);
    this.#changed();
    return { ...grant, id: signed.id };
  }

  async revokeGrant(peer: PeerId, id: string): Promise<void> {
    this.#known(peer);
    const { core } = this.#parts.driver;
    if (!core.trust.grants.revoke(id, this.#parts.driver.moment().wall)) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot revoke the grant: there is none with that id");
    }
    this.#changed();
  }

  /** Makes the views anew from the core. */
  refresh(): void {
    this.#contacts.setLater(() => this.#views());
    this.#blocked.setLater(() => this.#parts.driver.core.trust.blocked.peers);
    const { keptThrough } = this.#parts.driver.core.trust;
    for (const [mark, { resolve }] of this.#waiting ?? []) {
      if (mark > keptThrough) return;
      this.#waiting?.delete(mark);
      resolve();
    }
  }

  /** The store is closed: what it has not answered by now, it will not. */
  end(): void {
    this.refresh();
    for (const { reject } of this.#waiting?.values() ?? []) reject(endpointClosed());
    this.#waiting = undefined;
  }

  #views(): Contact[] {
    const { core } = this.#parts.driver;
    const contacts: Contact[] = [];
    for (const contact of core.trust.book.contacts) {
      for (const key of contact.keys) {
        contacts.push({
          peer: key.peer,
          fingerprint: fingerprint(this.#parts.provider, key.peer),
          name: contact.name,
          verifiedBy: key.verifiedBy === "vouched" ? "pinned" : key.verifiedBy,
          verifiedAt: key.pinnedAt,
          ...(key.lastSeenAt !== undefined && { lastSeenAt: key.lastSeenAt }),
          role: contact.role,
          notes: contact.notes,
          isBlocked: core.trust.blocked.has(key.peer),
          session: core.stateOf(key.peer),
          grants: core.trust.grants.grantsOf(key.peer).map((grant) => ({
            id: grant.id,
            operation: grant.operations.join(", "),
            notBefore: grant.notBefore,
            ...(grant.notAfter !== GRANT_NO_END && { notAfter: grant.notAfter }),
            limits: {
              ...(grant.limits.uses !== undefined && { count: grant.limits.uses }),
              ...(grant.limits.bytes !== undefined && { bytes: grant.limits.bytes }),
              ...(grant.limits.perMinute !== undefined && { perMinute: grant.limits.perMinute }),
            },
          })),
        });
      }
    }
    return contacts;
  }

  #after(peer: PeerId): Contact {
    this.#changed();
    const contact = this.contact(peer);
    if (contact === undefined)
      throw new EndpointError("ERR_ARGUMENT", "Cannot add the contact: the trust book is full");
    return contact;
  }

  #known(peer: PeerId): void {
    if (this.#parts.driver.core.trust.book.contactOf(peer) === undefined) {
      throw new EndpointError("ERR_PEER_UNKNOWN", `Cannot find a contact with the key ${peer}`);
    }
  }

  /** It holds at once; resolves when a restart cannot undo it either. */
  async #kept(): Promise<void> {
    if (this.#waiting === undefined) throw endpointClosed();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.set(this.#parts.driver.core.trust.mark(), { resolve, reject });
    this.#changed();
    return promise;
  }

  #changed(): void {
    this.#parts.driver.touch();
    this.refresh();
  }
}
