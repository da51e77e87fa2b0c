/** What the parts of contact cards have in common: who we are, whom we know, time and chance. */
import type { CryptoProvider, LocalIdentity, PeerId, RandomSource } from "@kith/core";
import type { CardContext } from "@kith/core/card";
import type { Channel, Waiting } from "../channel-api.ts";
import type { Clock } from "../clock.ts";
import { EndpointError } from "../endpoint-error.ts";
import type { Subject } from "../observable.ts";
import type { RelayList } from "../relays-api.ts";
import type { KeyValueStore } from "../storage.ts";
import type { GivenLinkView, GivingView, OwnCardView } from "./cards-api.ts";
import type { CardEntryView, CardOfferView } from "./received-api.ts";

export interface CardsGround {
  readonly trust: {
    readonly contactOf: (peer: PeerId) => CardContext["contact"];
    readonly isBlocked: (peer: PeerId) => boolean;
  };
  readonly identity: LocalIdentity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly store: KeyValueStore | undefined;
  readonly note: (code: string, peer: PeerId | undefined) => void;
  /** What we call them. */
  readonly nameOf: (peer: PeerId) => string | undefined;
  readonly relays: Pick<RelayList, "manage">;
  /** Opens a channel with them, and a session if there is none. */
  readonly open: (peer: PeerId, protocol: string, options: Waiting) => Promise<Channel>;
}

export const unknownCard = (what: "card" | "offer" | "entry" | "link" | "giving" | "reading"): EndpointError =>
  new EndpointError("ERR_CARD_UNKNOWN", `Cannot find the ${what}: it is not here, or not any more`);

/** What views show. */
export interface CardSubjects {
  readonly own: Subject<readonly OwnCardView[]>;
  readonly received: Subject<readonly CardEntryView[]>;
  readonly offers: Subject<readonly CardOfferView[]>;
  readonly givings: Subject<readonly GivingView[]>;
  readonly links: Subject<readonly GivenLinkView[]>;
}
