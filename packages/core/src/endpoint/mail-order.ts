/** An item on its way to a relay: sealed for it, and named for it (spec/sealed-items.md §3, §4). */
import { LABEL, labelBytes } from "../crypto/labels.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { LocalIdentity } from "../identity/keys.ts";
import { concatBytes } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Duration } from "../lib/time.ts";
import type { RelayPlace } from "../relay/relay-card.ts";
import { sealItem } from "../relay/sealed-item.ts";
import type { Prekey } from "../trust/prekey.ts";

const ITEM_ID_BYTES = 16;

/** Ask that relay to keep this, then say {@link MailDesk.handleDeposited}. */
export interface DepositOrder {
  readonly type: "deposit";
  readonly deposit: number;
  /** Of the contact's, and only claimed. `ownKey`: the contact's key there, for whom it is. */
  readonly relay: RelayPlace;
  readonly id: Uint8Array;
  readonly sealed: Uint8Array;
  /** At most so long. */
  readonly lifetime: Duration;
}

export interface MailSealing {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: LocalIdentity;
}

/** What is to lie at a relay, whichever one. */
export interface MailFreight {
  readonly prekey: Prekey;
  readonly content: Uint8Array;
}

/** Sealed anew for each relay: two that compare what they keep see no equal bytes. `undefined`: the prekey is no good. */
export function depositOrder(
  { provider, random, identity }: MailSealing,
  { prekey, content }: MailFreight,
  { deposit, relay, lifetime }: Pick<DepositOrder, "deposit" | "relay" | "lifetime">,
): DepositOrder | undefined {
  const sealed = sealItem({ provider, random, sender: identity, prekey }, content);
  const id = itemId(provider, relay.relayKey, prekey, content);
  return sealed && { type: "deposit", deposit, relay, id, sealed, lifetime };
}

/** The same for the same texts at the same relay: who was killed before it heard *done* leaves no second item. */
const itemId = (provider: CryptoProvider, relayKey: Uint8Array, prekey: Prekey, content: Uint8Array): Uint8Array =>
  provider
    .sha256(
      concatBytes(labelBytes(LABEL.mailItemId), Uint8Array.of(0), relayKey, provider.sha256(prekey.bytes), content),
    )
    .slice(0, ITEM_ID_BYTES);
