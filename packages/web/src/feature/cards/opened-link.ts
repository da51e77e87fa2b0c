/**
 * What the address of the page leads to (spec/app-card.md §8). Reading it asks nobody anything; what its host keeps is
 * taken when a person says so, from that host alone, which is the one that served the page.
 */
import { type CryptoProvider, type WallTime, WireError } from "@kith/core";
import {
  CARD_LINK_PREFIX,
  type CardLink,
  type CardShare,
  cardTime,
  openShare,
  readCardLink,
  shareId,
} from "@kith/core/card";
import { EndpointError, isPrivateHost, type TakenShare, takeShare } from "@kith/sdk";

export type OpenedLink =
  /** Nothing was asked for yet. */
  | { readonly at: "asks"; readonly link: Extract<CardLink, { kind: "kept" }> }
  | { readonly at: "shown"; readonly share: CardShare; readonly photo: Uint8Array | undefined }
  | { readonly at: "refused"; readonly why: LinkRefusal };

export type LinkRefusal =
  | "empty" //         an address without a link
  | "broken" //        damaged, or changed by somebody
  | "too-large"
  | "other-host" //    it says another host than the one that we are at
  | "plain" //         by http, where others could change the page
  | "ended"
  | "not-yet"
  | "used" //          as often as it may be, or taken back
  | "gone" //          its host does not have it any more
  | "unfit" //         its host gave something else
  | "busy"
  | "silent";

/** `kith:card/…`, for those who have Kith elsewhere. */
export const kithLink = (address: Pick<URL, "hash">): string => `${CARD_LINK_PREFIX}${address.hash.slice(1)}`;

export function readAddress(provider: CryptoProvider, address: URL, wall: WallTime): OpenedLink {
  if (address.hash.length <= 1) return refused("empty");
  try {
    // What a browser was told is read as it stands: an address with anything more or less is none.
    const link = readCardLink(provider, address.href, isPrivateHost(address.host) ? [address.host] : []);
    return link.kind === "kept" ? { at: "asks", link } : opened(link.share, undefined, wall);
  } catch (error) {
    return refused(refusalOf(provider, error, address));
  }
}

/** Counts as a use. */
export async function takeCard(
  provider: CryptoProvider,
  { link }: Extract<OpenedLink, { at: "asks" }>,
  { protocol }: Pick<URL, "protocol">,
  wall: () => WallTime,
): Promise<OpenedLink> {
  const { host, secret } = link;
  try {
    const relay = `${protocol === "https:" ? "wss" : "ws"}://${host}`; // where the page is from
    const taken = await takeShare(relay, shareId(provider, secret));
    if (taken.state !== "given") return refused(MISSING[taken.state]);
    const { share, photo } = openShare(provider, link, taken.sealed);
    return opened(share, photo, wall());
  } catch (error) {
    if (error instanceof EndpointError) return refused(error.code === "ERR_TRY_LATER" ? "busy" : "silent");
    if (error instanceof WireError) return refused("unfit");
    throw error;
  }
}

const MISSING = { ended: "used", unknown: "gone" } as const satisfies Record<
  Exclude<TakenShare["state"], "given">,
  LinkRefusal
>;

const refused = (why: LinkRefusal): OpenedLink => ({ at: "refused", why });

function opened(share: CardShare, photo: Uint8Array | undefined, wall: WallTime): OpenedLink {
  const times = [cardTime({ signedAt: share.madeAt, endsAt: share.endsAt }, wall), cardTime(share.card.content, wall)];
  if (times.includes("expired")) return refused("ended");
  return times.includes("not-yet") ? refused("not-yet") : { at: "shown", share, photo };
}

function refusalOf(provider: CryptoProvider, error: unknown, address: URL): LinkRefusal {
  if (!(error instanceof WireError)) throw error;
  if (error.code === "ERR_TOO_LARGE") return "too-large";
  try {
    const { hash, host, protocol } = address;
    const link = readCardLink(provider, kithLink({ hash }));
    if (link.kind === "kept" && link.host !== host) return "other-host";
    return protocol === "https:" || isPrivateHost(host) ? "broken" : "plain";
  } catch {
    return "broken";
  }
}
