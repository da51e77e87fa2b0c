/**
 * A Wallet pass of a card of ours, signed by a relay (spec/app-card.md §13): made here, of one level. The relay says whose
 * certificate signs, gets names and hashes of files, and gives a signature, which is looked at before it goes in.
 *
 * @module
 */
import { type CryptoProvider, WireError, wallTime } from "@kith/core";
import type { SignedCard } from "@kith/core/card";
import { draftPass, finishPass, type PassFault, type PassSigner } from "@kith/core/pass";
import type { Waiting } from "../channel-api.ts";
import { EndpointError, type EndpointErrorCode } from "../endpoint-error.ts";
import { type PassIssuer, passIssuer, signPass } from "../relay-passes.ts";
import type { RelayList } from "../relays-api.ts";
import type { CardLinkOptions, GivenLinkView, WalletPass, WalletPassOptions } from "./cards-api.ts";

export interface PassGround {
  readonly provider: CryptoProvider;
  readonly relays: Pick<RelayList, "manage">;
  readonly links: PassLinks;
}

/** Links to the card of which a pass is made. */
export interface PassLinks {
  make(options: CardLinkOptions & Waiting): Promise<GivenLinkView>;
  /** By its id: it leads nowhere any more, and is not listed. */
  takeBack(id: string, options: Waiting): Promise<void>;
}

/** How long is waited for a relay to take a link back: whoever gave up is not kept. */
const TAKE_BACK_MS = 5_000;

/** @throws {EndpointError} what `Cards.pass` does */
export async function walletPass(
  ground: PassGround,
  card: SignedCard,
  options: WalletPassOptions & Waiting,
): Promise<WalletPass> {
  const { relay, link, signal } = options;
  // First: for a relay that signs nothing, nothing is put anywhere.
  const issuer = await passIssuer(relay, options);
  if (link === undefined || !("expires" in link)) return signed(ground, card, issuer, { ...options, link });
  const made = await ground.links.make({ relay, expires: link.expires, ...(signal !== undefined && { signal }) });
  try {
    return { ...(await signed(ground, card, issuer, { ...options, link: made })), link: made };
  } catch (error) {
    // Where the relay is away it stays listed: its person can take it back later.
    await ground.links.takeBack(made.id, { signal: AbortSignal.timeout(TAKE_BACK_MS) }).catch(() => undefined);
    throw error;
  }
}

interface SignedOptions extends Omit<WalletPassOptions, "link">, Waiting {
  readonly link: Pick<GivenLinkView, "text" | "endsAt"> | undefined;
}

async function signed(
  { provider, relays }: PassGround,
  card: SignedCard,
  issuer: PassIssuer,
  { link, picture, words, relay, ...options }: SignedOptions,
): Promise<WalletPass> {
  const names = { passType: issuer.passTypeIdentifier, team: issuer.teamIdentifier };
  const signer: PassSigner = { ...names, organization: issuer.organizationName };
  const draft = draftPass(provider, card, {
    ...{ signer, words },
    ...(link !== undefined && { link: { text: link.text, endsAt: wallTime(link.endsAt) } }),
    ...(picture !== undefined && { picture }),
  });
  if (typeof draft === "string") throw faultError(draft);
  const { signature, certificate } = await signPass(relays, relay, draft.manifest, options);
  try {
    const bytes = finishPass(provider, draft, signature);
    const endsAt = Math.min(card.content.endsAt, link?.endsAt ?? card.content.endsAt);
    return { bytes, isTest: certificate === "test", signer: signer.organization, endsAt };
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new EndpointError("ERR_RELAY", "Cannot make the pass: what the relay gave is no signature of it", { cause });
  }
}

const FAULTS: Readonly<Record<PassFault, readonly [EndpointErrorCode, string]>> = {
  signer: ["ERR_RELAY", "what the relay says of its certificate fits no pass"],
  "code-too-large": ["ERR_TOO_LARGE", "the card is too large for one code; give a link to it"],
  link: ["ERR_ARGUMENT", "the link does not lead to this card at this level"],
  "no-photo": ["ERR_ARGUMENT", "the card shows no photo at this level"],
  picture: ["ERR_ARGUMENT", "the picture is no PNG of at most 300 pixels a side"],
};

function faultError(fault: PassFault): EndpointError {
  const [code, why] = FAULTS[fault];
  return new EndpointError(code, `Cannot make the pass: ${why}`);
}
