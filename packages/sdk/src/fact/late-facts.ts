/**
 * Attested facts of an endpoint while nobody needs them: then neither their code, the pairing curve, nor what is kept of them
 * is loaded. All come with the first call, or the first peer that offers or asks something.
 *
 * @module
 */
import { KEPT_CREDENTIALS, type PeerId } from "@kith/core";
import type { Channel } from "../channel-api.ts";
import { LateHandle } from "../late-handle.ts";
import type { LatePart } from "../late-part.ts";
import { Subject } from "../observable.ts";
import type { FactSession, FactSubjects, FactsGround } from "./fact-ground.ts";
import type { Facts } from "./facts-api.ts";
import type { FactsHandle } from "./facts-handle.ts";
import type { beginFacts } from "./facts-part.ts";

/** `beginFacts`, as whoever makes endpoints has it. */
export type FactsCode = LatePart<typeof beginFacts>;

interface Early {
  readonly channel: Channel;
  readonly session: FactSession;
}

export class LateFacts implements Facts, FactSubjects {
  readonly own: FactSubjects["own"] = new Subject(undefined);
  readonly vouched: FactSubjects["vouched"] = new Subject([]);
  readonly issuings: FactSubjects["issuings"] = new Subject([]);
  readonly held: FactSubjects["held"] = new Subject([]);
  readonly offers: FactSubjects["offers"] = new Subject([]);
  readonly asks: FactSubjects["asks"] = new Subject([]);
  readonly checks: FactSubjects["checks"] = new Subject([]);
  readonly pinned: FactSubjects["pinned"] = new Subject([]);
  readonly #ground: FactsGround;
  readonly #late: LateHandle<FactsHandle, Early>;
  readonly #stopWatching: () => void;
  #met: ReadonlySet<PeerId> = new Set();

  constructor(code: FactsCode, ground: FactsGround) {
    this.#ground = ground;
    this.#stopWatching = ground.store === undefined ? () => {} : ground.sessions.subscribe(() => this.#meet());
    this.#late = new LateHandle<FactsHandle, Early>({
      load: async () => {
        const begin = await code.take();
        this.#stopWatching();
        return () => begin(ground, this);
      },
      take: (handle, { channel, session }) => handle.handleChannel(channel, session),
      refuse: ({ channel }) => channel.reset(),
    });
  }

  /** Those who vouch for us may have something to renew: then it is time to begin. */
  #meet(): void {
    const { sessions } = this.#ground;
    const peers = new Set(sessions.get().map(({ peer }) => peer));
    for (const peer of peers) if (!this.#met.has(peer)) this.#beginFor(peer).catch(() => {}); // whoever calls is told why
    this.#met = peers;
  }

  async #beginFor(peer: PeerId): Promise<void> {
    const kept = await this.#ground.store?.list(`${KEPT_CREDENTIALS}${peer}/`);
    if (kept !== undefined && kept.length > 0) await this.#late.begun();
  }

  /** A contact began something; false: too many wait. */
  handleChannel(channel: Channel, { self, peer, transcript }: FactSession): boolean {
    return this.#late.take({ channel, session: { self, peer, transcript } }); // as it is now: a show is bound to that
  }

  end(): void {
    this.#stopWatching();
    this.#late.end();
  }

  async open(): Promise<void> {
    await this.#late.begun();
  }

  async becomeIssuer(...args: Parameters<Facts["becomeIssuer"]>): ReturnType<Facts["becomeIssuer"]> {
    return (await this.#late.begun()).becomeIssuer(...args);
  }

  async reissue(...args: Parameters<Facts["reissue"]>): ReturnType<Facts["reissue"]> {
    return (await this.#late.begun()).reissue(...args);
  }

  async vouch(...args: Parameters<Facts["vouch"]>): ReturnType<Facts["vouch"]> {
    return (await this.#late.begun()).vouch(...args);
  }

  async offer(...args: Parameters<Facts["offer"]>): ReturnType<Facts["offer"]> {
    return (await this.#late.begun()).offer(...args);
  }

  async revoke(...args: Parameters<Facts["revoke"]>): ReturnType<Facts["revoke"]> {
    return (await this.#late.begun()).revoke(...args);
  }

  async accept(...args: Parameters<Facts["accept"]>): ReturnType<Facts["accept"]> {
    return (await this.#late.begun()).accept(...args);
  }

  async decline(...args: Parameters<Facts["decline"]>): ReturnType<Facts["decline"]> {
    return (await this.#late.begun()).decline(...args);
  }

  async renew(...args: Parameters<Facts["renew"]>): ReturnType<Facts["renew"]> {
    return (await this.#late.begun()).renew(...args);
  }

  async show(...args: Parameters<Facts["show"]>): ReturnType<Facts["show"]> {
    return (await this.#late.begun()).show(...args);
  }

  async present(...args: Parameters<Facts["present"]>): ReturnType<Facts["present"]> {
    return (await this.#late.begun()).present(...args);
  }

  async code(...args: Parameters<Facts["code"]>): ReturnType<Facts["code"]> {
    return (await this.#late.begun()).code(...args);
  }

  async forget(...args: Parameters<Facts["forget"]>): ReturnType<Facts["forget"]> {
    return (await this.#late.begun()).forget(...args);
  }

  async ask(...args: Parameters<Facts["ask"]>): ReturnType<Facts["ask"]> {
    return (await this.#late.begun()).ask(...args);
  }

  async cancel(...args: Parameters<Facts["cancel"]>): ReturnType<Facts["cancel"]> {
    return (await this.#late.begun()).cancel(...args);
  }

  async read(...args: Parameters<Facts["read"]>): ReturnType<Facts["read"]> {
    return (await this.#late.begun()).read(...args);
  }

  async pin(...args: Parameters<Facts["pin"]>): ReturnType<Facts["pin"]> {
    return (await this.#late.begun()).pin(...args);
  }

  async unpin(...args: Parameters<Facts["unpin"]>): ReturnType<Facts["unpin"]> {
    return (await this.#late.begun()).unpin(...args);
  }
}
