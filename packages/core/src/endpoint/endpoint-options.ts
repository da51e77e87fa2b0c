/** What an {@link Endpoint} is made from. */
import type { StoreEntry } from "../app/store-queue.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import type { PeerId } from "../identity/peer-id.ts";
import type { RandomSource } from "../lib/random.ts";
import type { PrivacyLevel } from "./presence.ts";
import type { MakeRooms } from "./room-space.ts";

/** The device's own identity, for an endpoint under a one-time one that serves a join code and nothing else. */
export interface Introduces {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly isBlocked: (peer: PeerId) => boolean;
}

export interface EndpointOptions {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
  /** What we call ourselves, cleaned; told to peers only when pairing, and on the network in privacy *open*. */
  readonly name: string;
  readonly privacy: PrivacyLevel;
  /** Protocols of the application that peers may open channels for, if their role or a grant permits. */
  readonly protocols: readonly string[];
  /** Who comes by a join code pairs with this identity, if that is what the code is for. */
  readonly introduces?: Introduces | undefined;
  /** Every entry of the store. */
  readonly restored: readonly StoreEntry[];
  /** False: what is said is in memory alone, unless a person chose otherwise for a chat. True unless told. */
  readonly keepsChats?: boolean | undefined;
  readonly directLinksMax?: number | undefined;
  /** `makeRooms`; none unless told, or until they are added. */
  readonly rooms?: MakeRooms | undefined;
  /** Whether somebody carries out `rtc` outputs; not unless told. */
  readonly hasWebRtc?: boolean | undefined;
  /** Cap on what each session sends in bulk, in bytes a second; messages are never held. */
  readonly sendRateMax?: number | undefined;
}
