/** Contacts, roles, grants and blocks as the SDK shows them. */
import {
  areNarrower,
  type CryptoProvider,
  fingerprint,
  type Grant,
  type GrantTerms,
  issueGrant,
  type LocalIdentity,
  minutes,
  NOTES_BYTES_MAX,
  type Paired,
  type PeerId,
  type RandomSource,
  textToBytes,
  wallTime,
} from "@kith/core";
import type { Driver } from "./driver.ts";
import { EndpointError, endpointClosed } from "./endpoint-error.ts";
import { grantView, narrowerTerms, passedView, receivedView, termsOf } from "./grant-view.ts";
import { type Observable, Subject } from "./observable.ts";
import type {
  BlockedPeer,
  Contact,
  GrantView,
  Narrower,
  PassedGrant,
  ReceivedGrant,
  Role,
  Trust,
} from "./trust-api.ts";

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
  readonly #blockList = new Subject<readonly BlockedPeer[]>([]);
  readonly #received = new Subject<readonly ReceivedGrant[]>([]);
  readonly #passedOn = new Subject<readonly PassedGrant[]>([]);
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

  get blockList(): Observable<readonly BlockedPeer[]> {
    return this.#blockList;
  }

  get received(): Observable<readonly ReceivedGrant[]> {
    return this.#received;
  }

  get passedOn(): Observable<readonly PassedGrant[]> {
    return this.#passedOn;
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

  /** Whom a join code brought, and our person agreed to. `undefined`: the trust book is full. */
  adopt(paired: Paired): Contact | undefined {
    const { core } = this.#parts.driver;
    core.adopt(paired, this.#parts.driver.moment());
    this.#changed();
    return this.contact(paired.peer);
  }

  async rename(peer: PeerId, name: string): Promise<void> {
    this.#known(peer);
    this.#parts.driver.core.trust.book.rename(peer, name);
    this.#changed();
  }

  async annotate(peer: PeerId, notes: string): Promise<void> {
    this.#known(peer);
    if (textToBytes(notes).length > NOTES_BYTES_MAX)
      throw new EndpointError("ERR_ARGUMENT", `Cannot keep the notes: over ${NOTES_BYTES_MAX} bytes`);
    this.#parts.driver.core.trust.book.annotate(peer, notes);
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
    const { core } = this.#parts.driver;
    const at = this.#parts.driver.moment();
    const signed = this.#issue(peer, termsOf(grant, wallTime(Math.max(0, at.wall - minutes(1)))));
    const admitted = core.grants.give(signed, at);
    if (admitted !== "held") throw new EndpointError("ERR_ARGUMENT", `Cannot grant ${grant.operation}: ${admitted}`);
    this.#changed();
    return { ...grant, id: signed.id };
  }

  async revokeGrant(peer: PeerId, id: string): Promise<void> {
    this.#known(peer);
    if (!this.#parts.driver.core.grants.revoke(peer, id, this.#parts.driver.moment())) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot revoke the grant: too many revocations are remembered");
    }
    this.#changed();
  }

  async passOn(peer: PeerId, id: string, narrower: Narrower = {}): Promise<PassedGrant> {
    this.#known(peer);
    const parent = this.#ours(id);
    if (peer === parent.issuer) throw new EndpointError("ERR_ARGUMENT", "Cannot pass a grant back to its issuer");
    const terms = narrowerTerms(parent, narrower);
    if (!areNarrower(terms, parent)) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot pass on the grant: it permits no more, or not so much");
    }
    const derived = this.#issue(peer, terms, parent);
    if (!this.#parts.driver.core.grants.passOn(derived, this.#parts.driver.moment())) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot pass on the grant: the contact has too many of us");
    }
    this.#changed();
    return passedView(derived);
  }

  async showGrant(peer: PeerId, id: string): Promise<void> {
    this.#known(peer);
    if (!this.#parts.driver.core.grants.show(peer, this.#ours(id), this.#parts.driver.moment())) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot show the grant: too many are shown to that contact");
    }
    this.#changed();
  }

  async checkClock(): Promise<"ok" | "behind"> {
    return this.#parts.driver.core.trust.isClockBehind(this.#parts.driver.moment()) ? "behind" : "ok";
  }

  async acceptClock(): Promise<void> {
    this.#parts.driver.core.trust.acceptClock(this.#parts.driver.moment());
    this.#changed();
  }

  /** Makes the views anew from the core. */
  refresh(): void {
    this.#contacts.setLater(() => this.#views());
    this.#blocked.setLater(() => this.#parts.driver.core.trust.blocked.peers);
    this.#blockList.setLater(() => this.#parts.driver.core.trust.blocked.entries);
    this.#received.setLater(() => this.#parts.driver.core.grants.received.map(receivedView));
    this.#passedOn.setLater(() => this.#parts.driver.core.grants.passedOn.map(passedView));
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
          grants: core.trust.grants.grantsOf(key.peer).map(grantView),
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

  /** @throws {EndpointError} `ERR_ARGUMENT` for terms that cannot be written */
  #issue(peer: PeerId, terms: GrantTerms, parent?: Grant): Grant {
    const { provider, random, identity } = this.#parts;
    try {
      return issueGrant(provider, random, identity, peer, terms, parent);
    } catch (cause) {
      throw new EndpointError("ERR_ARGUMENT", "Cannot grant that: a name, date or limit is out of range", { cause });
    }
  }

  #ours(id: string): Grant {
    const grant = this.#parts.driver.core.grants.received.find((each) => each.id === id);
    if (grant === undefined) throw new EndpointError("ERR_GRANT_UNKNOWN", `Cannot find a received grant ${id}`);
    return grant;
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
