/**
 * A show: what a holder tells one verifier of a credential, with a proof of it (spec/credential.md §7).
 *
 *     show    = CBOR [1, first 16 B of the issuer's PeerId, edition, epoch, [fact…], use, proof]
 *     use     = 32 B nonce of the verifier        over a session, which the proof names too
 *             | [8 B id, minutes since 1970]      in a code: whoever copies it can show it until then
 *     session = SHA-256(label "credential session" ‖ 0 ‖ transcript ‖ holder's PeerId in it ‖ verifier's)
 *     bound   = label "credential show" ‖ 0 ‖ CBOR [1, nonce, 32 B session] or [1, id, minutes]
 *
 * Two shows of one credential have in common what all holders of the epoch have, and the facts that both show.
 *
 * @module
 */
import type { Bbs } from "../../crypto/bbs.ts";
import { LABEL, labelBytes } from "../../crypto/labels.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { type PeerId, peerIdToBytes } from "../../identity/peer-id.ts";
import { assert } from "../../lib/assert.ts";
import { base45ToBytes, bytesToBase45 } from "../../lib/base45.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../lib/cbor.ts";
import type { RandomSource } from "../../lib/random.ts";
import { type WallTime, wallTime } from "../../lib/time.ts";
import { WireError } from "../../lib/wire-error.ts";
import { CREDENTIAL_SLOTS, SHOW_BYTES_MAX, SHOW_TEXT_CHARS_MAX } from "../../wire/credential-limits.ts";
import { type Credential, credentialHeader, type Holder } from "./credential.ts";
import { type Fact, factMessage, factsFromCbor, factToCbor, holderMessage, messagesOf, SLOT } from "./fact.ts";
import { COUNT_MAX, type IssuerStatement } from "./statement.ts";

const VERSION = 1;
const MINUTE_MS = 60_000;
/** Before base45 in a code: characters that a code packs as densely. */
const TEXT_PREFIX = "KITHF1:";

export const SHOW_NONCE_BYTES = 32;
export const SHOW_SESSION_BYTES = 32;
export const ISSUER_REF_BYTES = 16;
const SHOW_ID_BYTES = 8;

/** What a proof is for: one question over one session, or whoever sees a code until it ends. */
export type ShowUse =
  | { readonly at: "live"; readonly nonce: Uint8Array }
  | { readonly at: "static"; readonly id: Uint8Array; readonly ends: WallTime };

export interface Show {
  /** 16 bytes of the issuer's PeerId: which of the pinned ones, no more. */
  readonly issuerRef: Uint8Array;
  readonly edition: number;
  readonly epoch: number;
  /** As shown; {@link factsFault} says whether an issuer signs such. */
  readonly facts: readonly Fact[];
  /** If the holder says who it is. */
  readonly holder?: PeerId;
  readonly use: ShowUse;
  readonly proof: Uint8Array;
}

/** What a person chose to show. */
export interface ShowChoice {
  /** Slots of facts that the credential has, in any order. */
  readonly slots: readonly number[];
  /** Shows also whose credential it is. That links this show to its holder for good. */
  readonly withHolder: boolean;
}

/** What holder and verifier call their session: of its newest handshake, and of who asks whom in it. */
export const showSession = (
  provider: CryptoProvider,
  transcript: Uint8Array,
  holder: PeerId,
  verifier: PeerId,
): Uint8Array =>
  provider.sha256(
    labelBytes(LABEL.credentialSession),
    Uint8Array.of(0),
    transcript,
    peerIdToBytes(holder),
    peerIdToBytes(verifier),
  );

/** Answers `nonce` over the session that both sides know by the same 32 bytes. */
export function showLive(
  bbs: Bbs,
  random: RandomSource,
  credential: Credential,
  holder: Holder,
  choice: ShowChoice,
  question: { readonly nonce: Uint8Array; readonly session: Uint8Array },
): Uint8Array {
  assert(question.nonce.length === SHOW_NONCE_BYTES, "nonce of a verifier");
  return prove(bbs, random, credential, holder, choice, { at: "live", nonce: question.nonce }, question.session);
}

/** For a code that ends at `ends`, down to the minute; see `STATIC_SHOW_LIFETIME_MAX`. */
export function showStatic(
  bbs: Bbs,
  random: RandomSource,
  credential: Credential,
  holder: Holder,
  choice: ShowChoice,
  ends: WallTime,
): Uint8Array {
  const whole = wallTime(Math.floor(ends / MINUTE_MS) * MINUTE_MS);
  return prove(bbs, random, credential, holder, choice, {
    at: "static",
    id: random(SHOW_ID_BYTES).slice(),
    ends: whole,
  });
}

