/** Links to our cards: made, listed, revoked, forgotten (spec/app-card.md §8). */
import { bytesToHex, type Duration, Secret, wallTime } from "@kith/core";
import {
  CARD_LINK_LIFETIME,
  CARD_LINKS_MAX,
  CARD_SHARE_LIFETIME_MAX,
  CARD_SHARE_USES_MAX,
  encodeCardLink,
  type GivenLink,
  readCardLink,
  SHARE_SECRET_BYTES,
  type ShareTerms,
  type SignedCard,
  sealShare,
  shareId,
  signShare,
} from "@kith/core/card";
import type { Waiting } from "../channel-api.ts";
import { EndpointError } from "../endpoint-error.ts";
import { addressOf } from "../relay-calls.ts";
import { endShare, keepShare } from "../relay-shares.ts";
import { type CardsGround, unknownCard } from "./card-ground.ts";
import type { CardShelf, ShelfChange } from "./card-shelf.ts";
import type { CardLinkOptions, GivenLinkView } from "./cards-api.ts";

export class CardLinks {
  readonly #ground: CardsGround;
  readonly #shelf: CardShelf;

  constructor(ground: CardsGround, shelf: CardShelf) {
    [this.#ground, this.#shelf] = [ground, shelf];
  }

  get views(): readonly GivenLinkView[] {
    const views = [...this.#shelf.links].map(([id, link]) => this.#view(id, link));
    return views.reverse().sort((a, b) => b.madeAt - a.madeAt); // of one second too the last comes first
  }

  async make(
    card: SignedCard,
    photo: Uint8Array | undefined,
    options: CardLinkOptions & Waiting,
  ): Promise<GivenLinkView> {
    const { clock, random } = this.#ground;
    const { expires = CARD_LINK_LIFETIME, uses = 0, relay } = options;
    if (!(expires >= 1_000 && expires <= CARD_SHARE_LIFETIME_MAX))
      throw new EndpointError("ERR_ARGUMENT", "Cannot make the link: it lasts between a second and 30 days");
    const isCount = Number.isSafeInteger(uses) && uses >= 0 && uses <= CARD_SHARE_USES_MAX;
    if (!isCount || (uses > 0 && relay === undefined))
      throw new EndpointError("ERR_ARGUMENT", "Cannot count uses: at most 1,000, at a relay that keeps the card");
    const madeAt = wallTime(Math.floor(clock.wall() / 1_000) * 1_000);
    const endsAt = wallTime(Math.min(madeAt + Math.floor(expires), card.content.endsAt));
    const { id: own, level } = card.content;
    const id = bytesToHex(random(8));
    const terms = { madeAt, endsAt, uses };
    const text = relay === undefined ? this.#whole(card, terms) : await this.#kept(card, photo, relay, terms, options);
    const link: GivenLink = { text, card: own, level, ...terms };
    return this.#shelf.change(() => {
      const changes: ShelfChange[] = [{ kind: "link", id, value: link }];
      if (this.#shelf.links.size >= CARD_LINKS_MAX) {
        const ended = this.views.findLast(({ isEnded }) => isEnded);
        if (ended === undefined) throw new EndpointError("ERR_LIMIT", `Cannot make more than ${CARD_LINKS_MAX} links`);
        changes.push({ kind: "link", id: ended.id, value: undefined });
      }
      return { changes, result: this.#view(id, link) };
    });
  }

  async revoke(id: string, waiting: Waiting): Promise<void> {
    const { provider, relays, clock } = this.#ground;
    const given = this.#shelf.links.get(id);
    if (given === undefined) throw unknownCard("link");
    const link = readCardLink(provider, given.text);
    if (link.kind === "whole")
      throw new EndpointError("ERR_CARD_STATE", "Cannot revoke the link: the card is in it, and ends when it ends");
    await endShare(relays, link.host, shareId(provider, link.secret), waiting);
    return this.#shelf.change(() => {
      const now = this.#shelf.links.get(id);
      if (now === undefined) return { changes: [], result: undefined };
      const value = { ...now, endsAt: wallTime(Math.min(now.endsAt, clock.wall() - 1)) };
      return { changes: [{ kind: "link", id, value }], result: undefined };
    });
  }

  #whole(card: SignedCard, terms: Omit<ShareTerms, "host">): string {
    const { provider, identity } = this.#ground;
    return encodeCardLink({ kind: "whole", share: signShare(provider, identity, card, { host: "", ...terms }) });
  }

  /** Fulfils when the relay has it: a link that leads nowhere is not given out. */
  async #kept(
    card: SignedCard,
    photo: Uint8Array | undefined,
    relay: string,
    terms: Omit<ShareTerms, "host">,
    waiting: Waiting,
  ): Promise<string> {
    const { provider, identity, random, relays } = this.#ground;
    const { host, url } = addressOf(relay);
    const secret = new Secret(random(SHARE_SECRET_BYTES));
    const share = signShare(provider, identity, card, { host, ...terms });
    const sealed = sealShare(provider, secret, share, photo);
    const lifetime = (terms.endsAt - terms.madeAt) as Duration;
    await keepShare(relays, relay, { id: shareId(provider, secret), sealed, lifetime, uses: terms.uses }, waiting);
    // A browser opens what is served by https; for others the link is for those who have Kith.
    return encodeCardLink({ kind: "kept", host, secret }, url.startsWith("https:") ? host : undefined);
  }

  forget(id: string): Promise<void> {
    return this.#shelf.change(() => {
      if (!this.#shelf.links.has(id)) throw unknownCard("link");
      return { changes: [{ kind: "link", id, value: undefined }], result: undefined };
    });
  }

  #view(id: string, link: GivenLink): GivenLinkView {
    const { provider, clock } = this.#ground;
    const said = readCardLink(provider, link.text);
    return {
      ...{ id, ...link, isEnded: clock.wall() > link.endsAt, kind: said.kind },
      ...(said.kind === "kept" && { host: said.host }),
    };
  }
}
