/** What an endpoint of the SDK is made from. */
import {
  type EndpointOptions as CoreOptions,
  type CryptoProvider,
  type Introduces,
  type LocalIdentity,
  type PeerId,
  PROTOCOL,
  type RandomSource,
  type StoreEntry,
} from "@kith/core";
import type { PrivacyLevel } from "./api.ts";
import type { BulkAead } from "./bulk-aead.ts";
import type { BulkHash } from "./bulk-hash.ts";
import type { CardsCode } from "./card/late-cards.ts";
import type { Clock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import type { FactsCode } from "./fact/late-facts.ts";
import type { FilePort } from "./file-port.ts";
import type { RoomsCode } from "./late-rooms.ts";
import { lentFiles } from "./lent-files.ts";
import type { Mailboxes } from "./mailbox.ts";
import type { RelayAddress } from "./relay-address.ts";
import type { OpenWebSocket } from "./relay-connection.ts";
import type { KeyValueStore } from "./storage.ts";
import type { Transport } from "./transport.ts";
import type { WebRtcOptions } from "./webrtc/rtc-api.ts";

export interface EndpointParts {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly privacy: PrivacyLevel;
  readonly protocols: readonly string[];
  readonly provider: CryptoProvider;
  readonly bulkAead: BulkAead | undefined;
  /** If `provider` leaves contents of files to it. */
  readonly bulkHash: BulkHash | undefined;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly endOfTurn: (run: () => void) => void;
  readonly store: KeyValueStore | undefined;
  readonly restored: readonly StoreEntry[];
  /** Whether what is said goes into the store. */
  readonly keepsChats: boolean;
  readonly transports: readonly Transport[];
  readonly relays: readonly RelayAddress[];
  readonly visitRelays: boolean;
  readonly webSocket: OpenWebSocket | undefined;
  readonly webRtc: WebRtcOptions | undefined;
  readonly discovery: Discovery | undefined;
  readonly files: FilePort | undefined;
  readonly rooms: RoomsCode;
  readonly cards: CardsCode;
  readonly facts: FactsCode;
  /** Where join codes meet. */
  readonly mailboxes: Mailboxes | undefined;
  /** This endpoint serves one join code, for this one. */
  readonly introduces: Introduces | undefined;
  readonly directLinksMax: number | undefined;
  readonly sendRateMax: number | undefined;
  /** For the log of the program: codes, never contents. */
  readonly note: (code: string, peer: PeerId | undefined) => void;
}

/** Of one beside ours that serves one join code, keeps nothing, and is reached through its mailbox alone. */
export const oneTimeParts = (parts: EndpointParts, identity: LocalIdentity, introduces: Introduces): EndpointParts => ({
  ...parts,
  ...{ identity, introduces, privacy: "open", protocols: [PROTOCOL.invite] },
  ...{
    store: undefined,
    restored: [],
    keepsChats: false,
    transports: [],
    relays: [],
    discovery: undefined,
    mailboxes: undefined,
  },
  webRtc: undefined, // it lasts for one exchange, mostly
  files: parts.files && lentFiles(parts.files),
});

/** The core is told what there is, not how it works. */
export const coreOptions = ({ rooms: _, cards: __, facts: ___, ...parts }: EndpointParts): CoreOptions => ({
  ...parts,
  // An endpoint that serves one join code serves nothing else.
  protocols:
    parts.introduces === undefined ? [...parts.protocols, PROTOCOL.card, PROTOCOL.credential] : parts.protocols,
  hasWebRtc: parts.webRtc !== undefined,
});