function prove(
  bbs: Bbs,
  random: RandomSource,
  credential: Credential,
  holder: Holder,
  choice: ShowChoice,
  use: ShowUse,
  session?: Uint8Array,
): Uint8Array {
  const { statement, epoch } = credential;
  const facts = credential.facts.filter(({ slot }) => choice.slots.includes(slot));
  assert(facts.length === new Set(choice.slots).size, "show of a fact that the credential has not");
  const shown = facts.map(({ slot }) => slot);
  const proof = bbs.proofGen(
    {
      publicKey: statement.publicKey,
      signature: credential.signature,
      header: credentialHeader(statement, epoch),
      presentationHeader: boundTo(use, session),
      messages: messagesOf(holder.secret.reveal(), holder.peer, credential.facts),
      shown: choice.withHolder ? [SLOT.holder, ...shown] : shown,
    },
    random,
  );
  const issuerRef = peerIdToBytes(statement.issuer).subarray(0, ISSUER_REF_BYTES);
  const who = choice.withHolder ? { holder: holder.peer } : {};
  return encodeShow({ issuerRef, edition: statement.edition, epoch, facts, ...who, use, proof });
}

/** Whether the proof holds for `statement`, which the verifier trusts, and for this session if the show is live. */
export function isShowProven(bbs: Bbs, show: Show, statement: IssuerStatement, session?: Uint8Array): boolean {
  const shown = show.facts.map((each): [number, Uint8Array] => [each.slot, factMessage(each)]);
  if (show.holder !== undefined) shown.unshift([SLOT.holder, holderMessage(show.holder)]);
  const claim = {
    publicKey: statement.publicKey,
    header: credentialHeader(statement, show.epoch),
    presentationHeader: boundTo(show.use, session),
    shown,
  };
  return show.proof.length === proofBytes(shown.length) && bbs.proofVerify(claim, show.proof);
}

/** Of a show with so many messages: anything else would be of a credential with other than sixteen. */
const proofBytes = (shown: number): number => 272 + 32 * (CREDENTIAL_SLOTS - shown);

function boundTo(use: ShowUse, session: Uint8Array | undefined): Uint8Array {
  assert((session?.length === SHOW_SESSION_BYTES) === (use.at === "live"), "session of a show");
  const parts = session === undefined ? useParts(use) : [...useParts(use), session];
  return concatBytes(labelBytes(LABEL.credentialShow), Uint8Array.of(0), encodeCbor([VERSION, ...parts]));
}

const useParts = (use: ShowUse): CborValue[] => (use.at === "live" ? [use.nonce] : [use.id, use.ends / MINUTE_MS]);

export function encodeShow(show: Show): Uint8Array {
  const parts = useParts(show.use);
  const facts = show.facts.map(factToCbor);
  if (show.holder !== undefined) facts.unshift([SLOT.holder, peerIdToBytes(show.holder)]);
  const use = show.use.at === "live" ? show.use.nonce : parts;
  return encodeCbor([VERSION, show.issuerRef, show.edition, show.epoch, facts, use, show.proof]);
}

/** Its form: order and texts of its facts are for the check list. @throws {WireError} */
export function decodeShow(bytes: Uint8Array): Show {
  if (bytes.length > SHOW_BYTES_MAX) throw new WireError("ERR_TOO_LARGE", `show of ${bytes.length} bytes`);
  const value = decodeCbor(bytes);
  const [version, issuerRef, edition, epoch, items, use, proof, ...more] = Array.isArray(value) ? value : [];
  if (version !== VERSION) throw new WireError("ERR_VERSION", "show");
  if (!(issuerRef instanceof Uint8Array) || issuerRef.length !== ISSUER_REF_BYTES)
    throw new WireError("ERR_VALUE", "issuer of a show");
  if (!isCount(edition) || !isCount(epoch)) throw new WireError("ERR_VALUE", "edition or epoch of a show");
  if (!(proof instanceof Uint8Array) || more.length > 0) throw new WireError("ERR_VALUE", "show of another form");
  return { issuerRef, edition, epoch, ...factsFromCbor(items), use: readUse(use), proof };
}

const isCount = (value: CborValue | undefined): value is number => typeof value === "number" && value <= COUNT_MAX;

function readUse(value: CborValue | undefined): ShowUse {
  if (value instanceof Uint8Array && value.length === SHOW_NONCE_BYTES) return { at: "live", nonce: value };
  const [id, minutes, ...more] = Array.isArray(value) ? value : [];
  if (!(id instanceof Uint8Array) || id.length !== SHOW_ID_BYTES || !isCount(minutes) || more.length > 0)
    throw new WireError("ERR_VALUE", "use of a show");
  return { at: "static", id, ends: wallTime(minutes * MINUTE_MS) };
}

/** A show as a code has it. */
export const showToText = (bytes: Uint8Array): string => `${TEXT_PREFIX}${bytesToBase45(bytes)}`;

/** Whether `text` says that it is a show: it may still be no good one. */
export const isShowText = (text: string): boolean => text.startsWith(TEXT_PREFIX);

/** The bytes of a show, to be checked. @throws {WireError} `ERR_TEXT`, `ERR_TOO_LARGE` */
export function showFromText(text: string): Uint8Array {
  if (text.length > SHOW_TEXT_CHARS_MAX) throw new WireError("ERR_TOO_LARGE", `show of ${text.length} characters`);
  if (!isShowText(text)) throw new WireError("ERR_TEXT", "Cannot read show: it begins with something else");
  return base45ToBytes(text.slice(TEXT_PREFIX.length));
}
